"""The Statements of somebody learning: each function builds one, nothing is stored here.

The Actor is an opaque account. No name, mail address, organisation or free text ever stands in a Statement.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from course.interactions import Answered, Interaction
from course.iri import activity_iri, item_iri, lesson_iri, meeting_iri, module_iri, version_iri
from course.schema import Course, KnowledgeCheck, Language, Lesson, Module
from lrs_adapter import statements as xapi
from lrs_adapter.vocabulary import (
    ANSWERED,
    ATTENDED,
    COMPLETED,
    FAILED,
    INITIALIZED,
    PASSED,
    PROGRESSED,
    REGISTERED,
    ActivityType,
    Extension,
    Verb,
)

__all__ = ["Score", "Together", "Writer"]


@dataclass(frozen=True, slots=True)
class Score:
    raw: int
    max: int


@dataclass(frozen=True, slots=True)
class Together:
    """A step taken with a group, at a meeting. Everybody in it is an opaque account; nobody is listed."""

    team: uuid.UUID
    meeting: uuid.UUID
    number: int
    instructor: uuid.UUID | None
    correction: int = 0
    """How many times the meeting has been reopened: what is said anew has another id than what was taken back."""

    @property
    def key(self) -> str:
        return f"{self.meeting}/{self.correction}"


@dataclass(frozen=True, slots=True)
class Writer:
    """Builds the Statements of one registration at one moment.

    ``together`` where it was at a meeting. ``is_group``: the Actor is the group itself, and ``registration`` and
    ``account`` are the group's own, never a member's.
    """

    course: Course
    home_page: str
    registration: uuid.UUID
    account: uuid.UUID
    language: Language
    now: datetime
    together: Together | None = None
    is_group: bool = False

    # ------------------------------------------------------------ the course and its parts

    def registered(self) -> dict[str, Any]:
        return self._build(REGISTERED, self._course())

    def initialized(self, lesson: Lesson) -> dict[str, Any]:
        return self._build(INITIALIZED, self._lesson(lesson), parent=[self._module_of(lesson)])

    def completed_lesson(self, lesson: Lesson) -> dict[str, Any]:
        return self._build(
            COMPLETED,
            self._lesson(lesson),
            parent=[self._module_of(lesson)],
            result=xapi.Result(completion=True),
        )

    def progressed(self, lesson: Lesson, *, percent: int) -> dict[str, Any]:
        """``percent`` of the core lessons are complete, now that ``lesson`` is (cmi5 9.5.5.1)."""
        result = xapi.Result(extensions={Extension.PROGRESS: percent})
        return self._build(PROGRESSED, self._course(), key=lesson.id, result=result)

    def completed_module(self, module: Module, *, key: str = "") -> dict[str, Any]:
        """``key``: another for each time, where one was taken back."""
        return self._build(
            COMPLETED, self._module(module), key=key, parent=[self._course()], result=xapi.Result(completion=True)
        )

    def completed_course(self, *, minutes: int, key: str = "") -> dict[str, Any]:
        """The frozen completion: which version, how long and how many lessons it was on that day."""
        extensions = {Extension.MINUTES: minutes, Extension.LESSONS: len(self.course.core_lessons)}
        result = xapi.Result(completion=True, extensions=extensions)
        return self._build(COMPLETED, self._course(), key=key, result=result)

    def attended(self, *, duration: timedelta | None, study_hours: int) -> dict[str, Any]:
        """Somebody was at the meeting, for so long where that is known. ``study_hours`` are the whole meeting's."""
        result = xapi.Result(duration=duration, extensions={Extension.STUDY_HOURS: study_hours})
        return self._build(ATTENDED, self._meeting(), result=result)

    # ------------------------------------------------------------ activities

    def answered(self, lesson: Lesson, activity_id: str, one: Answered, *, attempt: str) -> dict[str, Any]:
        """One interaction, with its whole definition and the response in the standard's own syntax.

        ``one.interaction.item_id`` says that it is a node, a case or a question inside the activity.
        """
        whole, part = self._activity(lesson, activity_id), one.interaction.item_id
        if part is None:
            activity, parent = self._interaction(whole.id, one.interaction), self._lesson(lesson)
        else:
            iri = item_iri(self.course.info.iri, lesson.id, activity_id, part)
            activity, parent = self._interaction(iri, one.interaction), whole
        score = _score(Score(one.score, one.max_score)) if one.max_score > 1 else {}
        return self._build(
            ANSWERED,
            activity,
            key=attempt,
            parent=[parent],
            module=self._module_of(lesson),
            result=xapi.Result(completion=True, success=one.success, response=one.response, **score),
        )

    def completed_activity(
        self, lesson: Lesson, activity_id: str, *, attempt: str, success: bool | None = None
    ) -> dict[str, Any]:
        """A scenario gone through, cases answered, or something written that never leaves the browser."""
        return self._build(
            COMPLETED,
            self._activity(lesson, activity_id),
            key=attempt,
            parent=[self._lesson(lesson)],
            module=self._module_of(lesson),
            result=xapi.Result(completion=True, success=success),
        )

    def judged(self, lesson: Lesson, activity_id: str, *, attempt: str, passed: bool, score: Score) -> dict[str, Any]:
        return self._build(
            PASSED if passed else FAILED,
            self._activity(lesson, activity_id),
            key=attempt,
            parent=[self._lesson(lesson)],
            module=self._module_of(lesson),
            result=xapi.Result(completion=True, success=passed, **_score(score)),
        )

    # ------------------------------------------------------------ parts of a Statement

    def _build(
        self,
        verb: Verb,
        activity: xapi.Activity,
        *,
        key: str = "",
        parent: list[xapi.Activity] | None = None,
        module: xapi.Activity | None = None,
        result: xapi.Result | None = None,
    ) -> dict[str, Any]:
        course = [] if activity.id == self.course.info.iri else [self._course()]
        together, actor = self.together, xapi.Account(self.home_page, str(self.account))
        around: dict[str, Any] = {
            "activity": activity,
            "registration": self.registration,
            "timestamp": self.now,
            "key": f"{together.key} {key}" if together else key,
            "result": result,
            "parent": parent or [],
            "grouping": [*([module] if module else []), *course, self._version()],
            "language": self.language,
            "platform": "Samverkan",
            "extensions": {
                Extension.MODE: "group" if together else "solo",
                Extension.COURSE_VERSION: self.course.info.version,
            },
        }
        if together is None:
            return xapi.build_statement(verb, actor=actor, **around)
        if verb is not ATTENDED:
            around["grouping"].append(self._meeting())
        if together.instructor is not None:
            around["instructor"] = xapi.Account(self.home_page, str(together.instructor))
        if self.is_group:
            return xapi.build_group_statement(verb, group=actor, **around)
        return xapi.build_statement(verb, actor=actor, team=xapi.Account(self.home_page, str(together.team)), **around)

    def _course(self) -> xapi.Activity:
        info = self.course.info
        return xapi.Activity(info.iri, ActivityType.COURSE, _names(info.title), _names(info.subtitle))

    def _version(self) -> xapi.Activity:
        info = self.course.info
        names = {str(language): f"{text} {info.version}" for language, text in info.title.items()}
        return xapi.Activity(version_iri(info.iri, info.version), ActivityType.COURSE, names)

    def _meeting(self) -> xapi.Activity:
        assert self.together is not None
        number = self.together.number
        return xapi.Activity(
            meeting_iri(self.course.info.iri, self.together.meeting),
            ActivityType.MEETING,
            {"sv": f"Träff {number}", "en": f"Meeting {number}"},
        )

    def _module(self, module: Module) -> xapi.Activity:
        return xapi.Activity(
            module_iri(self.course.info.iri, module.id), ActivityType.MODULE, _names(module.info.title)
        )

    def _module_of(self, lesson: Lesson) -> xapi.Activity:
        return self._module(self.course.module(lesson.module_id))

    def _lesson(self, lesson: Lesson) -> xapi.Activity:
        return xapi.Activity(lesson_iri(self.course.info.iri, lesson.id), ActivityType.LESSON, _names(lesson.title))

    def _activity(self, lesson: Lesson, activity_id: str) -> xapi.Activity:
        activities = {language: found[activity_id] for language, found in lesson.activities.items()}
        is_check = isinstance(activities["sv"], KnowledgeCheck)
        return xapi.Activity(
            activity_iri(self.course.info.iri, lesson.id, activity_id),
            ActivityType.ASSESSMENT if is_check else ActivityType.SIMULATION,
            {language: activity.title for language, activity in activities.items()},
        )

    def _interaction(self, iri: str, interaction: Interaction) -> xapi.Activity:
        components: dict[str, Any] = {
            name: tuple(xapi.Component(component_id, _names(text)) for component_id, text in found.items())
            for name, found in interaction.components.items()
        }
        return xapi.Activity(
            iri,
            ActivityType.INTERACTION,
            _names(interaction.name),
            _names(interaction.description),
            xapi.Interaction(interaction.type, interaction.correct_responses_pattern, **components),
        )


def _names(text: Mapping[Language, str]) -> dict[str, str]:
    return {str(language): words for language, words in text.items()}


def _score(score: Score) -> dict[str, Any]:
    return {
        "score_raw": score.raw,
        "score_min": 0,
        "score_max": score.max,
        "score_scaled": round(score.raw / score.max, 4),
    }
