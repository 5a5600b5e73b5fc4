"""JSON as text: a received Statement is kept in its own words, and only what the LRS must set is changed.

The parsed form serves for judging and indexing. Numbers, escapes and extension content in the stored text are the
sender's, to the last digit (xAPI 1.0.3 Data 2.2, 2.3.1).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn
from uuid import UUID

import msgspec
import orjson

from lrs_adapter.errors import InvalidStatement
from lrs_adapter.validation.primitives import parse_timestamp

_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Space between a name and its colon, or a backslash at the end of a string.
_MISLEADING: Final = (b" :", b"\t:", b"\r:", b"\n:", b'\\\\"')
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def parse(text: bytes, place: str = "$", *, max_depth: int = 100) -> Any:
    """Strict JSON in UTF-8: no NaN, no lone surrogates, no property twice in an object, nested no deeper than that.

    :raises InvalidStatement: when it isn't.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidStatement(place, f"not JSON in UTF-8: {error} (xAPI 1.0.3 Communication 3.2)") from None
    # Comparing two counts is far cheaper than hooking into the parser. Where they differ, or the text is written in one
    # of the two ways that mislead the count, the parser decides.
    if type(value) is not dict and type(value) is not list:
        return value
    names = count_names(value, max_depth, place)
    if text.count(b'":') - text.count(b'\\":') != names or is_misleading(text):
        _parse_without_duplicates(text, place)
    return value


def members(text: bytes) -> dict[str, bytes]:
    """The text of each member of a JSON object that has already been parsed once."""
    return {name: bytes(value) for name, value in _MEMBERS.decode(text).items()}


def build_object(texts: Mapping[str, bytes]) -> bytes:
    return _open_object(texts) + b"}"


def split_array(text: bytes) -> list[bytes]:
    """The text of each item of a JSON array that has already been parsed once."""
    return [bytes(item) for item in _ITEMS.decode(text)]


def complete(
    text: bytes,
    statement: Mapping[str, Any],
    *,
    statement_id: UUID,
    stored: str,
    authority: Mapping[str, Any],
    authority_text: bytes,
    version_2: bool,
) -> tuple[str, dict[str, Any]]:
    """The Statement as it will be returned, as text and parsed, with what the LRS sets (xAPI 1.0.3 Data 2.4).

    ``id``, ``timestamp`` and ``version`` only where absent; ``stored`` and ``authority`` always; single context
    Activities become arrays (Data 2.4.6.2); in xAPI 2.0 a timestamp in another zone is turned into UTC.
    """
    parsed = dict(statement)
    rewritten = _rewritten_members(text, parsed, version_2=version_2)
    added: list[bytes] = []
    if "id" not in statement:
        parsed["id"] = str(statement_id)
        added.append(b'"id":"%b"' % str(statement_id).encode())
    if "timestamp" not in statement:
        parsed["timestamp"] = stored
        added.append(b'"timestamp":"%b"' % stored.encode())
    if "version" not in statement:
        parsed["version"] = "2.0.0" if version_2 else "1.0.0"
        added.append(b'"version":"%b"' % parsed["version"].encode())
    parsed["stored"] = stored
    parsed["authority"] = authority
    added.append(b'"stored":"%b","authority":%b}' % (stored.encode(), authority_text))
    body = text.strip()[:-1] if rewritten is None else _open_object(rewritten)
    return (body + b"," + b",".join(added)).decode(), parsed


def without(text: str, *names: str) -> str:
    """A JSON object without some of its members, the rest untouched."""
    kept = {name: bytes(value) for name, value in _MEMBERS.decode(text).items() if name not in names}
    return build_object(kept).decode()


def _rewritten_members(text: bytes, parsed: dict[str, Any], *, version_2: bool) -> dict[str, bytes] | None:
    """The members in their new form, or None where nothing that was sent has to change."""
    single = _has_single_activities(parsed) or _has_single_activities(parsed["object"])
    moved = _in_utc(parsed["timestamp"]) if version_2 and "timestamp" in parsed else None
    if not single and moved is None and "stored" not in parsed and "authority" not in parsed:
        return None
    texts = members(text)
    texts.pop("stored", None)
    texts.pop("authority", None)
    if moved is not None:
        parsed["timestamp"] = moved
        texts["timestamp"] = orjson.dumps(moved)
    if single:
        if "context" in texts:
            texts["context"] = _with_activity_lists(texts["context"])
            parsed["context"] = orjson.loads(texts["context"])
        inner = members(texts["object"])
        if "context" in inner:
            inner["context"] = _with_activity_lists(inner["context"])
            texts["object"] = build_object(inner)
            parsed["object"] = orjson.loads(texts["object"])
    return texts


def _has_single_activities(statement: Mapping[str, Any]) -> bool:
    activities = statement.get("context", {}).get("contextActivities", {})
    return any(type(value) is dict for value in activities.values())


def _with_activity_lists(context: bytes) -> bytes:
    texts = members(context)
    if "contextActivities" in texts:
        kinds = members(texts["contextActivities"])
        lists = {name: value if value.startswith(b"[") else b"[%b]" % value for name, value in kinds.items()}
        texts["contextActivities"] = build_object(lists)
    return build_object(texts)


def _open_object(texts: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(b"%b:%b" % (orjson.dumps(name), value) for name, value in texts.items())


def _in_utc(timestamp: str) -> str | None:
    """The same moment with ``Z`` and the same digits after the point; None where it is in UTC already."""
    moment = parse_timestamp(timestamp)
    if moment is None or timestamp[-1] in "Zz" or timestamp.endswith(("+00:00", "+0000", "+00")):
        return None
    _, _, tail = timestamp.replace(",", ".").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    whole = moment.replace(microsecond=0).isoformat().removesuffix("+00:00")
    return f"{whole}.{digits}Z" if digits else f"{whole}Z"


def is_misleading(text: bytes) -> bool:
    """Whether what stands before a colon may be other than the end of a name."""
    return any(sign in text for sign in _MISLEADING)


def count_names(value: Any, depth_left: int, place: str = "$") -> int:
    """How many names of properties there are, at all depths.

    :raises InvalidStatement: for what is nested more deeply.
    """
    children: Iterable[Any]
    if type(value) is dict:
        count, children = len(value), value.values()
    elif type(value) is list:
        count, children = 0, value
    else:
        return 0
    if not depth_left:
        raise InvalidStatement(place, "nested too deeply for this LRS (xAPI 1.0.3 Communication 3.2)")
    for child in children:
        if type(child) is dict or type(child) is list:
            count += count_names(child, depth_left - 1, place)
    return count


def _parse_without_duplicates(text: bytes, place: str) -> None:
    def refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise InvalidStatement(
                    place, f"the property {name[:100]!r} is used more than once (xAPI 1.0.3 Data 2.2)"
                )
            seen.add(name)

    # Only the names matter here, so no number is converted: a number of a million digits costs nothing.
    json.loads(text, object_pairs_hook=refuse_duplicates, parse_int=str, parse_float=str, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise InvalidStatement("$", f"{name} is no JSON value (xAPI 1.0.3 Data 2.2)")
