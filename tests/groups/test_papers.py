"""Study hours, attendance as a file, and the calendar, opened by the programs that people open them with."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import openpyxl
import pytest
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.groups.models import Attendance, Group, Member, Presence
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

FORMULA = '=HYPERLINK("http://ond.example";"Anna")'
FILES = ["hours", "attendance.csv", "attendance.xlsx", "attendance.pdf", "meetings.ics", "meetings/1.ics"]


@pytest.fixture
def held(group: Group, db: Session) -> Group:
    """Two meetings of two hours; Anna came late to the second, Bo has left the group, and somebody is nameless."""
    for name in ("Anna Åberg", "Bo", None, FORMULA):
        group.members.append(Member(name=name, joined_at=NOW, approved_at=NOW))
    db.flush()
    margareta, anna, bo, nameless, formula = group.members
    bo.removed_at = NOW
    for meeting, begins in zip(group.meetings, (_at(2, 4), _at(4, 8)), strict=False):
        meeting.starts_at, meeting.ends_at = begins, begins + timedelta(hours=2)
        meeting.held_from, meeting.held_to, meeting.break_minutes = begins, begins + timedelta(hours=2), 10
        meeting.closed_at = meeting.held_to
        for member in (margareta, anna, nameless, formula):
            meeting.attendance.append(Attendance(member=member, presence=Presence.WHOLE, marked_at=NOW))
    first, second = group.meetings[0].attendance, group.meetings[1].attendance
    first.append(Attendance(member=bo, presence=Presence.WHOLE, marked_at=NOW))
    second[1].presence, second[1].arrived_at = Presence.PART, _at(4, 8) + timedelta(minutes=30)
    second[2].presence = Presence.ABSENT
    db.commit()
    return group


def _at(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize("file", FILES)
def test_only_the_groups_own_people_get_them(
    file: str, group: Group, stranger: Visitor, visitor: Visitor, margareta: Visitor
) -> None:
    address = f"/sv/groups/{group.id}/{file}"
    assert stranger.get(address).status_code == 404
    assert visitor.get(address).status_code == 302
    answer = margareta.get(address)
    assert answer.status_code == 200
    if file != "hours":
        assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("file", FILES)
def test_a_member_gets_the_calendar_and_nothing_about_the_others(
    file: str,
    group: Group,
    db: Session,
    make_learner: Callable[..., Learner],
    sign_in: Callable[..., Visitor],
) -> None:
    learner = make_learner(email="anna@forening.example")
    member = sign_in(learner)
    group.members.append(Member(registration=_registration(db, learner), name="Anna", joined_at=NOW, approved_at=NOW))
    db.commit()
    expected = 200 if file.endswith(".ics") else 404
    assert member.get(f"/sv/groups/{group.id}/{file}").status_code == expected


def _registration(db: Session, learner: Learner) -> Registration:
    found = Registration(learner=learner, account=learner.account, course_id="tillsammans", created_at=NOW)
    db.add(found)
    return found


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize(
    ("pacing", "sentence"),
    [
        ("a", "Er plan ger 6 studietimmar. För studiecirkel krävs minst 9."),
        ("b", "Er plan ger 9 studietimmar. För studiecirkel krävs minst 9."),
    ],
)
def test_the_page_says_what_the_plan_gives(
    pacing: str, sentence: str, start_group: Callable[..., Group], margareta: Visitor
) -> None:
    group = start_group(pacing=pacing)
    page = margareta.get(f"/sv/groups/{group.id}/hours").text
    assert sentence in page
    assert "Studieförbundet avgör" in page
    assert ("3 studietimmar saknas i planen" in page) == (pacing == "a")


def test_the_page_counts_what_was_held(held: Group, margareta: Visitor) -> None:
    page = margareta.get(f"/sv/groups/{held.id}/hours").text
    assert "Ni har hållit 4 studietimmar. För studiecirkel krävs minst 9." in page
    rows = {
        re.sub(r"<[^>]+>|\s+", " ", row).split(" leder")[0].strip(): re.findall(r'<td class="n">(.*?)</td>', row)
        for row in re.findall(r'<tr>(<th scope="row">.*?)</tr>', page, re.DOTALL)
    }
    sums = {name.split("  ")[0]: cells[-1] for name, cells in rows.items() if cells}
    assert any(name.startswith("Anna Åberg") and "3" in value for name, value in sums.items()), sums


# ---------------------------------------------------------------- files


def _expected() -> list[list[str]]:
    february = ["2027-02-04", "17:30", "19:30", "10", "2"]
    april = ["2027-04-08", "18:30", "20:30", "10", "2"]
    nameless = "Deltagare 4 (namnet borttaget)"
    return [
        ["1", *february, "Margareta", "Ja", "Hela träffen", "", "", "110", "2"],
        ["1", *february, "Anna Åberg", "Nej", "Hela träffen", "", "", "110", "2"],
        ["1", *february, "Bo", "Nej", "Hela träffen", "", "", "110", "2"],
        ["1", *february, nameless, "Nej", "Hela träffen", "", "", "110", "2"],
        ["1", *february, FORMULA, "Nej", "Hela träffen", "", "", "110", "2"],
        ["2", *april, "Margareta", "Ja", "Hela träffen", "", "", "110", "2"],
        ["2", *april, "Anna Åberg", "Nej", "Del", "19:00", "", "80", "1"],
        ["2", *april, nameless, "Nej", "Frånvarande", "", "", "0", "0"],
        ["2", *april, FORMULA, "Nej", "Hela träffen", "", "", "110", "2"],
    ]


def test_csv_opens_in_swedish_excel_and_runs_nothing(held: Group, margareta: Visitor) -> None:
    answer = margareta.get(f"/sv/groups/{held.id}/attendance.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "filename=narvaro-torsdagsgruppen.csv" in answer.headers["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    harmless = [["'" + cell if cell == FORMULA else cell for cell in row] for row in _expected()]
    assert rows == harmless
    assert len(head) == len(rows[0])
    assert "Personnummer" not in head


def test_xlsx_has_typed_cells_a_frozen_head_a_filter_and_definitions(held: Group, margareta: Visitor) -> None:
    answer = margareta.get(f"/sv/groups/{held.id}/attendance.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Närvaro", "Per person", "Definitioner"]
    sheet = book["Närvaro"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(_expected())
    number, day, *rest = rows[6]
    assert (number, isinstance(day, datetime) and day.date()) == (2, date(2027, 4, 8))
    assert rest == [time(18, 30), time(20, 30), 10, 2, "Anna Åberg", "Nej", "Del", time(19, 0), None, 80, 1]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:M{len(rows) + 1}"
    formula = sheet.cell(row=6, column=7)
    assert (formula.value, formula.data_type) == (FORMULA, "s")
    people = {row[0]: row[3] for row in book["Per person"].iter_rows(min_row=2, values_only=True)}
    assert (people["Margareta"], people["Anna Åberg"], people["Bo"]) == (4, 3, 2)
    defined = {row[0] for row in book["Definitioner"].iter_rows(min_row=2, values_only=True)}
    heads = {cell.value for cell in sheet[1]}
    assert heads <= defined


@pytest.mark.parametrize(("language", "word"), [("sv", "Underskrifter"), ("en", "Signatures")])
def test_the_paper_to_sign_is_tagged_and_has_everybody(
    language: str, word: str, held: Group, margareta: Visitor
) -> None:
    answer = margareta.get(f"/{language}/groups/{held.id}/attendance.pdf")
    paper = PdfReader(io.BytesIO(answer.data))
    words = "\n".join(page.extract_text() for page in paper.pages)
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert paper.trailer["/Root"]["/Lang"] == language
    for expected in ("Anna Åberg", "Margareta", "Bo", "Torsdagsgruppen", word):
        assert expected in words


def test_an_empty_group_can_be_exported(group: Group, margareta: Visitor) -> None:
    for file in ("attendance.csv", "attendance.xlsx", "attendance.pdf"):
        assert margareta.get(f"/sv/groups/{group.id}/{file}").status_code == 200


# ---------------------------------------------------------------- the calendar


def _events(answer: bytes) -> list[tuple[str, int, datetime, datetime, str]]:
    calendar = Calendar.from_ical(answer)
    return [
        (
            str(event["UID"]),
            int(event["SEQUENCE"]),
            event["DTSTART"].dt,
            event["DTEND"].dt,
            str(event["SUMMARY"]),
        )
        for event in calendar.walk("VEVENT")
    ]


def test_the_calendar_has_the_meetings_by_swedish_time_in_winter_and_summer(held: Group, margareta: Visitor) -> None:
    answer = margareta.get(f"/sv/groups/{held.id}/meetings.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    winter, summer = _events(answer.data)
    assert (winter[2].isoformat(), summer[2].isoformat()) == ("2027-02-04T17:30:00+01:00", "2027-04-08T18:30:00+02:00")
    assert winter[3] - winter[2] == timedelta(hours=2)
    assert winter[4].startswith("Träff 1: ")
    text = answer.data.decode()
    assert "TZID=Europe/Stockholm" in text
    assert "BEGIN:VTIMEZONE" in text
    for name in ("Margareta", "Anna", "Bo"):
        assert name not in text


def test_a_meeting_that_is_moved_is_the_same_meeting_later(group: Group, margareta: Visitor, db: Session) -> None:
    def plan(day: str, place: str = "Öppna Köket") -> tuple[str, int, datetime, datetime, str]:
        margareta.post(
            f"/sv/groups/{group.id}/meetings/1/plan",
            {"day": day, "begins": "17:30", "ends": "19:30", "location": place},
        )
        [event] = _events(margareta.get(f"/sv/groups/{group.id}/meetings/1.ics").data)
        return event

    first, again, moved = plan("2027-03-27"), plan("2027-03-27"), plan("2027-03-28")
    elsewhere = plan("2027-03-28", "Regionens hus")
    assert len({first[0], again[0], moved[0], elsewhere[0]}) == 1
    assert again[1] == first[1] < moved[1] < elsewhere[1]
    assert (first[2].isoformat(), moved[2].isoformat()) == ("2027-03-27T17:30:00+01:00", "2027-03-28T17:30:00+02:00")


def test_a_meeting_without_a_time_is_not_in_the_calendar(group: Group, margareta: Visitor) -> None:
    assert _events(margareta.get(f"/sv/groups/{group.id}/meetings.ics").data) == []
    assert margareta.get(f"/sv/groups/{group.id}/meetings/9.ics").status_code == 404
