"""What the course's own pages show: the overview and a lesson."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import url_for
from flask_babel import ngettext

from course.completion import opening_is_enough
from course.markdown import ActivityRef, Block, Page, render
from course.schema import Cases, Course, Fact, KnowledgeCheck, Language, Lesson, Match, Matrix, Module, Quick, Sort
from tracker.i18n import _
from tracker.learning.activity_views import (
    ActivityView,
    CardsView,
    ChoiceView,
    MatrixView,
    OrderView,
    Place,
    Problem,
    anchor_of,
)
from tracker.learning.item_views import CasesView, CheckView, PlanView, ScenarioView
from tracker.learning.models import ActivityState, Position
from tracker.progress.queries import Overview

__all__ = ["LessonPage", "OverviewPage", "next_lesson"]

VIEWS: Mapping[str, type[ActivityView]] = {  # type: ignore[type-arg]  # of any kind of activity
    "sort": CardsView, "match": CardsView, "matrix": MatrixView, "order": OrderView, "choice": ChoiceView,
    "scenario": ScenarioView, "cases": CasesView, "quick": CasesView, "knowledge-check": CheckView, "plan": PlanView,
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Blocks in a row that are equally wide."""

    wide: bool
    blocks: tuple[Block, ...]


def number_of(course: Course, module: Module) -> str:
    """As the agenda says it: ``3``; nothing for the optional part."""
    return str(course.core_modules.index(module)) if module in course.core_modules else ""


def name_of(course: Course, module: Module, language: Language) -> str:
    return f"{number_of(course, module)} {module.info.title[language]}".strip()


def in_same_part(course: Course, lesson: Lesson) -> tuple[Lesson, ...]:
    """The core lessons, or those that one takes if one wants to."""
    optional = course.module(lesson.module_id).info.optional
    return tuple(other for module in course.modules if module.info.optional == optional for other in module.lessons)


def _place_of(lesson: Lesson, lessons: tuple[Lesson, ...]) -> int:
    """By its id: two lessons are compared text by text, and every page asks for this several times."""
    return [one.id for one in lessons].index(lesson.id)


def next_lesson(course: Course, lesson: Lesson, done: frozenset[str]) -> Lesson | None:
    """The next one that is not complete, after this one or else from the start."""
    lessons = in_same_part(course, lesson)
    here = _place_of(lesson, lessons)
    return next((other for other in lessons[here + 1 :] + lessons[:here] if other.id not in done), None)


class LessonPage:
    def __init__(
        self,
        course: Course,
        lesson: Lesson,
        language: Language,
        progress: Overview,
        states: Mapping[str, ActivityState],
        *,
        at: str | None = None,
        problem: Problem | None = None,
    ) -> None:
        """``at``: ``<activity>.<item>``, from the address."""
        self.course, self.lesson, self.language, self.progress = course, lesson, language, progress
        self.module = course.module(lesson.module_id)
        self.module_name = name_of(course, self.module, language)
        self._text = _rendered(course, lesson, language)
        asked, _, item = (at or "").partition(".")
        self.views: dict[str, ActivityView] = {  # type: ignore[type-arg]
            name: VIEWS.get(lesson.activities[language][name].kind, ActivityView)(
                Place(course, language, lesson, name, states.get(name), item if name == asked else None, problem)
            )
            for name in lesson.info.activities
        }
        self.done = lesson.id in progress.lessons_done

    @property
    def sources(self) -> tuple[Fact, ...]:
        return self._text.sources

    @cached_property
    def parts(self) -> list[Part]:
        found: list[Part] = []
        for block in self._text.blocks:
            wide = isinstance(block, ActivityRef) and self.views[block.activity_id].wide
            if found and found[-1].wide == wide:
                found[-1] = Part(wide, (*found[-1].blocks, block))
            else:
                found.append(Part(wide, (block,)))
        return found if found and not found[0].wide else [Part(False, ()), *found]

    @property
    def modules(self) -> list[str]:
        """The scripts that this page needs, besides those of every lesson."""
        return sorted({view.module for view in self.views.values() if view.module})

    @property
    def tree(self) -> Cases | None:
        """What the drawing of a decision tree draws."""
        found = self.lesson.activities[self.language].values()
        return next((activity for activity in found if isinstance(activity, Cases)), None)

    @property
    def missing(self) -> list[ActivityView]:  # type: ignore[type-arg]
        """What is left to hand in before the lesson is complete."""
        if opening_is_enough(self.lesson):
            return []
        return [self.views[name] for name in self.lesson.required if not self._counts(self.views[name])]

    @staticmethod
    def _counts(view: ActivityView) -> bool:  # type: ignore[type-arg]
        return view.submitted and (not isinstance(view, CheckView) or view.passed)

    @cached_property
    def _lessons(self) -> tuple[Lesson, ...]:
        return in_same_part(self.course, self.lesson)

    @property
    def previous(self) -> Lesson | None:
        here = _place_of(self.lesson, self._lessons)
        return self._lessons[here - 1] if here else None

    @property
    def next(self) -> Lesson | None:
        here = _place_of(self.lesson, self._lessons)
        return self._lessons[here + 1] if here + 1 < len(self._lessons) else None

    @property
    def next_step(self) -> Lesson | None:
        return next_lesson(self.course, self.lesson, self.progress.lessons_done)


_texts: dict[tuple[str, ...], Page] = {}


def _rendered(course: Course, lesson: Lesson, language: Language) -> Page:
    """The text is the same for everybody, so it is made once."""
    key = (course.digest, lesson.id, language, url_for("learning.overview"))
    if key not in _texts:
        _texts[key] = render(course, lesson, language, _resolve)
    return _texts[key]


def _resolve(scheme: str, name: str) -> str:
    if scheme == "lesson":
        return url_for("learning.lesson", lesson_id=name)
    if scheme == "term":
        return url_for("pages.glossary", _anchor=name)
    if scheme == "fact":
        return f"#source-{name}"
    return url_for("learning.media", name=name)


@dataclass(frozen=True)
class Resume:
    lesson: Lesson
    anchor: str | None


class OverviewPage:
    def __init__(
        self,
        course: Course,
        language: Language,
        progress: Overview,
        position: Position | None,
        state: ActivityState | None,
    ) -> None:
        """``state``: of the activity that the position points at."""
        self.course, self.language, self.progress = course, language, progress
        self.position, self.state = position, state
        self.begun = position is not None or bool(progress.lessons_started)
        self.total = len(course.core_lessons)

    @property
    def done_count(self) -> int:
        return sum(1 for lesson in self.course.core_lessons if lesson.id in self.progress.lessons_done)

    @cached_property
    def _here(self) -> Lesson | None:
        """Where the learner was, if it is not complete."""
        known = {lesson.id: lesson for lesson in self.course.lessons}
        lesson = known.get(self.position.lesson_id) if self.position else None
        return lesson if lesson and lesson.id not in self.progress.lessons_done else None

    @cached_property
    def resume(self) -> Resume | None:
        if self._here:
            assert self.position
            activity = self.position.activity_id
            is_there = activity in self._here.info.activities
            return Resume(self._here, anchor_of(activity) if activity and is_there else None)
        done, lessons = self.progress.lessons_done, self.course.core_lessons
        last = next((one for one in lessons if self.position and one.id == self.position.lesson_id), None)
        if last:
            lesson = next_lesson(self.course, last, done)
        else:
            lesson = next((one for one in lessons if one.id not in done), None)
        return Resume(lesson, None) if lesson else None

    @property
    def resume_label(self) -> str:
        if not self.begun:
            return _("Begin here")
        return _("Go on where you were") if self._here else _("Next lesson")

    @property
    def resume_action(self) -> str:
        assert self.resume
        lesson = self.resume.lesson
        name = f"{lesson.number} {lesson.title[self.language]}"
        return _("Go on with %(lesson)s", lesson=name) if self._here else _("Begin %(lesson)s", lesson=name)

    @property
    def resume_text(self) -> str:
        assert self.resume
        minutes = self.resume.lesson.info.minutes.solo
        time = ngettext(
            "%(num)s minute, and you can pause whenever you like.",
            "%(num)s minutes, and you can pause whenever you like.",
            minutes,
        )
        return f"{self._so_far} {time}".strip()

    @property
    def _so_far(self) -> str:
        state = self.state
        if not self._here or state is None or state.submitted or state.lesson_id != self._here.id:
            return ""
        activity = self._here.activities[self.language].get(state.activity_id)
        done = len(state.data.get("response") or ())
        match activity:
            case Sort() | Match() | Matrix() if done:
                return _("You have placed %(done)s of %(total)s.", done=done, total=len(activity.cards))
            case Cases() | Quick() if done:
                return _("You have answered %(done)s of %(total)s.", done=done, total=len(activity.cases))
            case KnowledgeCheck() if done:
                return _("You have answered %(done)s of %(total)s.", done=done, total=activity.draw)
        return ""

    def done_in(self, module: Module) -> int:
        return sum(1 for lesson in module.lessons if lesson.id in self.progress.lessons_done)

    @staticmethod
    def minutes_of(module: Module) -> int:
        return sum(lesson.info.minutes.solo for lesson in module.lessons)

    def is_open(self, module: Module) -> bool:
        return self.resume is not None and self.resume.lesson.module_id == module.id
