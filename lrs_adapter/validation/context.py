"""The context (xAPI 1.0.3 Data 2.4.6; contextAgents and contextGroups: xAPI 2.0, IEEE 9274.1.1 4.2.2.5)."""

from typing import Any, Final

from lrs_adapter.validation.activity import validate_activity
from lrs_adapter.validation.actor import validate_actor, validate_agent, validate_group
from lrs_adapter.validation.primitives import (
    fail,
    only_known,
    require_array,
    require_extensions,
    require_iri,
    require_language_tag,
    require_object,
    require_string,
    require_uuid,
)

_CONTEXT_1: Final = frozenset(
    {
        "registration",
        "instructor",
        "team",
        "contextActivities",
        "revision",
        "platform",
        "language",
        "statement",
        "extensions",
    }
)
_CONTEXT_2: Final = _CONTEXT_1 | {"contextAgents", "contextGroups"}
_ACTIVITY_KINDS: Final = frozenset({"parent", "grouping", "category", "other"})
_STATEMENT_REF: Final = frozenset({"objectType", "id"})


def validate_context(value: Any, place: str, *, version_2: bool) -> None:
    context = require_object(value, place)
    only_known(context, _CONTEXT_2 if version_2 else _CONTEXT_1, place)
    if "registration" in context:
        require_uuid(context["registration"], f"{place}.registration")
    if "instructor" in context:
        validate_actor(context["instructor"], f"{place}.instructor")
    if "team" in context:
        validate_group(context["team"], f"{place}.team")
    if "contextActivities" in context:
        _validate_context_activities(context["contextActivities"], f"{place}.contextActivities")
    for name in ("revision", "platform"):
        if name in context:
            require_string(context[name], f"{place}.{name}")
    if "language" in context:
        require_language_tag(context["language"], f"{place}.language")
    if "statement" in context:
        validate_statement_ref(context["statement"], f"{place}.statement")
    if "extensions" in context:
        require_extensions(context["extensions"], f"{place}.extensions")
    if "contextAgents" in context:
        _validate_related(context["contextAgents"], f"{place}.contextAgents", "contextAgent", "agent")
    if "contextGroups" in context:
        _validate_related(context["contextGroups"], f"{place}.contextGroups", "contextGroup", "group")


def validate_not_about_activity(context: dict[str, Any], place: str) -> None:
    """What a valid context may not hold where the object is no Activity."""
    for name in ("revision", "platform"):
        if name in context:
            fail(f"{place}.{name}", "is used only when the Statement's object is an Activity", "Data 2.4.6")


def validate_statement_ref(value: Any, place: str) -> None:
    reference = require_object(value, place)
    only_known(reference, _STATEMENT_REF, place)
    if reference.get("objectType") != "StatementRef":
        fail(f"{place}.objectType", "must be 'StatementRef'", "Data 2.4.4.3")
    if "id" not in reference:
        fail(place, "a StatementRef has an 'id'", "Data 2.4.4.3")
    require_uuid(reference["id"], f"{place}.id")


def _validate_context_activities(value: Any, place: str) -> None:
    kinds = require_object(value, place)
    only_known(kinds, _ACTIVITY_KINDS, place)
    for kind, activities in kinds.items():
        if type(activities) is list:
            for number, activity in enumerate(activities):
                validate_activity(activity, f"{place}.{kind}[{number}]")
        else:
            validate_activity(activities, f"{place}.{kind}")


def _validate_related(value: Any, place: str, object_type: str, member: str) -> None:
    for number, item in enumerate(require_array(value, place)):
        there = f"{place}[{number}]"
        related = require_object(item, there)
        only_known(related, frozenset({"objectType", member, "relevantTypes"}), there)
        if related.get("objectType") != object_type:
            fail(f"{there}.objectType", f"must be {object_type!r}", "IEEE 9274.1.1 4.2.2.5")
        if member not in related:
            fail(there, f"a {object_type} has an {member!r}", "IEEE 9274.1.1 4.2.2.5")
        if member == "agent":
            validate_agent(related[member], f"{there}.{member}")
        else:
            validate_group(related[member], f"{there}.{member}")
        if "relevantTypes" in related:
            types = require_array(related["relevantTypes"], f"{there}.relevantTypes")
            if not types:
                fail(f"{there}.relevantTypes", "is not empty", "IEEE 9274.1.1 4.2.2.5")
            for index, iri in enumerate(types):
                require_iri(iri, f"{there}.relevantTypes[{index}]")
