"""What the group answered together: what it is worth, and how it is written as Statements. No person stands in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from course.completion import has_check
from course.interactions import answered
from course.marking import InvalidResponse, mark
from course.schema import Course, KnowledgeCheck, Lesson
from tracker.groups.models import GroupAnswer, Meeting
from tracker.learning.recording import Score, Writer

__all__ = ["ON_PAPER", "check_passed", "check_score", "creditable", "statements"]

ON_PAPER = "right"
"""The only key of the response to a check held on paper: how many answers were right."""


def creditable(course: Course, meeting: Meeting) -> set[str]:
    """The lessons that the group did, without the knowledge check where it was not passed."""
    return {
        held.lesson_id
        for held in meeting.lessons
        if held.done
        and (lesson := _lesson(course, held.lesson_id)) is not None
        and (not has_check(lesson) or check_passed(lesson, meeting))
    }


def check_passed(lesson: Lesson, meeting: Meeting) -> bool:
    """Every knowledge check of the lesson, together, with as many right as somebody alone needs."""
    checks = {name: one for name, one in lesson.activities["sv"].items() if isinstance(one, KnowledgeCheck)}
    scores = {name: check_score(check, _response(meeting, lesson.id, name)) for name, check in checks.items()}
    return all(score is not None and score.raw >= checks[name].needed for name, score in scores.items())


def check_score(check: KnowledgeCheck, response: object) -> Score | None:
    """How many were right. None when nothing was answered, or the course has been edited so that it no longer fits."""
    if not isinstance(response, Mapping) or not response:
        return None
    if set(response) == {ON_PAPER}:
        return Score(min(int(response[ON_PAPER]), check.draw), check.draw)
    try:
        marked = mark(check, response, drawn=list(response))
    except InvalidResponse:
        return None
    return Score(marked.score, max(marked.max_score, check.draw))


def statements(writer: Writer, meeting: Meeting, *, lessons: set[str]) -> Iterator[dict[str, Any]]:
    """``answered`` for each part of each answer in these lessons, and ``passed`` or ``failed`` for a check."""
    for answer in sorted(meeting.answers, key=lambda one: (one.lesson_id, one.activity_id)):
        lesson = _lesson(writer.course, answer.lesson_id)
        if lesson is not None and lesson.id in lessons and answer.activity_id in lesson.info.activities:
            yield from _of_answer(writer, lesson, answer)


def _of_answer(writer: Writer, lesson: Lesson, answer: GroupAnswer) -> Iterator[dict[str, Any]]:
    activity = lesson.activities["sv"][answer.activity_id]
    score = check_score(activity, answer.response) if isinstance(activity, KnowledgeCheck) else None
    if score is None or set(answer.response) != {ON_PAPER}:
        try:
            found = answered(lesson.activities_in_all_languages(answer.activity_id), answer.response)
        except InvalidResponse:
            return
        for one in found:
            yield writer.answered(lesson, answer.activity_id, one, attempt="")
    if score is not None and isinstance(activity, KnowledgeCheck):
        passed = score.raw >= activity.needed
        yield writer.judged(lesson, answer.activity_id, attempt="", passed=passed, score=score)


def _response(meeting: Meeting, lesson_id: str, activity_id: str) -> object:
    for answer in meeting.answers:
        if (answer.lesson_id, answer.activity_id) == (lesson_id, activity_id):
            return answer.response
    return None


def _lesson(course: Course, lesson_id: str) -> Lesson | None:
    """None for one that the course no longer has."""
    return next((lesson for lesson in course.lessons if lesson.id == lesson_id), None)
