"""The attendance for the study association, without personal identity numbers: CSV, XLSX, and PDF to sign."""

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import format_date

from tracker.groups.models import Group, Presence
from tracker.groups.register import Line, Person, Register
from tracker.groups.study_hours import LEAST_HOURS, LEAST_MEETINGS
from tracker.groups.wording import clock
from tracker.i18n import _, current_language
from tracker.paper.typesetting import PAPERS, pdf
from tracker.spreadsheets import csv_text

__all__ = ["attendance_csv", "attendance_pdf", "attendance_xlsx", "shown_name"]

SWEDEN = ZoneInfo("Europe/Stockholm")
Cell = str | int | date | time | None


def shown_name(person: Person) -> str:
    return person.name or _("Member %(number)s (name deleted)", number=person.number)


def _presence(presence: Presence) -> str:
    return {Presence.WHOLE: _("Whole meeting"), Presence.PART: _("Part"), Presence.ABSENT: _("Absent")}[presence]


def _columns() -> list[tuple[str, str]]:
    """The head of each column and what it means."""
    return [
        (_("Meeting"), _("The number of the meeting in the group.")),
        (_("Date"), _("The day on which it was held, in Sweden.")),
        (_("From"), _("When the meeting began.")),
        (_("To"), _("When the meeting ended.")),
        (_("Break, minutes"), _("Break in the meeting. It does not count as study time.")),
        (_("Study hours of the meeting"), _("Study time divided by 45 minutes, whole study hours only.")),
        (_("Name"), _("What the person is called in the group. It need not be the name in the population register.")),
        (_("Leads"), _("Yes for those who lead the group. They count among the participants.")),
        (_("Attendance"), _("The whole meeting, a part of it, or absent, as the facilitator has marked.")),
        (_("Came"), _("Only for those who came late.")),
        (_("Left"), _("Only for those who left early.")),
        (_("Minutes"), _("Study time of the person at the meeting, the whole break taken away.")),
        (_("Study hours"), _("The person’s minutes divided by 45, whole study hours only.")),
    ]


def _rows(register: Register) -> list[list[Cell]]:
    meetings = {held.number: held for held in register.held}
    return [
        [
            line.meeting,
            _day(meetings[line.meeting].begins),
            _time(meetings[line.meeting].begins),
            _time(meetings[line.meeting].ends),
            meetings[line.meeting].break_minutes,
            meetings[line.meeting].sitting.hours,
            shown_name(line.person),
            _("Yes") if line.person.is_facilitator else _("No"),
            _presence(line.presence),
            _time(line.arrived_at),
            _time(line.left_at),
            line.minutes,
            line.hours,
        ]
        for line in register.lines
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(SWEDEN).date()


def _time(moment: datetime | None) -> time | None:
    return moment.astimezone(SWEDEN).time().replace(second=0, microsecond=0) if moment else None


def attendance_csv(register: Register) -> str:
    """A row for each person and meeting."""
    return csv_text(
        [[head for head, _meaning in _columns()], *([_text(cell) for cell in row] for row in _rows(register))]
    )


def _text(cell: Cell) -> str:
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    return "" if cell is None else str(cell)


def attendance_xlsx(group: Group, register: Register, *, now: datetime) -> bytes:
    """Typed cells; a sheet with every row, one with the sum of each person, and one that says what the words mean."""
    out = io.BytesIO()
    # Names are text whatever they look like: no formulas, no links.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    import xlsxwriter  # a tenth of a second of each start, for what few ask for

    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": _("Attendance: %(name)s", name=group.name), "created": now.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            time: book.add_format({"num_format": "hh:mm", "align": "left"}),
        }
        every = [list(row) for row in _rows(register)]
        _sheet(book, _("Attendance"), [name for name, _meaning in _columns()], every, head, formats)
        people: list[list[Cell]] = [
            [
                shown_name(person),
                _("Yes") if person.is_facilitator else _("No"),
                register.tally.meetings_by_member.get(person.id, 0),
                register.hours_of(person),
            ]
            for person in register.people
        ]
        _sheet(book, _("Per person"), [_("Name"), _("Leads"), _("Meetings"), _("Study hours")], people, head, formats)
        meanings: list[list[Cell]] = [[name, meaning] for name, meaning in _columns()]
        meanings += [
            [_("Study hour"), _("45 minutes. What is left over at the end of a meeting does not count.")],
            [
                _("Study circle"),
                _(
                    "At least %(hours)s study hours at %(meetings)s meetings or more, and 3–20 people with the"
                    " facilitator. The study association decides.",
                    hours=LEAST_HOURS,
                    meetings=LEAST_MEETINGS,
                ),
            ],
            [
                _("Personal identity number"),
                _("We never ask for it. The study association has a list of its own for it."),
            ],
        ]
        _sheet(book, _("Definitions"), [_("Word"), _("Meaning")], meanings, head, formats, widths=[28, 90])
    return out.getvalue()


def _sheet(  # type: ignore[no-untyped-def]  # the library brings no types
    book, name: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], bold, formats, widths: Sequence[int] = ()
) -> None:
    sheet = book.add_worksheet(name[:31])
    for column, words in enumerate(head):
        sheet.write_string(0, column, words, bold)
        longest = max((len(_text(row[column])) for row in rows), default=0)
        width = widths[column] if widths else min(max(longest, 9), 40) + 2
        sheet.set_column(column, column, width)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif isinstance(cell, int):
                sheet.write_number(number, column, cell)
            elif cell is not None:
                sheet.write_datetime(number, column, cell, formats[type(cell)])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(head) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def attendance_pdf(group: Group, register: Register, *, course: str, publisher: str, now: datetime) -> bytes:
    """A4: who was at which meeting, the sums, and lines for the signatures."""
    today = now.astimezone(SWEDEN).date()
    data = {
        "title": _("Attendance: %(name)s", name=group.name),
        "publisher": publisher,
        "language": current_language(),
        "date": {"year": today.year, "month": today.month, "day": today.day},
        "site": course,
        "facts": [
            [_("Course"), f"{course}, {group.course_version}"],
            [_("Group"), f"{group.name}, {group.municipality}" if group.municipality else group.name],
            [_("Study hours"), str(register.tally.hours)],
            [_("Meetings held"), str(len(register.held))],
            [_("People, the facilitator included"), str(register.tally.people)],
        ],
        "meetings_heading": _("Meetings"),
        "meetings_head": [_("Meeting"), _("Date"), _("Time"), _("Break"), _("Study hours")],
        "meetings": [
            [
                str(held.number),
                format_date(held.begins.astimezone(SWEDEN).date(), "d MMMM yyyy"),
                f"{clock(held.begins)}–{clock(held.ends)}",
                _("%(minutes)s min", minutes=held.break_minutes),
                str(held.sitting.hours),
            ]
            for held in register.held
        ],
        "nothing": _("No meeting has been held yet."),
        "people_heading": _("Participants"),
        "people_head": [_("Name"), *(str(held.number) for held in register.held), _("Sum")],
        "people": [
            [
                shown_name(person) + (f" ({_('leads')})" if person.is_facilitator else ""),
                *(_mark(register.line(person, held.number)) for held in register.held),
                str(register.hours_of(person)),
            ]
            for person in register.people
        ],
        "key": _("The figures are study hours of 45 minutes. – means absent."),
        "sign_heading": _("Signatures"),
        "signs": [_("Facilitator, place and date"), _("Facilitator, name in capitals"), _("Study association")],
        "note": _("Without personal identity numbers. The study association decides whether it is a study circle."),
    }
    return pdf(PAPERS / "attendance.typ", data)


def _mark(line: Line | None) -> str:
    return "–" if line is None or line.presence is Presence.ABSENT else str(line.hours)
