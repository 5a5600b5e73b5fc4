"""What other systems send: read from JSON, every fault at once."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from lrs_adapter.statements import Account
from lrs_adapter.validation.primitives import is_iri, is_uuid
from tracker.errors import ApiProblem
from tracker.launch.models import LaunchMode

__all__ = ["LaunchBody", "read_launch", "read_waive"]

_IFIS = ("mbox", "mbox_sha1sum", "openid")
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class LaunchBody:
    account: Account
    registration: UUID | None
    mode: LaunchMode
    return_url: str | None


class _Faults:
    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []

    def add(self, place: str, message: str) -> None:
        self.found.append({"place": place, "message": message})

    def tell(self, requirement: str | None = None) -> None:
        if self.found:
            message = f"{self.found[0]['place']} {self.found[0]['message']}"
            raise ApiProblem(422, "invalid_request", message, requirement=requirement, details=self.found)


def read_launch(request: Request) -> LaunchBody:
    """
    :raises ApiProblem: 422, with every fault in ``details``.
    :raises RequestEntityTooLarge:
    """
    body, faults = _body(request), _Faults()
    account = _account(body.get("actor"), faults)
    registration = body.get("registration")
    if registration is not None and not (isinstance(registration, str) and is_uuid(registration)):
        faults.add("registration", "is a UUID")
    mode = body.get("launch_mode")
    if mode is not None and mode not in [each.value for each in LaunchMode]:
        faults.add("launch_mode", "is Normal, Browse or Review")
    return_url = body.get("return_url")
    if return_url is not None and not _is_web_address(return_url):
        faults.add("return_url", "is an address that starts with http:// or https://")
    faults.tell()
    assert account is not None
    return LaunchBody(
        account=account,
        registration=UUID(registration) if registration is not None else None,
        mode=LaunchMode(mode) if mode is not None else LaunchMode.NORMAL,
        return_url=return_url,
    )


def read_waive(request: Request) -> str:
    """The reason.

    :raises ApiProblem: 422.
    :raises RequestEntityTooLarge:
    """
    reason, faults = _body(request).get("reason"), _Faults()
    if not isinstance(reason, str) or not reason.strip():
        faults.add("reason", "is required, for example Administrative")
    elif len(reason) > LONGEST_REASON or not reason.isprintable():
        faults.add("reason", f"is {LONGEST_REASON} characters at most, on one line")
    faults.tell("9.3.7.0-2 (d)")
    assert isinstance(reason, str)
    return reason.strip()


def _body(request: Request) -> dict[str, Any]:
    content = request.get_data()
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        if len(content) == request.max_content_length:  # of what comes in chunks no more than that is read
            raise RequestEntityTooLarge from None
        raise ApiProblem(422, "invalid_request", "The body is not JSON") from None
    if not isinstance(body, dict):
        raise ApiProblem(422, "invalid_request", "The body is a JSON object")
    return body


def _account(actor: Any, faults: _Faults) -> Account | None:
    """cmi5 9.2: an Agent with an account. A name is not taken over: Statements name nobody."""
    if not isinstance(actor, dict) or not isinstance(actor.get("account"), dict):
        faults.add("actor.account", "is required, with homePage and name")
        return None
    if actor.get("objectType", "Agent") != "Agent":
        faults.add("actor.objectType", "is Agent")
    for name in _IFIS:
        if name in actor:
            faults.add(f"actor.{name}", "is not allowed: the account identifies the actor")
    home_page, name = actor["account"].get("homePage"), actor["account"].get("name")
    if not isinstance(home_page, str) or not is_iri(home_page):
        faults.add("actor.account.homePage", "is an IRI")
        return None
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        faults.add("actor.account.name", "is a text")
        return None
    return Account(home_page, name)


def _is_web_address(value: Any) -> bool:
    if not isinstance(value, str) or any(sign.isspace() or ord(sign) < 32 for sign in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
