"""When a lesson, a module and the course are complete. Pure rules of plain data.

* **A lesson** is complete when every activity that isn't optional has been handed in. It need not be right. A
  knowledge check counts when it is passed. Where nothing has to be handed in, and where the plan is made, opening is
  enough.
* **A module** is complete when all its lessons are, alone or in a group at a meeting where one was present, or mixed.
* **The course** is complete when its modules are: the knowledge check passed and the plan opened among them.

Only the core counts: optional lessons never hinder, and never help.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from course.schema import Course, KnowledgeCheck, Lesson, Plan

__all__ = [
    "Missing",
    "completed_modules",
    "course_complete",
    "has_check",
    "lesson_complete",
    "missing",
    "opening_is_enough",
]


@dataclass(frozen=True)
class Missing:
    """What stands between somebody and the certificate. Lesson ids in the order of the course."""

    lessons: tuple[str, ...]
    check: bool
    """The knowledge check is not passed; its lesson is then among ``lessons``."""

    @property
    def nothing(self) -> bool:
        return not self.lessons and not self.check


def opening_is_enough(lesson: Lesson) -> bool:
    """The lesson has nothing to hand in, or it is the one where the plan is made: "6.2 opened"."""
    return not lesson.required or _has(lesson, Plan)


def has_check(lesson: Lesson) -> bool:
    """The lesson counts when its knowledge check is passed."""
    return _has(lesson, KnowledgeCheck)


def lesson_complete(lesson: Lesson, submitted: Mapping[str, bool | None]) -> bool:
    """Of an opened lesson: "required activity handed in (not 'right')".

    :param submitted: activity id -> whether it was right, for what has been handed in. Only a knowledge check must be.
    """
    activities = lesson.activities["sv"]
    return opening_is_enough(lesson) or all(
        submitted.get(name) is True if isinstance(activities[name], KnowledgeCheck) else name in submitted
        for name in lesson.required
    )


def completed_modules(course: Course, lessons_done: Collection[str]) -> frozenset[str]:
    """Core modules: "all core lessons complete, alone or in a group with attendance"."""
    return frozenset(
        module.id for module in course.core_modules if all(lesson.id in lessons_done for lesson in module.lessons)
    )


def missing(course: Course, lessons_done: Collection[str], check_passed: bool | None = None) -> Missing:
    """
    :param check_passed: speaks for the lesson with the knowledge check; without it, ``lessons_done`` does.
    """

    def done(lesson: Lesson) -> bool:
        return check_passed if check_passed is not None and has_check(lesson) else lesson.id in lessons_done

    undone = [lesson for lesson in course.core_lessons if not done(lesson)]
    return Missing(tuple(lesson.id for lesson in undone), check=any(map(has_check, undone)))


def course_complete(course: Course, lessons_done: Collection[str], check_passed: bool | None = None) -> bool:
    """As the outline has it: "M0–M5 complete, 6.1 passed (alone, or the group's when present) and 6.2 opened"."""
    return missing(course, lessons_done, check_passed).nothing


def _has(lesson: Lesson, kind: type[KnowledgeCheck] | type[Plan]) -> bool:
    return any(
        isinstance(activity, kind) for activities in lesson.activities.values() for activity in activities.values()
    )
