"""Builds the Statements that we ourselves send, with tincan. Received Statements never pass through here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import tincan

from lrs_adapter.times import isoformat
from lrs_adapter.vocabulary import VOIDED, Verb

# The version we speak, and the one written into a Statement: "If Learning Record Providers set the Statement version,
# they MUST set it to 1.0.0" (xAPI 1.0.3 Data 2.4.10).
VERSION = "1.0.3"
STATEMENT_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Account:
    """An opaque account: never a name, never a mail address (xAPI 1.0.3 Data 2.4.2.4)."""

    home_page: str
    name: str


@dataclass(frozen=True, slots=True)
class Component:
    """One choice, step, source, target or point on a scale (xAPI 1.0.3 Data 2.4.4.1, Interaction Components)."""

    id: str
    description: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Interaction:
    """What kind of question it is and how an answer to it is written (xAPI 1.0.3 Data 2.4.4.1, Interaction Activities).

    ``correct_responses_pattern=None`` means that any answer is right; an empty sequence means that none is.
    """

    type: str
    correct_responses_pattern: Sequence[str] | None = None
    choices: Sequence[Component] = ()
    source: Sequence[Component] = ()
    target: Sequence[Component] = ()
    steps: Sequence[Component] = ()
    scale: Sequence[Component] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """With neither type nor name it is only named, not described."""

    id: str
    type: str = ""
    name: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] | None = None
    interaction: Interaction | None = None
    extensions: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """``duration`` is a timedelta; it is written with whole hundredths of a second (xAPI 1.0.3 Data 4.6)."""

    completion: bool | None = None
    success: bool | None = None
    score_raw: float | None = None
    score_max: float | None = None
    score_min: float | None = None
    score_scaled: float | None = None
    response: str | None = None
    duration: timedelta | None = None
    extensions: Mapping[str, Any] | None = None


def build_statement(
    verb: Verb,
    *,
    actor: Account,
    activity: Activity,
    registration: UUID,
    timestamp: datetime,
    key: str = "",
    result: Result | None = None,
    parent: Iterable[Activity] = (),
    grouping: Iterable[Activity] = (),
    category: Iterable[Activity] = (),
    other: Iterable[Activity] = (),
    team: Account | None = None,
    instructor: Account | None = None,
    language: str | None = None,
    platform: str | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A whole Statement as xAPI 1.0.3 has it.

    The id is derived from registration, verb, activity and ``key``: the same event built twice is one Statement.
    Give ``key`` what tells one event from the next where the rest is the same, such as the number of the attempt.
    """
    return _build(
        tincan.Agent(account=_account(actor)),
        verb,
        activity=activity,
        registration=registration,
        timestamp=timestamp,
        key=key,
        result=result,
        context={
            "parent": parent,
            "grouping": grouping,
            "category": category,
            "other": other,
        },
        team=team,
        instructor=instructor,
        language=language,
        platform=platform,
        extensions=extensions,
    )


def build_group_statement(
    verb: Verb,
    *,
    group: Account,
    activity: Activity,
    registration: UUID,
    timestamp: datetime,
    key: str = "",
    result: Result | None = None,
    parent: Iterable[Activity] = (),
    grouping: Iterable[Activity] = (),
    category: Iterable[Activity] = (),
    other: Iterable[Activity] = (),
    instructor: Account | None = None,
    language: str | None = None,
    platform: str | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A group's joint answer: the Actor is an identified Group without members, so that no person stands in it.

    ``registration`` is the group's own, never a member's.
    """
    return _build(
        tincan.Group(account=_account(group)),
        verb,
        activity=activity,
        registration=registration,
        timestamp=timestamp,
        key=key,
        result=result,
        context={
            "parent": parent,
            "grouping": grouping,
            "category": category,
            "other": other,
        },
        team=None,
        instructor=instructor,
        language=language,
        platform=platform,
        extensions=extensions,
    )


def build_voiding(statement_id: UUID, *, actor: Account, timestamp: datetime) -> dict[str, Any]:
    """The Statement that voids another (xAPI 1.0.3 Data 2.3.2). Its id follows from the one it voids."""
    statement = tincan.Statement(
        id=uuid5(statement_id, VOIDED.id),
        actor=tincan.Agent(account=_account(actor)),
        verb=_verb(VOIDED),
        object=tincan.StatementRef(id=statement_id),
    )
    return _finished(statement, timestamp)


def _build(
    actor: Any,
    verb: Verb,
    *,
    activity: Activity,
    registration: UUID,
    timestamp: datetime,
    key: str,
    result: Result | None,
    context: Mapping[str, Iterable[Activity]],
    team: Account | None,
    instructor: Account | None,
    language: str | None,
    platform: str | None,
    extensions: Mapping[str, Any] | None,
) -> dict[str, Any]:
    around = {name: found for name, activities in context.items() if (found := [_activity(a) for a in activities])}
    members: dict[str, Any] = {
        "registration": registration,
        "context_activities": tincan.ContextActivities(around) if around else None,
        "team": tincan.Group(account=_account(team)) if team else None,
        "instructor": tincan.Agent(account=_account(instructor)) if instructor else None,
        "language": language,
        "platform": platform,
        "extensions": tincan.Extensions(extensions) if extensions else None,
    }
    statement = tincan.Statement(
        id=uuid5(registration, f"{verb.id} {activity.id} {key}"),
        actor=actor,
        verb=_verb(verb),
        object=_activity(activity),
        context=tincan.Context(**{name: value for name, value in members.items() if value is not None}),
    )
    if result is not None:
        statement.result = _result(result)
    return _finished(statement, timestamp)


def _finished(statement: Any, timestamp: datetime) -> dict[str, Any]:
    finished: dict[str, Any] = statement.as_version(VERSION)
    # tincan writes "+00:00" and drops milliseconds that are zero; a Statement of ours always reads the same.
    finished["timestamp"] = isoformat(timestamp)
    finished["version"] = STATEMENT_VERSION
    # tincan gives every Group an empty member list; ours name nobody.
    for group in (finished["actor"], finished.get("context", {}).get("team", {})):
        if not group.get("member", True):
            del group["member"]
    return finished


def _account(account: Account) -> Any:
    return tincan.AgentAccount(name=account.name, home_page=account.home_page)


def _verb(verb: Verb) -> Any:
    return tincan.Verb(id=verb.id, display=tincan.LanguageMap(dict(verb.display)))


def _activity(activity: Activity) -> Any:
    if not activity.type and not activity.name:
        return tincan.Activity(id=activity.id)
    definition: dict[str, Any] = {"name": tincan.LanguageMap(dict(activity.name))}
    if activity.type:
        definition["type"] = activity.type
    if activity.description:
        definition["description"] = tincan.LanguageMap(dict(activity.description))
    if activity.extensions:
        definition["extensions"] = tincan.Extensions(activity.extensions)
    if (interaction := activity.interaction) is not None:
        definition["interaction_type"] = interaction.type
        if interaction.correct_responses_pattern is not None:
            definition["correct_responses_pattern"] = list(interaction.correct_responses_pattern)
        for name in ("choices", "source", "target", "steps", "scale"):
            if components := getattr(interaction, name):
                definition[name] = [{"id": c.id, "description": dict(c.description)} for c in components]
    return tincan.Activity(id=activity.id, definition=tincan.ActivityDefinition(**definition))


def _result(result: Result) -> Any:
    score = {
        name: value
        for name, value in (
            ("scaled", result.score_scaled),
            ("raw", result.score_raw),
            ("min", result.score_min),
            ("max", result.score_max),
        )
        if value is not None
    }
    members: dict[str, Any] = {
        "completion": result.completion,
        "success": result.success,
        "response": result.response,
        "score": tincan.Score(**score) if score else None,
        "duration": None if result.duration is None else timedelta(seconds=round(result.duration.total_seconds(), 2)),
        "extensions": tincan.Extensions(result.extensions) if result.extensions else None,
    }
    return tincan.Result(**{name: value for name, value in members.items() if value is not None})
