"""The Statement as a whole, its verb and its object (xAPI 1.0.3 Data 2.4)."""

import re
from typing import Any, Final

from lrs_adapter.validation.activity import validate_activity
from lrs_adapter.validation.actor import validate_actor, validate_agent, validate_authority, validate_group
from lrs_adapter.validation.attachments import validate_attachments
from lrs_adapter.validation.context import validate_context, validate_not_about_activity, validate_statement_ref
from lrs_adapter.validation.primitives import (
    fail,
    only_known,
    require_iri,
    require_language_map,
    require_object,
    require_string,
    require_timestamp,
    require_uuid,
)
from lrs_adapter.validation.result import validate_result
from lrs_adapter.vocabulary import VOIDED

_SUBSTATEMENT: Final = frozenset(
    {"objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"}
)
_STATEMENT: Final = (_SUBSTATEMENT - {"objectType"}) | {"id", "stored", "authority", "version"}
_VERB: Final = frozenset({"id", "display"})
# What a Statement is made of: each can be judged by itself.
PARTS: Final = frozenset({"actor", "verb", "object", "context"})
_NONE: Final[frozenset[str]] = frozenset()
_VERSION_1: Final = re.compile(r"1\.0(?:\.\d+)?")
_VERSION_2: Final = re.compile(r"[12]\.0(?:\.\d+)?")


def validate_statement(value: Any, place: str = "$", *, version_2: bool = False, known: frozenset[str] = _NONE) -> None:
    """Every data rule that one Statement must hold by itself.

    ``version_2``: it came in a request of xAPI 2.0. ``known``: those of its ``PARTS`` that have been judged already.

    :raises InvalidStatement: with the place and the rule, at the first broken one.
    """
    statement = require_object(value, place)
    only_known(statement, _STATEMENT, place)
    if "id" in statement:
        require_uuid(statement["id"], f"{place}.id")
    if "version" in statement:
        version = require_string(statement["version"], f"{place}.version")
        if (_VERSION_2 if version_2 else _VERSION_1).fullmatch(version) is None:
            fail(f"{place}.version", "is 1.0.x" + (" or 2.0.x" if version_2 else ""), "Data 2.4.10")
    if "stored" in statement:
        require_timestamp(statement["stored"], f"{place}.stored")
    if "authority" in statement:
        validate_authority(statement["authority"], f"{place}.authority")
    _validate_common(statement, place, version_2=version_2, inside=False, known=known)
    if statement["verb"]["id"] == VOIDED.id and statement["object"].get("objectType") != "StatementRef":
        fail(f"{place}.object", "what is voided is named by a StatementRef", "Data 2.3.2")


def validate_part(name: str, value: Any, *, version_2: bool) -> None:
    """One of the ``PARTS`` by itself. What depends on another part is left to ``validate_statement``."""
    place = f"$.{name}"
    if name == "actor":
        validate_actor(value, place)
    elif name == "verb":
        _validate_verb(value, place)
    elif name == "object":
        _validate_object(value, place, version_2=version_2, inside=False)
    else:
        validate_context(value, place, version_2=version_2)


def _validate_common(
    statement: dict[str, Any], place: str, *, version_2: bool, inside: bool, known: frozenset[str] = _NONE
) -> None:
    for name in ("actor", "verb", "object"):
        if name not in statement:
            fail(place, f"a Statement has {name!r}", "Data 2.2")
    if not known:
        validate_actor(statement["actor"], f"{place}.actor")
        _validate_verb(statement["verb"], f"{place}.verb")
        _validate_object(statement["object"], f"{place}.object", version_2=version_2, inside=inside)
        if "context" in statement:
            validate_context(statement["context"], f"{place}.context", version_2=version_2)
    if "result" in statement:
        validate_result(statement["result"], f"{place}.result")
    if statement["object"].get("objectType", "Activity") != "Activity" and "context" in statement:
        validate_not_about_activity(statement["context"], f"{place}.context")
    if "timestamp" in statement:
        require_timestamp(statement["timestamp"], f"{place}.timestamp")
    if "attachments" in statement:
        validate_attachments(statement["attachments"], f"{place}.attachments")


def _validate_verb(value: Any, place: str) -> None:
    verb = require_object(value, place)
    only_known(verb, _VERB, place)
    if "id" not in verb:
        fail(place, "a verb has an 'id'", "Data 2.4.3")
    require_iri(verb["id"], f"{place}.id")
    if "display" in verb:
        require_language_map(verb["display"], f"{place}.display")


def _validate_object(value: Any, place: str, *, version_2: bool, inside: bool) -> None:
    target = require_object(value, place)
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        validate_activity(target, place)
    elif kind == "Agent":
        validate_agent(target, place)
    elif kind == "Group":
        validate_group(target, place)
    elif kind == "StatementRef":
        validate_statement_ref(target, place)
    elif kind == "SubStatement":
        if inside:
            fail(place, "a SubStatement holds no SubStatement of its own", "Data 2.4.4.3")
        only_known(target, _SUBSTATEMENT, place)
        _validate_common(target, place, version_2=version_2, inside=True)
    else:
        fail(f"{place}.objectType", "is none of Activity, Agent, Group, StatementRef, SubStatement", "Data 2.4.4")
