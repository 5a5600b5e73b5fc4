"""Strings with a format: IRIs, UUIDs, timestamps, durations, language tags (xAPI 1.0.3 Data 2.2 and 4)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NoReturn
from uuid import UUID

from lrs_adapter.errors import InvalidStatement

# RFC 3987 without judging each component: a scheme, then none of the characters that no IRI may hold unescaped.
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20\x7f-\x9f<>\"{}|\\^`]+")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}")
_MAILTO: Final = re.compile(r"mailto:[^\s@<>\x00-\x1f]+@[^\s@<>\x00-\x1f]+", re.IGNORECASE)
_SHA1: Final = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2: Final = re.compile(r"(?:[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})")
# It stands in the header of a part when the data is sent, where a new line would begin something else.
_MEDIA_TYPE: Final = re.compile(
    r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?:;[^\x00-\x08\n-\x1f\x7f]*)?"
)

# RFC 5646: a language, optional script, region, variants, extensions and private use; or private use alone; or one of
# the few old tags that fit no rule.
_LANGUAGE_TAG: Final = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+"
    r"|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|sgn-(?:be-fr|be-nl|ch-de)|art-lojban|cel-gaulish|no-(?:bok|nyn)|zh-(?:guoyu|hakka|min|min-nan|xiang))",
    re.IGNORECASE,
)

_TIMESTAMP: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"[Tt ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?"
)
_BASIC_TIMESTAMP: Final = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"[Tt](?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d(?:\d\d)?)?"
)
_DURATION: Final = re.compile(
    r"P(?:\d+(?:[.,]\d+)?W"
    r"|(?=\d|T)(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?)"
)
# ISO 8601 lets only the smallest unit carry a fraction.
_FRACTION_INSIDE: Final = re.compile(r"[.,]\d+[A-Z]T?\d")

LONGEST_KEPT: Final = 500
"""Characters of a text that is remembered between requests. Longer ones, good or bad, would fill the memory."""


def fail(place: str, rule: str, section: str) -> NoReturn:
    raise InvalidStatement(place, f"{rule} (xAPI 1.0.3 {section})")


def require_object(value: Any, place: str) -> dict[str, Any]:
    if type(value) is not dict:
        fail(place, f"must be an object, not {_kind(value)}", "Data 2.2")
    return value


def require_array(value: Any, place: str) -> list[Any]:
    if type(value) is not list:
        fail(place, f"must be an array, not {_kind(value)}", "Data 2.2")
    return value


def require_string(value: Any, place: str) -> str:
    if type(value) is not str:
        fail(place, f"must be a string, not {_kind(value)}", "Data 2.2")
    return value


def require_boolean(value: Any, place: str) -> None:
    if type(value) is not bool:
        fail(place, f"must be true or false, not {_kind(value)}", "Data 2.2")


def require_number(value: Any, place: str) -> float:
    if type(value) is not int and type(value) is not float:
        fail(place, f"must be a number, not {_kind(value)}", "Data 2.2")
    number: float = value
    return number


def only_known(value: dict[str, Any], known: frozenset[str], place: str) -> None:
    if not known.issuperset(value):
        name = next(name for name in value if name not in known)
        wanted = next((k for k in known if k.lower() == name.lower()), None)
        hint = f"; write {wanted!r}" if wanted else ""
        fail(place, f"{name!r} is not allowed here{hint}", "Data 2.2")


def require_iri(value: Any, place: str) -> str:
    text = require_string(value, place)
    if not is_iri(text):
        fail(place, f"{text[:100]!r} is not an absolute IRI", "Data 2.2, 4.3")
    return text


def require_uuid(value: Any, place: str) -> UUID:
    text = require_string(value, place)
    if _UUID.fullmatch(text) is None:
        fail(place, f"{text[:100]!r} is not a UUID in standard string form", "Data 2.4.1, 4.4")
    return UUID(text)


def require_language_tag(value: Any, place: str) -> None:
    text = require_string(value, place)
    if not is_language_tag(text):
        fail(place, f"{text[:100]!r} is not a language tag of RFC 5646", "Data 2.2")


def require_language_map(value: Any, place: str) -> None:
    for tag, text in require_object(value, place).items():
        if not is_language_tag(tag):
            fail(place, f"{tag[:100]!r} is not a language tag of RFC 5646", "Data 4.2")
        if type(text) is not str:
            fail(f"{place}.{tag}", f"must be a string, not {_kind(text)}", "Data 4.2")


def require_extensions(value: Any, place: str) -> None:
    for key in require_object(value, place):
        if not is_iri(key):
            fail(place, f"the key {key[:100]!r} is not an absolute IRI", "Data 4.1")


def require_timestamp(value: Any, place: str) -> datetime:
    """The moment, in UTC; a timestamp without a zone is read as UTC."""
    text = require_string(value, place)
    moment = parse_timestamp(text)
    if moment is None:
        fail(place, f"{text[:100]!r} is not a timestamp of ISO 8601", "Data 4.5")
    return moment


def require_duration(value: Any, place: str) -> None:
    text = require_string(value, place)
    if _DURATION.fullmatch(text) is None or _FRACTION_INSIDE.search(text):
        fail(place, f"{text[:100]!r} is not a duration of ISO 8601", "Data 4.6")


def require_mailto(value: Any, place: str) -> None:
    text = require_string(value, place)
    if _MAILTO.fullmatch(text) is None:
        fail(place, f"{text[:100]!r} is not 'mailto:' and a mail address", "Data 2.4.2.3")


def require_sha1(value: Any, place: str) -> None:
    if _SHA1.fullmatch(require_string(value, place)) is None:
        fail(place, "must be the 40 hexadecimal digits of a SHA-1 sum", "Data 2.4.2.3")


def require_sha2(value: Any, place: str) -> None:
    if _SHA2.fullmatch(require_string(value, place)) is None:
        fail(place, "must be the hexadecimal digits of a SHA-2 sum", "Data 2.4.11")


def require_media_type(value: Any, place: str) -> None:
    if _MEDIA_TYPE.fullmatch(require_string(value, place)) is None:
        fail(place, "must be an Internet media type", "Data 2.4.11")


def is_iri(text: str) -> bool:
    return _is_short_iri(text) if len(text) <= LONGEST_KEPT else _is_iri(text)


def _is_iri(text: str) -> bool:
    return _IRI.fullmatch(text) is not None and ("%" not in text or _BROKEN_ESCAPE.search(text) is None)


_is_short_iri: Final = lru_cache(maxsize=16_384)(_is_iri)


def is_language_tag(text: str) -> bool:
    return _is_short_language_tag(text) if len(text) <= LONGEST_KEPT else _is_language_tag(text)


def _is_language_tag(text: str) -> bool:
    return _LANGUAGE_TAG.fullmatch(text) is not None


_is_short_language_tag: Final = lru_cache(maxsize=1_024)(_is_language_tag)


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def parse_timestamp(text: str) -> datetime | None:
    """None for what is no moment: a wrong form, the 30th of February, or the offset -00 that ISO 8601 rules out."""
    found = _TIMESTAMP.fullmatch(text) or _BASIC_TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    zone = found["zone"] or "Z"
    if zone[0] == "-" and not zone.strip("-:0"):
        return None
    second = int(found["second"] or 0)
    try:
        moment = datetime(
            int(found["year"]),
            int(found["month"]),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            # A leap second is a true moment that datetime can't hold; the second before stands for it.
            min(second, 59) if second <= 60 else second,
            int((found["fraction"] or "0")[:6].ljust(6, "0")),
            tzinfo=UTC,
        )
        return moment if zone in "Zz" else moment - _offset(zone)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "a number"}
    return names.get(type(value), "a number")
