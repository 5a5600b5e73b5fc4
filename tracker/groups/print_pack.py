"""The print pack of a meeting: everything that is needed to hold it without power or network.

``A4`` is the whole pack. ``A3`` is what hangs on the wall or lies on the table: agenda, fields, matrix, tree, plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from course.schema import Course, Language, Lesson, MeetingPlan
from course.timetable import Point, lessons_of, timetable, without_meeting
from tracker.groups.print_sheets import LETTERS, answers_of, letters_needed, sheets_of
from tracker.groups.wording import when
from tracker.i18n import _, current_language
from tracker.paper.blocks import blocks_of, spans_of
from tracker.paper.typesetting import PAPERS, pdf

__all__ = ["Occasion", "Size", "print_pack"]

SWEDEN = ZoneInfo("Europe/Stockholm")
ROWS = 20
"""As many as can be in a group."""
ON_THE_WALL = frozenset({"places", "matrix", "tree", "ticks", "rating"})


class Size(StrEnum):
    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True)
class Occasion:
    """A meeting of a group; the open plans have none, and their papers are empty of names and times."""

    group: str
    number: int
    starts_at: datetime | None
    ends_at: datetime | None
    location: str | None
    names: Sequence[str]
    seed: str


def print_pack(
    course: Course,
    plan: MeetingPlan | None,
    *,
    size: Size,
    is_long: bool,
    occasion: Occasion | None,
    left: Sequence[Lesson] = (),
    publisher: str,
) -> bytes:
    """
    :param plan: None for a meeting of what is ``left``; without anything left, the lessons that no plan holds.
    """
    return pdf(PAPERS / "pack.typ", _curled(_data(course, plan, size, is_long, occasion, left, publisher)))


def _curled(value: Any) -> Any:
    """With the apostrophes that belong in print."""
    if isinstance(value, str):
        return value.replace("'", "’")
    if isinstance(value, dict):
        return {key: _curled(one) for key, one in value.items()}
    return [_curled(one) for one in value] if isinstance(value, list | tuple) else value


def _data(
    course: Course,
    plan: MeetingPlan | None,
    size: Size,
    is_long: bool,
    occasion: Occasion | None,
    left: Sequence[Lesson],
    publisher: str,
) -> dict[str, Any]:
    language = current_language()
    lessons = list(lessons_of(course, plan)) if plan else list(left or without_meeting(course))
    seed = occasion.seed if occasion else (plan.id if plan else "more")
    number = occasion.number if occasion else (course.meetings.meetings.index(plan) + 1 if plan else None)
    name = plan.title[language] if plan else _("What the group has left")
    title = _("Meeting %(number)s: %(title)s", number=number, title=name) if number else name
    points = timetable(course.meetings, plan, is_long=is_long) if plan else []
    sheets = [sheet for lesson in lessons for sheet in sheets_of(lesson, language, seed)]
    day = course.info.reviewed_on
    return {
        "paper": size.value,
        "language": language,
        "publisher": publisher,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "title": title,
        "site": course.info.title[language],
        "version": _("Course %(version)s", version=course.info.version),
        "meeting": number,
        "where": _where(occasion),
        "words": _words(),
        "agenda": [_point(point, course, language, occasion) for point in points],
        "task": plan.task[language] if plan and plan.task else None,
        "local": plan.local_block[language] if plan and is_long else None,
        "steps": _steps(),
        "lessons": [_lesson(lesson, course, language, seed) for lesson in lessons],
        "sheets": [sheet for sheet in sheets if size is Size.A4 or _hangs(sheet)],
        "letters": list(LETTERS[: letters_needed(lessons, language, seed)]),
        "names": list(occasion.names) if occasion else [],
        "rows": max(ROWS, len(occasion.names) + 4 if occasion else 0),
        "credits": [f"{lesson.number} {lesson.title[language]}" for lesson in lessons],
    }


def _hangs(sheet: dict[str, Any]) -> bool:
    """What each one writes alone lies on A4; what the group writes together needs a wall."""
    return sheet["kind"] in ON_THE_WALL or (sheet["kind"] == "write" and len(sheet["fields"]) > 1)


def _where(occasion: Occasion | None) -> list[str]:
    if occasion is None:
        return []
    time = when(occasion.starts_at, occasion.ends_at) if occasion.starts_at else None
    return [text for text in (occasion.group, time, occasion.location) if text]


def _point(point: Point, course: Course, language: Language, occasion: Occasion | None) -> dict[str, Any]:
    start = occasion.starts_at.astimezone(SWEDEN).time() if occasion and occasion.starts_at else None
    hour, minute = point.at(start)
    return {
        "clock": f"{hour}.{minute:02d}" if language == "sv" else f"{hour}:{minute:02d}",
        "text": point.text(course, language) or _("Your own place"),
        "minutes": _("%(minutes)s min", minutes=point.minutes),
        "lessons": ", ".join(course.lesson(name).number for name in point.item.lessons) if point.item else "",
        "is_break": point.item is not None and point.item.kind == "break",
    }


def _lesson(lesson: Lesson, course: Course, language: Language, seed: str) -> dict[str, Any]:
    notes = lesson.facilitator[language]
    return {
        "number": lesson.number,
        "title": lesson.title[language],
        "minutes": _("%(minutes)s suggested minutes", minutes=lesson.info.minutes.group),
        "beats": [
            {"minutes": _("%(minutes)s min", minutes=beat.minutes), "spans": spans_of(beat.text)}
            for beat in notes.beats
        ],
        "parts": [
            {"heading": heading, "items": [spans_of(text) for text in texts]}
            for heading, texts in (
                (_("Without a screen"), [notes.on_paper] if notes.on_paper else []),
                (_("Ask"), notes.ask),
                (_("Watch for"), notes.watch_for),
                (_("If only one sector is in the room"), [notes.one_sector] if notes.one_sector else []),
            )
            if texts
        ],
        "blocks": blocks_of(lesson.markdown[language], course, language),
        "answers": list(answers_of(lesson, course, language, seed)),
    }


def _steps() -> list[str]:
    return [
        _("Say that you go on without the screen. Move closer together."),
        _("Deal out the cards A, B and C. Put one person in charge of the clock."),
        _("Follow the agenda. The notes say what you do in each lesson, and what you read aloud."),
        _("Each question: think in silence, vote with cards, talk in pairs, vote again, write one sentence together."),
        _("Read the answers and the consequences aloud when everyone has voted, not before."),
        _("Tick the attendance on the list, with the time of the beginning, the end and the break."),
        _("Afterwards you enter the meeting on the group’s page. Then everyone present is credited with the lessons."),
    ]


def _words() -> dict[str, str]:
    return {
        "pack": _("Print pack"),
        "how": _("So here is how you hold it without power"),
        "agenda": _("Agenda"),
        "no_agenda": _("Choose one or two of the lessons in the pack. Begin with a round, and end with one."),
        "task": _("Until next time:"),
        "local": _("Your own place"),
        "read_aloud": _("To read aloud"),
        "answers": _("Answers and explanations"),
        "own_notes": _("Own notes"),
        "consequences": _("Consequences"),
        "for_leader": _("For the facilitator"),
        "to_deal_out": _("To deal out"),
        "to_cut": _("To cut up"),
        "for_wall": _("For the wall or the table"),
        "to_fill_in": _("To fill in"),
        "today": _("Today"),
        "later": _("In half a year"),
        "supported": _("The principles support it best"),
        "goes_on": _("Goes on with:"),
        "if_yes": _("Yes:"),
        "otherwise": _("No to all:"),
        "case": _("The case in Älvbro"),
        "cards": _("Cards"),
        "voting": _("Voting cards"),
        "voting_hint": _("Print one sheet for each member, and cut along the lines."),
        "empty_matrix": _("Lay the cards here"),
        "attendance": _("Attendance"),
        "attendance_hint": _("Names only, never personal identity numbers. Tick those who are there."),
        "name": _("Name"),
        "whole": _("There"),
        "came": _("Came at"),
        "left": _("Left at"),
        "hours": _("Study hours of the meeting"),
        "day": _("Day"),
        "began": _("Began at"),
        "ended": _("Ended at"),
        "break": _("Break, minutes"),
        "sum": _("Study hours (minutes without the break, divided by 45, whole hours only)"),
        "lessons_done": _("Lessons that we did"),
        "sentence": _("Our sentences, without names"),
        "facilitator": _("Facilitator"),
        "example": _("An example"),
        "sector_public": _("Public sector"),
        "sector_civic": _("Civil society"),
    }
