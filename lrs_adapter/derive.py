"""What a valid Statement is found by: its keys, the Agents and Activities it names, and what it tells about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lrs_adapter.identity import agent_key, iri_key


@dataclass(slots=True)
class Derived:
    """``verb_key`` is there for a whole Statement; one part of it may have found nothing at all."""

    verb_key: UUID | None = None
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
    return combine(*(derive_part(name, statement.get(name, {})) for name in ("actor", "verb", "object", "context")))


def derive_part(name: str, part: Mapping[str, Any]) -> Derived:
    """What one part alone is found by."""
    found = Derived()
    if name == "actor":
        found.actor_key = agent_key(part)
        _actor(found, part, narrow=True)
    elif name == "verb":
        found.verb_key = iri_key(part["id"])
    elif name == "object":
        kind = part.get("objectType", "Activity")
        if kind == "Activity":
            found.activity_key = iri_key(part["id"])
        elif kind == "StatementRef":
            found.target_id = UUID(part["id"])
        _object(found, part, narrow=True)
    else:
        if "registration" in part:
            found.registration = UUID(part["registration"])
        _context(found, part)
    return found


def combine(actor: Derived, verb: Derived, target: Derived, context: Derived) -> Derived:
    """The parts may be shared with other Statements and stay as they are."""
    agents = actor.agents
    for more in (target.agents, context.agents):
        if more:
            agents = {**agents, **{key: agents.get(key, False) or narrow for key, narrow in more.items()}}
    # The main row already leads to these, so no second row does.
    if actor.actor_key in agents:
        agents = {key: narrow for key, narrow in agents.items() if key != actor.actor_key}
    activities = target.activities | context.activities
    if target.activity_key is not None:
        activities.discard(target.activity_key)
    return Derived(
        verb.verb_key,
        actor.actor_key,
        target.activity_key,
        context.registration,
        target.target_id,
        agents,
        activities,
        {**target.definitions, **context.definitions} if context.definitions else target.definitions,
        actor.names | target.names | context.names,
    )


def _object(found: Derived, target: Mapping[str, Any], *, narrow: bool) -> None:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        _activity(found, target)
    elif kind in ("Agent", "Group"):
        _actor(found, target, narrow=narrow)
    elif kind == "SubStatement":
        _actor(found, target["actor"], narrow=False)
        _object(found, target["object"], narrow=False)
        _context(found, target.get("context", {}))


def _context(found: Derived, context: Mapping[str, Any]) -> None:
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
