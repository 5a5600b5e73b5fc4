"""What an administrator reads about keys and outside LRSs, in plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lrs_adapter.credentials import Scope
from lrs_adapter.remote_lrs import Answer, Outcome
from lrs_adapter.vocabulary import VERBS
from tracker.i18n import _, _l, current_language

__all__ = ["SCOPES", "Explanation", "answer_to_test", "explain", "verb_choices"]

# ``define`` is left out: it would change nothing here, where every Statement may describe its Activities.
SCOPES: Mapping[Scope, tuple[str, str]] = {
    Scope.STATEMENTS_WRITE: (_l("Write Statements"), _l("Store new Statements. Reads nothing.")),
    Scope.STATEMENTS_READ_MINE: (_l("Read its own Statements"), _l("Only those written with this key.")),
    Scope.STATEMENTS_READ: (_l("Read all Statements"), _l("What everybody has done in the course, under numbers.")),
    Scope.ALL_READ: (_l("Read everything"), _l("All Statements, and what tools have stored about state and profiles.")),
    Scope.STATE: (_l("Read and write state"), _l("For tools that remember how far somebody has come.")),
    Scope.PROFILE: (_l("Read and write profiles"), _l("For tools that keep settings for an activity or a person.")),
    Scope.ALL: (_l("Everything"), _l("Read and write all of the above. Only for a system that you trust fully.")),
}

_STATUS = re.compile(r"(\d{3}) ")


@dataclass(frozen=True)
class Explanation:
    """``todo``: what the administrator can do about it; empty when nothing needs to be done."""

    what: str
    todo: str = ""


def explain(detail: str) -> Explanation:
    """An answer or a fault as delivery has noted it: ``401 Unauthorized …`` or ``TimeoutError: …``."""
    if found := _STATUS.match(detail):
        return _explain_status(int(found[1]))
    kind = detail.partition(":")[0]
    if "secret key" in detail:
        return Explanation(
            _("The secret can no longer be read, since the server’s own secret key has been changed."),
            _("Write the secret again under Edit."),
        )
    if kind in {"TimeoutError", "timeout"}:
        return Explanation(_("It did not answer in time."), _still_trying())
    if kind == "gaierror":
        return Explanation(_("There is no server with that address."), _("Check the address under Edit."))
    if kind.startswith("SSL"):
        return Explanation(
            _("Its certificate cannot be trusted, so nothing is sent."),
            _("Ask those who run it to renew the certificate, or check the address under Edit."),
        )
    if kind in {"UnicodeError", "ValueError", "InvalidURL"}:
        return Explanation(_("The address cannot be used."), _("Check the address under Edit."))
    return Explanation(_("It could not be reached."), _still_trying())


def _explain_status(status: int) -> Explanation:
    if status == 401:
        return Explanation(
            _("It does not accept the key or the secret."),
            _("Ask those who run it for the right ones and write them under Edit. Then sending goes on."),
        )
    if status == 403:
        return Explanation(
            _("It knows the key, but the key may not write there."),
            _("Ask those who run it to let the key write Statements. Then choose Try again."),
        )
    if status == 404:
        return Explanation(
            _("There is no LRS at that address."),
            _("Check the address under Edit. It is the part before /statements."),
        )
    if status == 429:
        return Explanation(_("It asks us to send more slowly. We do."))
    if 300 <= status < 400:
        return Explanation(_("It has moved to another address."), _("Write the new address under Edit."))
    if status >= 500:
        return Explanation(_("It has a fault of its own (%(status)s).", status=status), _still_trying())
    if status == 413:
        return Explanation(_("It says that the Statement is too large."), _ask_them())
    return Explanation(_("It did not accept the Statement (%(status)s).", status=status), _ask_them())


def _still_trying() -> str:
    return _("We go on trying, at most an hour apart. Contact those who run it if it lasts.")


def _ask_them() -> str:
    return _("Show the answer to those who run it. When they have changed something, choose Try again.")


def answer_to_test(answer: Answer) -> tuple[bool, str]:
    """Did it go well, and what to say. The test only reads."""
    if answer.outcome is Outcome.DELIVERED:
        return True, _("It answers and accepts the key.")
    if answer.detail.startswith("403 "):
        return True, _(
            "It answers and knows the key, but the key may not read. The test only reads, so sending may still work."
        )
    found = explain(answer.detail)
    return False, f"{found.what} {found.todo}".strip()


def verb_choices() -> list[tuple[str, str]]:
    """The verbs that the course itself uses, by how they read in the language of the page."""
    return [(verb.id, verb.display[current_language()]) for verb in VERBS]
