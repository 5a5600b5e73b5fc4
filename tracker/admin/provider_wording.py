"""What is wrong with an organisation's own sign-in, for the administrator."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.i18n import _l
from tracker.providers.client import Fault

__all__ = ["FAULTS", "Explanation"]


@dataclass(frozen=True, slots=True)
class Explanation:
    what: str
    todo: str


FAULTS: Mapping[Fault, Explanation] = {
    Fault.UNREACHABLE: Explanation(
        _l("It did not answer in time."),
        _l("Test again in a while. If it lasts, ask those who run it, and whether our server may reach it."),
    ),
    Fault.NOT_A_PROVIDER: Explanation(
        _l("There is no OpenID Connect description at that address."),
        _l("Check the issuer. Its address followed by /.well-known/openid-configuration should open in a browser."),
    ),
    Fault.WRONG_ISSUER: Explanation(
        _l("It calls itself something else than the issuer that stands here."),
        _l("Copy “issuer” from its description to the letter, also a slash at the end."),
    ),
    Fault.FORBIDDEN_ADDRESS: Explanation(
        _l("It sends us to an address inside the network, or one without https."),
        _l("Ask those who run it to have all its addresses under the issuer’s own name."),
    ),
    Fault.REFUSED_US: Explanation(
        _l("It did not accept our client id, secret or return address."),
        _l("Ask for a new secret, and check that the return address below is registered there, to the letter."),
    ),
    Fault.UNTRUSTED: Explanation(
        _l("What it sent was not signed as it should be, or was not for us."),
        _l("Nobody came in. If it happens again, show this to those who run it. Check that the clocks are right."),
    ),
    Fault.SECRET_LOST: Explanation(
        _l("The secret can no longer be read, since the server’s own secret key has been changed."),
        _l("Write the secret again under Edit."),
    ),
}
