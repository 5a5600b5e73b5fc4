"""What a Statement of ours says about progress, as plain data. Pure: no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from course.iri import Place, meeting_of, place_of
from lrs_adapter.vocabulary import ANSWERED, COMPLETED, FAILED, INITIALIZED, PASSED, Extension

__all__ = ["Event", "EventKind", "event_of"]

_SUBMITTED = {ANSWERED.id, COMPLETED.id, PASSED.id, FAILED.id}


class EventKind(Enum):
    LESSON_STARTED = auto()
    ACTIVITY_SUBMITTED = auto()
    LESSON_COMPLETED = auto()
    MODULE_COMPLETED = auto()
    COURSE_COMPLETED = auto()


@dataclass(frozen=True, slots=True)
class Event:
    kind: EventKind
    registration: UUID
    account: str
    place: Place
    module_id: str | None
    """The module around the place, where there is one."""
    at: datetime
    course_version: str
    language: str | None = None
    meeting: UUID | None = None
    """The study circle's meeting where it was done, if it was."""
    success: bool | None = None
    response: str | None = None
    minutes: int = 0
    lesson_count: int = 0


def _kind(verb: str, place: Place) -> EventKind | None:
    if place.item_id is not None:
        return None
    if place.activity_id is not None:
        return EventKind.ACTIVITY_SUBMITTED if verb in _SUBMITTED else None
    if place.lesson_id is not None:
        return {INITIALIZED.id: EventKind.LESSON_STARTED, COMPLETED.id: EventKind.LESSON_COMPLETED}.get(verb)
    if verb != COMPLETED.id:
        return None
    return EventKind.MODULE_COMPLETED if place.module_id is not None else EventKind.COURSE_COMPLETED


def _module(course: str, context: Mapping[str, Any], place: Place) -> str | None:
    if place.module_id is not None:
        return place.module_id
    around = context.get("contextActivities", {})
    for activity in [*around.get("parent", []), *around.get("grouping", [])]:
        found = place_of(course, activity["id"])
        if found is not None and found.module_id is not None:
            return found.module_id
    return None


def _meeting(course: str, context: Mapping[str, Any]) -> UUID | None:
    for activity in context.get("contextActivities", {}).get("grouping", []):
        found = meeting_of(course, activity["id"])
        if found is not None:
            return found
    return None


def event_of(course: str, statement: Mapping[str, Any]) -> Event | None:
    """None for a Statement that does not change anybody's progress in the course with the IRI ``course``."""
    activity = statement["object"]
    if activity.get("objectType", "Activity") != "Activity" or statement["actor"].get("objectType") == "Group":
        return None
    place = place_of(course, activity["id"])
    if place is None:
        return None
    kind = _kind(statement["verb"]["id"], place)
    context = statement.get("context", {})
    if kind is None or "registration" not in context:
        return None
    result = statement.get("result", {})
    extensions = result.get("extensions", {})
    verb = statement["verb"]["id"]
    return Event(
        kind=kind,
        registration=UUID(context["registration"]),
        account=statement["actor"]["account"]["name"],
        place=place,
        module_id=_module(course, context, place),
        at=datetime.fromisoformat(statement["timestamp"]),
        course_version=context.get("extensions", {}).get(Extension.COURSE_VERSION, ""),
        language=context.get("language"),
        meeting=_meeting(course, context),
        success={PASSED.id: True, FAILED.id: False}.get(verb, result.get("success")),
        response=result.get("response"),
        minutes=extensions.get(Extension.MINUTES, 0),
        lesson_count=extensions.get(Extension.LESSONS, 0),
    )
