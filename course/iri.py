"""The xAPI activity ids of the course and its parts. They never change: not with address, version or language.

::

    <iri>                                                     the course
    <iri>/version/2027.1                                      a version of it
    <iri>/module/m3
    <iri>/lesson/3-3
    <iri>/lesson/3-3/activity/matrisen
    <iri>/lesson/5-2/activity/nar-det-skaver/item/kampanjen   a node, a case or a question in it
    <iri>/meeting/0f8e5a3c-…                                  a study circle's meeting: when, not what
"""

from dataclasses import dataclass
from uuid import UUID

__all__ = [
    "Place",
    "activity_iri",
    "item_iri",
    "lesson_iri",
    "meeting_iri",
    "meeting_of",
    "module_iri",
    "place_of",
    "version_iri",
]


def version_iri(course: str, version: str) -> str:
    return f"{course}/version/{version}"


def module_iri(course: str, module_id: str) -> str:
    return f"{course}/module/{module_id}"


def lesson_iri(course: str, lesson_id: str) -> str:
    return f"{course}/lesson/{lesson_id}"


def activity_iri(course: str, lesson_id: str, activity_id: str) -> str:
    return f"{lesson_iri(course, lesson_id)}/activity/{activity_id}"


def item_iri(course: str, lesson_id: str, activity_id: str, item_id: str) -> str:
    return f"{activity_iri(course, lesson_id, activity_id)}/item/{item_id}"


def meeting_iri(course: str, meeting_id: UUID) -> str:
    return f"{course}/meeting/{meeting_id}"


def meeting_of(course: str, iri: str) -> UUID | None:
    """The meeting that an activity id stands for; None for everything else."""
    before, _, last = iri.rpartition("/")
    if before != f"{course}/meeting":
        return None
    try:
        return UUID(last)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """What an activity id points at. All None: the course itself."""

    module_id: str | None = None
    lesson_id: str | None = None
    activity_id: str | None = None
    item_id: str | None = None


def place_of(course: str, iri: str) -> Place | None:
    """None for what is not in this course (a version of it is not a place either, nor is a meeting)."""
    if iri == course:
        return Place()
    if not iri.startswith(f"{course}/"):
        return None
    match iri.removeprefix(f"{course}/").split("/"):
        case ["module", module_id]:
            return Place(module_id=module_id)
        case ["lesson", lesson_id]:
            return Place(lesson_id=lesson_id)
        case ["lesson", lesson_id, "activity", activity_id]:
            return Place(lesson_id=lesson_id, activity_id=activity_id)
        case ["lesson", lesson_id, "activity", activity_id, "item", item_id]:
            return Place(lesson_id=lesson_id, activity_id=activity_id, item_id=item_id)
    return None
