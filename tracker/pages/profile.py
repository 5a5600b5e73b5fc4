"""The xAPI profile as a page shows it: what we send, when, and an example of each, built as the real ones are."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from course.interactions import Answered, Interaction, interactions
from course.schema import Choice, Course, KnowledgeCheck, Language, Lesson
from lrs_adapter.statements import Account, build_voiding
from lrs_adapter.vocabulary import (
    ANSWERED,
    ATTENDED,
    COMPLETED,
    FAILED,
    INITIALIZED,
    PASSED,
    PROGRESSED,
    REGISTERED,
    VERBS,
    VOIDED,
    Verb,
)
from tracker.i18n import _
from tracker.learning.recording import Score, Together, Writer

__all__ = ["Example", "examples", "not_sent"]

REGISTRATION = uuid.UUID("6f1d1c0e-3f0b-4a4e-9b0c-5d0f3a2b7c11")
ACCOUNT = uuid.UUID("0b7f6f0a-52a5-4b0e-8a53-1f4c0f7f9d22")
GROUP = uuid.UUID("c2a3ff6e-5f0c-4d6a-8f39-0d3a5f3f5b10")
GROUP_REGISTRATION = uuid.UUID("3d9b6a51-6a0e-4f5d-9a37-2f8f1c2f7e44")
MEETING = uuid.UUID("9be0c1d4-0f65-4a0b-8c1f-6f0a7f1d2c33")
LEADER = uuid.UUID("d80a4a3b-7f2c-4a86-b5f0-6f1c7c0e9a55")
MOMENT = datetime(2027, 2, 4, 16, 30, tzinfo=UTC)
ORDER = ("id", "actor", "verb", "object", "result", "context", "timestamp", "version")


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    verb: Verb
    title: str
    when: str
    statement: str
    """JSON."""


def examples(course: Course, *, home_page: str, language: Language) -> Sequence[Example]:
    writer = Writer(
        course=course,
        home_page=home_page,
        registration=REGISTRATION,
        account=ACCOUNT,
        language=language,
        now=MOMENT,
    )
    return tuple(_examples(course, writer))


def not_sent(sent: Sequence[Example]) -> Sequence[Verb]:
    """What the vocabulary holds besides: the LRS knows it, the course does not send it."""
    told = {example.verb.id for example in sent}
    return [verb for verb in VERBS if verb.id not in told]


def _examples(course: Course, writer: Writer) -> Iterator[Example]:
    lesson = course.core_lessons[0]
    yield _example(
        "registered",
        REGISTERED,
        _("Somebody begins the course"),
        _("Once, when the first exercise is handed in or the first lesson is marked as read."),
        writer.registered(),
    )
    yield _example(
        "initialized",
        INITIALIZED,
        _("A lesson is opened"),
        _("The first time that each lesson is opened."),
        writer.initialized(lesson),
    )
    yield from _of_activities(course, writer)
    yield _example(
        "completed-lesson",
        COMPLETED,
        _("A lesson is complete"),
        _("When everything that the lesson asks for has been handed in, right or not."),
        writer.completed_lesson(lesson),
    )
    yield _example(
        "progressed",
        PROGRESSED,
        _("The course has come further"),
        _("When a lesson of the core course is complete, with how many per cent of them are."),
        writer.progressed(lesson, percent=round(100 / len(course.core_lessons))),
    )
    yield _example(
        "completed-module",
        COMPLETED,
        _("A part is complete"),
        _("When all lessons of the part are complete."),
        writer.completed_module(course.core_modules[0]),
    )
    yield _example(
        "completed-course",
        COMPLETED,
        _("The course is complete"),
        _("Once, with the version, the minutes and the number of lessons of that day. The certificate says the same."),
        writer.completed_course(minutes=course.info.minutes_solo),
    )
    yield from _of_meetings(course, writer)


def _of_meetings(course: Course, alone: Writer) -> Iterator[Example]:
    lesson = course.core_lessons[0]
    together = Together(team=GROUP, meeting=MEETING, number=1, instructor=LEADER)
    writer = replace(alone, together=together)
    attended = writer.attended(duration=timedelta(minutes=110), study_hours=2)
    yield _example(
        "attended",
        ATTENDED,
        _("Somebody was at a meeting"),
        _("For each one who was there, when the meeting is closed. How long, and the study hours of the meeting."),
        attended,
    )
    yield _example(
        "completed-in-group",
        COMPLETED,
        _("A group has done a lesson"),
        _(
            "For each one who was there: under the person’s own account and registration. The group is the team, "
            "whoever led is the instructor, and the meeting is in the grouping. Members are never listed. "
            "A part and the course are recorded in the same way."
        ),
        writer.completed_lesson(lesson),
    )
    if asked := _short_question(course):
        asked_in, activity_id, interaction = asked
        group = replace(writer, registration=GROUP_REGISTRATION, account=GROUP, is_group=True)
        right = interaction.correct_responses_pattern
        answer = (right or _any_choice(interaction))[0]
        one = Answered(interaction, answer, True if right else None, score=int(bool(right)), max_score=int(bool(right)))
        yield _example(
            "answered-by-group",
            ANSWERED,
            _("A group has answered together"),
            _("One for the whole group, whose registration is its own. A knowledge check is passed or failed too."),
            group.answered(asked_in, activity_id, one, attempt=""),
        )
    yield _example(
        "voided",
        VOIDED,
        _("A meeting was corrected"),
        _("What was wrong is voided, and what is right is recorded anew. What somebody has done alone is left alone."),
        build_voiding(
            uuid.UUID(attended["id"]), actor=Account(alone.home_page, str(LEADER)), timestamp=MOMENT + timedelta(days=1)
        ),
    )


def _of_activities(course: Course, writer: Writer) -> Iterator[Example]:
    if asked := _short_question(course):
        lesson, activity_id, interaction = asked
        right = interaction.correct_responses_pattern
        answer = (right or _any_choice(interaction))[0]
        one = Answered(interaction, answer, True if right else None, score=int(bool(right)), max_score=int(bool(right)))
        yield _example(
            "answered",
            ANSWERED,
            _("An exercise is handed in"),
            _(
                "For each try: one for the whole exercise, or one for each node, case or question in it. "
                "With the whole definition and the answer, and whether it was right where there is a right answer."
            ),
            writer.answered(lesson, activity_id, one, attempt="1"),
        )
        yield _example(
            "completed-activity",
            COMPLETED,
            _("A longer exercise is done, or one that stays in the browser"),
            _(
                "When a scenario has been gone through or all cases are answered. For reflections, self-ratings "
                "and the plan it says only that it is done: what was written is never sent."
            ),
            writer.completed_activity(lesson, activity_id, attempt="1"),
        )
    if found := _knowledge_check(course):
        lesson, activity_id, check = found
        when = _("When the last question of a try has been answered, with the number of right answers.")
        yield _example(
            "passed",
            PASSED,
            _("The knowledge check is passed"),
            when,
            writer.judged(lesson, activity_id, attempt="2", passed=True, score=Score(check.needed, check.draw)),
        )
        yield _example(
            "failed",
            FAILED,
            _("The knowledge check is not passed yet"),
            when,
            writer.judged(lesson, activity_id, attempt="1", passed=False, score=Score(check.needed - 1, check.draw)),
        )


def _example(name: str, verb: Verb, title: str, when: str, statement: Mapping[str, Any]) -> Example:
    ordered = {key: statement[key] for key in ORDER if key in statement}
    return Example(name, verb, title, when, json.dumps(ordered, ensure_ascii=False, indent=2))


def _short_question(course: Course) -> tuple[Lesson, str, Interaction] | None:
    found = [
        (lesson, activity_id, interaction)
        for lesson in course.lessons
        for activity_id in lesson.info.activities
        for interaction in interactions(lesson.activities_in_all_languages(activity_id))
    ]
    one_question = [one for one in found if isinstance(one[0].activities["sv"][one[1]], Choice)]
    return next(iter(one_question or found), None)


def _any_choice(interaction: Interaction) -> Sequence[str]:
    return [choice for choices in interaction.components.values() for choice in choices]


def _knowledge_check(course: Course) -> tuple[Lesson, str, KnowledgeCheck] | None:
    for lesson in course.lessons:
        for activity_id, activity in lesson.activities["sv"].items():
            if isinstance(activity, KnowledgeCheck):
                return lesson, activity_id, activity
    return None
