"""From the body of a request to valid Statements with the data of their attachments."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from lrs_adapter.attachments import attachments_of
from lrs_adapter.errors import InvalidStatement, TooLarge
from lrs_adapter.jsontext import parse, split_array, without
from lrs_adapter.multipart import Part, parse_multipart
from lrs_adapter.resources.call import BadRequest, Call
from lrs_adapter.signatures import is_signature, verify_signature
from lrs_adapter.store import Received
from lrs_adapter.validation import validate_statement

_SECTION: Final = "xAPI 1.0.3 Communication 1.5"


def read_statements(call: Call, statement_id: UUID | None = None) -> tuple[list[Received], dict[str, Part]]:
    """Every Statement in the body, each valid, and the data that came with them.

    ``statement_id``: exactly one is expected, with this id or none (PUT).
    """
    text, parts = _body(call)
    received, places = _familiar(call, text, statement_id) or _any(call, text, statement_id)
    _check_attachments(received, places, parts, multipart=call.media_type == "multipart/mixed")
    return received, parts


def _familiar(call: Call, text: bytes, statement_id: UUID | None) -> tuple[list[Received], list[str]] | None:
    """The short way, for Statements whose parts have been seen before. None: all of it takes the long one."""
    texts = [text.strip()]
    if texts[0].startswith(b"["):
        try:
            texts = split_array(text)
        except (msgspec.MsgspecError, RecursionError):
            return None
        if len(texts) > call.limits.batch or statement_id is not None:
            return None
    received = []
    for one in texts:
        if (known := call.settings.familiar.read(one, version_2=call.version_2)) is None:
            return None
        statement, derived = known
        _check_id(statement, "$", statement_id)
        received.append(Received(one, statement, call.version_2, statement_id, derived))
    return received, [f"$[{number}]" for number in range(len(texts))] if text.lstrip().startswith(b"[") else ["$"]


def _any(call: Call, text: bytes, statement_id: UUID | None) -> tuple[list[Received], list[str]]:
    value = parse(text, max_depth=call.limits.depth)
    if not isinstance(value, list):
        return [_receive(call, value, text.strip(), "$", statement_id)], ["$"]
    if statement_id is not None:
        raise InvalidStatement("$", "PUT stores one Statement (xAPI 1.0.3 Communication 2.1.1)")
    if len(value) > call.limits.batch:
        raise TooLarge(f"$: {len(value)} Statements, and this LRS takes {call.limits.batch} in a batch")
    places = [f"$[{number}]" for number in range(len(value))]
    texts = split_array(text)
    return [_receive(call, one, own, place, None) for one, own, place in zip(value, texts, places, strict=True)], places


def _body(call: Call) -> tuple[bytes, dict[str, Part]]:
    if call.media_type == "multipart/mixed":
        return parse_multipart(call.content_type, call.body, most=call.limits.part)
    if call.media_type == "application/json":
        return call.body, {}
    raise BadRequest(f"Statements come as application/json or multipart/mixed ({_SECTION})")


def _receive(call: Call, value: Any, text: bytes, place: str, statement_id: UUID | None) -> Received:
    validate_statement(value, place, version_2=call.version_2)
    _check_id(value, place, statement_id)
    return Received(text, value, call.version_2, statement_id)


def _check_id(value: Mapping[str, Any], place: str, statement_id: UUID | None) -> None:
    if statement_id is not None and "id" in value and UUID(value["id"]) != statement_id:
        raise InvalidStatement(f"{place}.id", "is the statementId of the request (xAPI 1.0.3 Communication 2.1.1)")


def _check_attachments(
    received: list[Received], places: list[str], parts: Mapping[str, Part], *, multipart: bool
) -> None:
    """Every attachment has its data here or a fileUrl, every part belongs to one, and signatures sign."""
    wanted = set()
    for item, place in zip(received, places, strict=True):
        verified: set[tuple[str, str]] = set()
        for where, attachment in attachments_of(item.statement):
            there = f"{place}{where}"
            sha2 = attachment["sha2"].lower()
            part = parts.get(sha2)
            wanted.add(sha2)
            if part is None and "fileUrl" not in attachment:
                rule = "has its data in a part of the request, or a fileUrl"
                raise InvalidStatement(there, f"{rule} ({_SECTION}.{2 if multipart else 1})")
            if part is not None:
                _check_part(there, attachment, part)
                # The same many times over is looked at once: each time the whole Statement is read.
                if is_signature(attachment) and (sha2, attachment["contentType"]) not in verified:
                    verified.add((sha2, attachment["contentType"]))
                    verify_signature(attachment, part.data, without(item.text.decode(), "attachments").encode(), there)
    if unknown := parts.keys() - wanted:
        raise InvalidStatement("body", f"the part with hash {min(unknown)} belongs to no attachment ({_SECTION}.2)")


def _check_part(place: str, attachment: Mapping[str, Any], part: Part) -> None:
    """Where the header of a part and the attachment both tell something, they tell the same."""
    if part.length not in (None, str(attachment["length"])):
        raise InvalidStatement(f"{place}.length", f"is {part.length}, as its part says ({_SECTION}.2)")
    told = part.content_type.split(";")[0].strip().lower()
    if told and told != attachment["contentType"].split(";")[0].strip().lower():
        raise InvalidStatement(f"{place}.contentType", f"is {told!r}, as its part says ({_SECTION}.2)")
