"""Are two Statements the same? (xAPI 1.0.3 Data 2.3.1, Statement Comparison Requirements)"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lrs_adapter.identity import ifi
from lrs_adapter.validation.primitives import parse_timestamp

_ASSIGNED: Final = ("id", "stored", "authority", "version", "timestamp")
_FINE_SECONDS: Final = re.compile(r"([.,]\d\d)\d+(?=S$)")


def same_statement(one: str | bytes, other: str | bytes) -> bool:
    """Both are texts, so that no number loses a digit before it is compared."""
    first, second = _load(one), _load(other)
    return _same_id(first, second) and _same_moment(first, second) and comparable(first) == comparable(second)


def comparable(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What is immutable in a Statement: without what the LRS may set, definitions, and the order of members.

    Attachments stay out: a Statement and its signed form differ by the signature that was added (Data 2.6).
    """
    kept = {name: value for name, value in statement.items() if name not in _ASSIGNED and name != "attachments"}
    return _common(kept)


def _load(text: str | bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text, parse_float=_exact)
    return loaded


def _exact(number: str) -> Decimal | str:
    """One whose exponent no Decimal holds, such as 1e-99999999999999999999, is compared by its own words."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return number


def _same_id(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """An id that is absent is one that an LRS fills in."""
    return "id" not in first or "id" not in second or bool(first["id"].lower() == second["id"].lower())


def _same_moment(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """A timestamp that is absent, or that an LRS filled in from ``stored``, agrees with any."""
    for statement in (first, second):
        if "timestamp" not in statement or statement["timestamp"] == statement.get("stored"):
            return True
    return parse_timestamp(first["timestamp"]) == parse_timestamp(second["timestamp"])


def _common(statement: dict[str, Any]) -> dict[str, Any]:
    kept = dict(statement)
    kept["actor"] = _actor(statement["actor"])
    kept["verb"] = statement["verb"]["id"]
    kept["object"] = _object(statement["object"])
    if "context" in statement:
        kept["context"] = _context(statement["context"])
    if isinstance(duration := statement.get("result", {}).get("duration"), str):
        kept["result"] = {**statement["result"], "duration": _FINE_SECONDS.sub(r"\1", duration)}
    return kept


def _object(target: dict[str, Any]) -> Any:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return target["id"]
    if kind in ("Agent", "Group"):
        return _actor(target)
    if kind == "StatementRef":
        return ("StatementRef", target["id"].lower())
    inner = _common(target)
    if "timestamp" in inner:
        inner["timestamp"] = parse_timestamp(inner["timestamp"])
    return inner


def _context(context: dict[str, Any]) -> dict[str, Any]:
    kept = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            kept[name] = _actor(context[name])
    if "registration" in context:
        kept["registration"] = context["registration"].lower()
    if "statement" in context:
        kept["statement"] = context["statement"]["id"].lower()
    if "contextActivities" in context:
        kept["contextActivities"] = {
            kind: [activity["id"] for activity in (found if isinstance(found, list) else [found])]
            for kind, found in context["contextActivities"].items()
        }
    return kept


def _actor(actor: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "objectType": actor.get("objectType", "Agent"),
        "name": actor.get("name"),
        "ifi": ifi(actor),
    }
    if "member" in actor:
        kept["member"] = sorted((_actor(member) for member in actor["member"]), key=repr)
    return kept
