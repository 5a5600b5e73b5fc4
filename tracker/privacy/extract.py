"""What is handed out when somebody asks to read official documents: tables, a cover sheet, names masked or not."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.audit import queries as audit
from tracker.audit.wording import ACTIONS, VIA, details_in_words, target_in_words
from tracker.groups.models import Attendance, Group, GroupAnswer, Meeting, Member, Presence
from tracker.i18n import _, current_language
from tracker.learners.models import Learner
from tracker.paper.typesetting import pdf
from tracker.privacy.answers import answer_in_words, exercises, lesson_titles, title_of
from tracker.privacy.identity import Identity
from tracker.privacy.log_words import VOCABULARY
from tracker.privacy.sections import Section, day, moment, sections_of
from tracker.reports import people
from tracker.reports.files import HERE as REPORTS
from tracker.reports.queries import Filters
from tracker.spreadsheets import csv_text

__all__ = ["Period", "bundle", "masked", "of_group", "of_log", "of_person", "of_report"]

SWEDEN: Final = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class Period:
    """Both days are in it."""

    since: date | None
    until: date | None

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """The first, and the first that is not in it any more, in Sweden."""
        after = self.until + timedelta(days=1) if self.until else None
        return _midnight(self.since), _midnight(after)

    @property
    def words(self) -> str:
        return f"{day(self.since) or '…'} – {day(self.until) or '…'}" if self.since or self.until else _("All of it")

    def holds(self, on: date | None) -> bool:
        if on is None:
            return not (self.since or self.until)
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


def _midnight(on: date | None) -> datetime | None:
    return datetime.combine(on, time.min, SWEDEN) if on is not None else None


def of_person(db: Session, learner: Learner, who: Identity, course: Course) -> list[Section]:
    return sections_of(db, learner, who, course, most=None)


def of_group(db: Session, course: Course, group_id: UUID, period: Period) -> list[Section]:
    language = current_language()
    lessons, done = lesson_titles(course, language), exercises(course, language)
    group = db.get_one(Group, group_id)
    meetings = db.scalars(select(Meeting).where(Meeting.group_id == group_id).order_by(Meeting.number)).all()
    inside = [one for one in meetings if period.holds((one.held_from or one.starts_at or group.created_at).date())]
    ids = [one.id for one in inside]
    members = db.scalars(select(Member).where(Member.group_id == group_id).order_by(Member.id)).all()
    names = {one.id: one.name or _("Without a name") for one in members}
    numbers = {one.id: str(one.number) for one in meetings}
    presence = {Presence.WHOLE: _("Whole meeting"), Presence.PART: _("Part"), Presence.ABSENT: _("Absent")}
    attended = db.scalars(select(Attendance).where(Attendance.meeting_id.in_(ids)).order_by(Attendance.member_id))
    answers = db.scalars(select(GroupAnswer).where(GroupAnswer.meeting_id.in_(ids)).order_by(GroupAnswer.updated_at))
    return [
        Section(
            "group",
            _("Study circle"),
            "",
            [_("Name"), _("Municipality"), _("Began"), _("Ended")],
            [[group.name, group.municipality or "", moment(group.created_at), moment(group.ended_at)]],
        ),
        Section(
            "members",
            _("Members"),
            "",
            [_("Name"), _("Leads"), _("Joined"), _("Left the group")],
            [
                [
                    names[one.id],
                    _("Yes") if one.is_facilitator else _("No"),
                    moment(one.joined_at),
                    moment(one.removed_at),
                ]
                for one in members
            ],
            frozenset({0}),
        ),
        Section(
            "meetings",
            _("Meetings"),
            "",
            [_("Meeting"), _("Planned"), _("Place"), _("From"), _("To")],
            [
                [
                    str(one.number),
                    moment(one.starts_at),
                    one.location or "",
                    moment(one.held_from),
                    moment(one.held_to),
                ]
                for one in inside
            ],
        ),
        Section(
            "attendance",
            _("Attendance"),
            "",
            [_("Meeting"), _("Name"), _("Attendance"), _("Noted")],
            [
                [numbers[one.meeting_id], names[one.member_id], presence[one.presence], moment(one.marked_at)]
                for one in attended
            ],
            frozenset({1}),
        ),
        Section(
            "answers",
            _("Answers of the group"),
            "",
            [_("Meeting"), _("Lesson"), _("Exercise"), _("Answer"), _("Sentence together")],
            [
                [
                    numbers[one.meeting_id],
                    lessons.get(one.lesson_id, one.lesson_id),
                    title_of(done.get((one.lesson_id, one.activity_id)), one.activity_id),
                    answer_in_words(done.get((one.lesson_id, one.activity_id)), one.response),
                    one.sentence or "",
                ]
                for one in answers
            ],
            frozenset({4}),
        ),
    ]


def of_report(db: Session, course: Course, period: Period, *, with_demo: bool) -> list[Section]:
    """Who began in the months of the period."""
    language = current_language()
    filters = Filters(
        since=f"{period.since:%Y-%m}" if period.since else None, until=f"{period.until:%Y-%m}" if period.until else None
    )
    rows = people.rows(db, course, filters, with_demo=with_demo)
    columns = [
        _("Name"),
        _("E-mail address"),
        _("Organisation"),
        _("Capacity"),
        *(one.info.title[language] for one in course.modules),
        _("The course"),
        _("Completed"),
        _("Certificate"),
    ]
    written = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return [Section("report", _("Completed courses"), "", columns, written, frozenset({0, 1}))]


def of_log(db: Session, period: Period) -> list[Section]:
    since, until = period.moments
    actions = {action.value: str(words) for action, words in ACTIONS.items()}
    rows: list[list[str]] = []
    for found in audit.every(db, audit.Choice(since=since, until=until)):
        names = audit.names_in(db, found, VOCABULARY)

        def person(ref: UUID | None, known: Mapping[UUID, tuple[int | None, str]] = names.people) -> str:
            if ref is None:
                return ""
            return known[ref][1] if ref in known else _("Erased person")

        rows += [
            [
                str(one.seq),
                moment(one.at),
                person(one.actor) or str(VIA[one.via]),
                actions.get(one.action, one.action),
                person(one.subject),
                target_in_words(one.target, names.things),
                details_in_words(one.details, names.things),
            ]
            for one in found
        ]
    columns = [_("Number"), _("When"), _("Who"), _("What"), _("About whom"), _("About what"), _("More")]
    return [Section("log", _("Audit log"), "", columns, rows, frozenset({2, 4}))]


def masked(sections: Iterable[Section]) -> list[Section]:
    """The same person has the same number in all of it. What is empty, or about the system, stays."""
    plain = {"", *(str(one) for one in VIA.values()), _("Without a name"), _("Erased person")}
    numbers: dict[str, str] = {}

    def mask(cell: str) -> str:
        if cell in plain:
            return cell
        return numbers.setdefault(cell, _("Person %(number)s", number=len(numbers) + 1))

    def row(one: Section, number: int) -> list[str]:
        cells = one.rows[number]
        if one.personal_rows is not None and number not in one.personal_rows:
            return list(cells)
        return [mask(cell) if place in one.personal else cell for place, cell in enumerate(cells)]

    return [replace(one, rows=[row(one, number) for number in range(len(one.rows))]) for one in sections]


def bundle(sections: Sequence[Section], *, title: str, facts: Sequence[tuple[str, str]]) -> bytes:
    """A zip: the cover sheet, a CSV file for each table, and all of it as JSON."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("forsattsblad.pdf", _cover(sections, title, facts))
        for number, one in enumerate(sections, start=1):
            file.writestr(f"{number:02}-{one.id}.csv", csv_text([one.columns, *one.rows]))
        whole = [{"table": one.title, "columns": one.columns, "rows": one.rows} for one in sections]
        text = json.dumps({"title": title, "facts": dict(facts), "tables": whole}, ensure_ascii=False, indent=2)
        file.writestr("allt.json", text)
    return out.getvalue()


def _cover(sections: Sequence[Section], title: str, facts: Sequence[tuple[str, str]]) -> bytes:
    data = {
        "language": current_language(),
        "title": title,
        "subtitle": _("Extract of official documents"),
        "columns": [_("File"), _("Content"), _("Rows")],
        "text": [True, True, False],
        "rows": [
            [f"{number:02}-{one.id}.csv", one.title, str(len(one.rows))] for number, one in enumerate(sections, start=1)
        ],
        "facts": facts,
    }
    return pdf(REPORTS / "report.typ", data)
