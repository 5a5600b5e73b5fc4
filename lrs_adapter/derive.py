"""What a valid Statement is found by: its keys, the Agents and Activities it names, and what it tells about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lrs_adapter.identity import agent_key, iri_key


@dataclass(slots=True)
class Derived:
    verb_key: UUID
    actor_key: UUID | None = None
    activity_key: UUID | None = None
    registration: UUID | None = None
    target_id: UUID | None = None
    agents: dict[UUID, bool] = field(default_factory=dict)
    activities: set[UUID] = field(default_factory=set)
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: set[tuple[UUID, str]] = field(default_factory=set)


@dataclass(slots=True)
class Candidate:
    """A Statement as it will be returned, as text and parsed, and what it is found by."""

    content: str
    parsed: dict[str, Any]
    derived: Derived


def derive(statement: Mapping[str, Any]) -> Derived:
    found = Derived(verb_key=iri_key(statement["verb"]["id"]), actor_key=agent_key(statement["actor"]))
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    _actor(found, statement["actor"], narrow=True)
    if kind == "Activity":
        found.activity_key = iri_key(target["id"])
    elif kind == "StatementRef":
        found.target_id = UUID(target["id"])
    _common(found, statement, narrow=True)
    if "registration" in (context := statement.get("context", {})):
        found.registration = UUID(context["registration"])
    # The main row already leads to these, so no second row does.
    if found.actor_key is not None:
        found.agents.pop(found.actor_key, None)
    if found.activity_key is not None:
        found.activities.discard(found.activity_key)
    return found


def _common(found: Derived, statement: Mapping[str, Any], *, narrow: bool) -> None:
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        _activity(found, target)
    elif kind in ("Agent", "Group"):
        _actor(found, target, narrow=narrow)
    elif kind == "SubStatement":
        _actor(found, target["actor"], narrow=False)
        _common(found, target, narrow=False)
    context = statement.get("context", {})
    for name in ("instructor", "team"):
        if name in context:
            _actor(found, context[name], narrow=False)
    for related in context.get("contextAgents", ()):
        _actor(found, related["agent"], narrow=False)
    for related in context.get("contextGroups", ()):
        _actor(found, related["group"], narrow=False)
    for activity in context_activities(context):
        _activity(found, activity)


def context_activities(context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for activities in context.get("contextActivities", {}).values():
        if isinstance(activities, list):
            yield from activities
        else:
            yield activities


def _activity(found: Derived, activity: Mapping[str, Any]) -> None:
    found.activities.add(iri_key(activity["id"]))
    if definition := activity.get("definition"):
        found.definitions[activity["id"]] = definition


def _actor(found: Derived, actor: Mapping[str, Any], *, narrow: bool) -> None:
    """A Group matches where one of its members does (xAPI 1.0.3 Communication 2.1.3)."""
    for one in (actor, *actor.get("member", ())):
        if (key := agent_key(one)) is not None:
            found.agents[key] = found.agents.get(key, False) or narrow
            # PostgreSQL has no text with NUL in it. Such a name stays in the Statement, where it is an escape.
            if (name := one.get("name")) and "\0" not in name:
                found.names.add((key, name))
