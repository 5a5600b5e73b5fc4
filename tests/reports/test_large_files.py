"""Files of people are sent while they are read, and half of one can be told from a whole one."""

import io
import re
import struct
import uuid
from collections.abc import Iterator
from datetime import date
from itertools import count
from zipfile import BadZipFile, ZipFile

import openpyxl
import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor
from tracker.learners.models import Learner
from tracker.progress.models import ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports import workbooks
from tracker.reports.framing import FRAMES
from tracker.reports.tables import Cell, Column, Kind, Table, View
from tracker.reports.workbooks import xlsx

COLUMNS = [Column("name", "Namn"), Column("day", "Dag", Kind.DATE), Column("share", "Andel", Kind.PERCENT)]
DAY = date(2027, 3, 28)


def _table(rows: Iterator[list[Cell]]) -> Table:
    return Table(View.PEOPLE, COLUMNS, rows)


def test_a_workbook_is_sent_while_its_rows_are_read() -> None:
    read: list[int] = []

    def endless() -> Iterator[list[Cell]]:
        for number in count():
            read.append(number)
            yield [f"Kim {number}", DAY, number % 100]

    pieces = xlsx(_table(endless()), title="x", facts=[])

    assert next(pieces).startswith(b"PK")
    assert read == []
    some = [len(next(pieces)) for _ in range(40)]
    assert len(read) == 40 * 500
    assert max(some) < 100_000
    pieces.close()  # type: ignore[attr-defined]  # it is a generator


def test_half_a_workbook_opens_nowhere() -> None:
    pieces = list(xlsx(_table(iter([[f"Kim {n}", DAY, n % 100] for n in range(2000)])), title="x", facts=[]))

    assert len(openpyxl.load_workbook(io.BytesIO(b"".join(pieces))).worksheets[0]["A"]) == 2001
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(b"".join(pieces[:-1])))


def test_what_a_sheet_has_no_room_for_goes_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "SHEET_ROWS", 3)

    def sheets(rows: int) -> list[tuple[str, list[object], object, str]]:
        table = _table(iter([[f"Kim {n}", DAY, 50] for n in range(rows)]))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx(table, title="x", facts=[("Filter", "alla")]))))
        found = [(one.title, [cell.value for cell in one["A"]], one.freeze_panes) for one in book.worksheets]
        return [(*one, sheet.auto_filter.ref or "") for one, sheet in zip(found, book.worksheets, strict=True)]

    assert sheets(7) == [
        ("Report", ["Namn", "Kim 0", "Kim 1", "Kim 2"], "A2", "A1:C4"),
        ("Report 2", ["Namn", "Kim 3", "Kim 4", "Kim 5"], "A2", "A1:C4"),
        ("Report 3", ["Namn", "Kim 6"], "A2", "A1:C2"),
        ("About the report", ["x", "Filter"], None, ""),
    ]
    assert [name for name, *_ in sheets(3)] == ["Report", "About the report"]
    assert sheets(0)[0] == ("Report", ["Namn"], "A2", "A1:C2")


@pytest.mark.parametrize(
    "name", ["<b>&amp;</b>", " två  blanksteg ", "rad\nett", "a_x0041_b", "klocka\x07", "=1+1", "https://a.example"]
)
def test_a_name_is_what_it_is_and_nothing_else(name: str) -> None:
    table = _table(iter([[name, None, None], [None, DAY, 7]]))

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx(table, title="x", facts=[])))).worksheets[0]

    # ECMA-376 part 1, 22.4.2.4: what XML has no room for is written by its number.
    shown = re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), sheet["A2"].value)
    assert (shown, sheet["A2"].data_type, sheet["A2"].hyperlink) == (name, "s", None)
    assert (sheet["A3"].value, sheet["B3"].value.date(), sheet["C3"].value) == (None, DAY, 0.07)
    assert (sheet["B3"].number_format, sheet["C3"].number_format) == ("yyyy-mm-dd", "0 %")


def _frames(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Rows so far, rows in all, bytes."""
    at = 0
    while at < len(data):
        rows, total, length = struct.unpack_from(">III", data, at)
        yield rows, total, data[at + 12 : at + 12 + length]
        at += 12 + length


PEOPLE = 1203


def _begin(db: Session, course: Course) -> None:
    keys = [uuid.uuid4() for _ in range(PEOPLE)]
    first = {"version": 1, "is_demo": False, "created_at": NOW}
    db.execute(insert(Learner), [{"id": 1000 + n, "account": key, **first} for n, key in enumerate(keys)])
    registered = [{"id": key, "learner_id": 1000 + n, "account": key} for n, key in enumerate(keys)]
    db.execute(insert(Registration), [{**one, "course_id": course.info.id, "created_at": NOW} for one in registered])
    begun = {"module_id": "m0", "started_at": NOW, "completed_at": None, "course_version": "2027.1", "language": "sv"}
    db.execute(insert(ModuleProgress), [{"registration_id": key, **begun} for key in keys])
    db.commit()


def test_a_file_that_the_page_asks_for_says_how_far_it_has_come(
    administrator: Visitor, db: Session, course: Course
) -> None:
    _begin(db, course)
    for ending in ("csv", "json", "xlsx"):
        address = f"/sv/admin/completion/people.{ending}"
        framed = administrator.get(address, headers={"Accept": FRAMES})
        *pieces, last = _frames(framed.data)

        assert framed.mimetype == FRAMES
        assert last == (PEOPLE, PEOPLE, b"")
        assert all(data for _rows, _total, data in pieces)
        assert [total for _rows, total, _data in pieces] == [0] + [PEOPLE] * (len(pieces) - 1)
        so_far = [rows for rows, _total, _data in pieces]
        assert so_far == sorted(so_far)
        assert len(pieces) > 2
        whole = b"".join(data for _rows, _total, data in pieces)
        if ending == "xlsx":
            assert len(openpyxl.load_workbook(io.BytesIO(whole)).worksheets[0]["A"]) == PEOPLE + 1
        else:
            # The time of day apart, which stands in a JSON file.
            alone = administrator.get(address)
            assert alone.mimetype != FRAMES
            assert whole.partition(b'"rows"')[2] == alone.data.partition(b'"rows"')[2]
