"""JSON as text: a received Statement is kept in its own words, and only what the LRS must set is changed.

The parsed form serves for judging and indexing. Numbers, escapes and extension content in the stored text are the
sender's, to the last digit (xAPI 1.0.3 Data 2.2, 2.3.1).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NoReturn
from uuid import UUID

import msgspec
import orjson

from lrs_adapter.errors import InvalidStatement
from lrs_adapter.times import isoformat_exact
from lrs_adapter.validation.primitives import parse_timestamp

_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def parse(text: bytes, place: str = "$") -> Any:
    """Strict JSON in UTF-8: no NaN, no lone surrogates, no property twice in an object.

    :raises InvalidStatement: when it isn't.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidStatement(place, f"not JSON in UTF-8: {error} (xAPI 1.0.3 Communication 3.2)") from None
    # Comparing two counts is far cheaper than hooking into the parser. Where they differ, the parser decides.
    if text.count(b'":') - text.count(b'\\":') != _count_keys(value):
        _parse_without_duplicates(text, place)
    return value


def split_array(text: bytes) -> list[bytes]:
    """The text of each item of a JSON array that has already been parsed once."""
    return [bytes(item) for item in _ITEMS.decode(text)]


def depth(value: Any) -> int:
    """How deeply arrays and objects are nested; 0 for a plain value."""
    deepest = 0
    level = [value]
    while level := [
        child
        for item in level
        if isinstance(item, dict | list)
        for child in (item.values() if isinstance(item, dict) else item)
        if isinstance(child, dict | list)
    ]:
        deepest += 1
    return deepest + isinstance(value, dict | list)


def complete(
    text: bytes,
    statement: Mapping[str, Any],
    *,
    statement_id: UUID,
    stored: datetime,
    authority: bytes,
    version_2: bool,
) -> tuple[str, dict[str, Any]]:
    """The Statement as it will be returned, as text and parsed, with what the LRS sets (xAPI 1.0.3 Data 2.4).

    ``id``, ``timestamp`` and ``version`` only where absent; ``stored`` and ``authority`` always; single context
    Activities become arrays (Data 2.4.6.2); in xAPI 2.0 a timestamp in another zone is turned into UTC.
    """
    parsed = dict(statement)
    members = _rewritten_members(text, parsed, version_2=version_2)
    stored_text = isoformat_exact(stored)
    added: list[bytes] = []
    if "id" not in statement:
        parsed["id"] = str(statement_id)
        added.append(b'"id":"%b"' % str(statement_id).encode())
    if "timestamp" not in statement:
        parsed["timestamp"] = stored_text
        added.append(b'"timestamp":"%b"' % stored_text.encode())
    if "version" not in statement:
        parsed["version"] = "2.0.0" if version_2 else "1.0.0"
        added.append(b'"version":"%b"' % parsed["version"].encode())
    parsed["stored"] = stored_text
    parsed["authority"] = orjson.loads(authority)
    added.append(b'"stored":"%b","authority":%b}' % (stored_text.encode(), authority))
    body = text.strip()[:-1] if members is None else _open_object(members)
    return (body + b"," + b",".join(added)).decode(), parsed


def without(text: str, *names: str) -> str:
    """A JSON object without some of its members, the rest untouched."""
    members = _MEMBERS.decode(text)
    return (_open_object({k: bytes(v) for k, v in members.items() if k not in names}) + b"}").decode()


def _rewritten_members(text: bytes, parsed: dict[str, Any], *, version_2: bool) -> dict[str, bytes] | None:
    """The members in their new form, or None where nothing that was sent has to change."""
    single = _has_single_activities(parsed) or _has_single_activities(parsed["object"])
    moved = _in_utc(parsed["timestamp"]) if version_2 and "timestamp" in parsed else None
    if not single and moved is None and "stored" not in parsed and "authority" not in parsed:
        return None
    members = {name: bytes(value) for name, value in _MEMBERS.decode(text).items()}
    members.pop("stored", None)
    members.pop("authority", None)
    if moved is not None:
        parsed["timestamp"] = moved
        members["timestamp"] = orjson.dumps(moved)
    if single:
        if "context" in members:
            members["context"] = _with_activity_lists(members["context"])
            parsed["context"] = orjson.loads(members["context"])
        inner = {name: bytes(value) for name, value in _MEMBERS.decode(members["object"]).items()}
        if "context" in inner:
            inner["context"] = _with_activity_lists(inner["context"])
            members["object"] = _open_object(inner) + b"}"
            parsed["object"] = orjson.loads(members["object"])
    return members


def _has_single_activities(statement: Mapping[str, Any]) -> bool:
    activities = statement.get("context", {}).get("contextActivities", {})
    return any(type(value) is dict for value in activities.values())


def _with_activity_lists(context: bytes) -> bytes:
    members = {name: bytes(value) for name, value in _MEMBERS.decode(context).items()}
    if "contextActivities" in members:
        kinds = {name: bytes(value) for name, value in _MEMBERS.decode(members["contextActivities"]).items()}
        lists = {name: value if value.startswith(b"[") else b"[%b]" % value for name, value in kinds.items()}
        members["contextActivities"] = _open_object(lists) + b"}"
    return _open_object(members) + b"}"


def _open_object(members: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(b"%b:%b" % (orjson.dumps(name), value) for name, value in members.items())


def _in_utc(timestamp: str) -> str | None:
    """The same moment with ``Z`` and the same digits after the point; None where it is in UTC already."""
    moment = parse_timestamp(timestamp)
    if moment is None or timestamp[-1] in "Zz" or timestamp.endswith(("+00:00", "+0000", "+00")):
        return None
    _, _, tail = timestamp.replace(",", ".").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    whole = moment.replace(microsecond=0).isoformat().removesuffix("+00:00")
    return f"{whole}.{digits}Z" if digits else f"{whole}Z"


def _count_keys(value: Any) -> int:
    if type(value) is dict:
        count = len(value)
        for child in value.values():
            if type(child) is dict or type(child) is list:
                count += _count_keys(child)
        return count
    if type(value) is list:
        return sum(_count_keys(child) for child in value)
    return 0


def _parse_without_duplicates(text: bytes, place: str) -> None:
    def refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidStatement(place, f"the property {twice[:100]!r} is used more than once (xAPI 1.0.3 Data 2.2)")

    # Only the names matter here, so no number is converted: a number of a million digits costs nothing.
    json.loads(text, object_pairs_hook=refuse_duplicates, parse_int=str, parse_float=str, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise InvalidStatement("$", f"{name} is no JSON value (xAPI 1.0.3 Data 2.2)")
