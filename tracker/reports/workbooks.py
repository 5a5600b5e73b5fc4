"""A report as an Excel file that is sent while its rows are read: a million take no more memory than ten.

XlsxWriter makes everything but the rows, and what it makes Excel opens. It only writes whole files; so the rows are put
between the two halves of its sheet, and the ZIP file is written to somebody who takes it at once and can't go back.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from itertools import chain, islice
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from tracker.i18n import _
from tracker.reports.figures import Figure
from tracker.reports.tables import Cell, Column, Kind, Table

__all__ = ["SHEET_ROWS", "xlsx"]

SHEET_ROWS: Final = 1_000_000
"""More go on on a further sheet: Excel reads 1,048,576 lines of each, and leaves out the rest without a word."""
_AT_ONCE: Final = 500
_LONGEST: Final = 32_767
"""Characters in a cell (Excel specifications and limits)."""
_DAY_ZERO: Final = date(1899, 12, 30)
_SAMPLES: Final = re.compile(rb'<row r="2".*?</row>')
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def xlsx(table: Table, *, title: str, facts: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """Typed columns, the first row frozen and with filters; on a last sheet ``facts``, what was chosen and means.

    The words are looked up at once; the rows can be read after the request has ended.
    """
    frame = _Frame(table.columns, title, facts, _("Report"), _("About the report"))
    return _pieces(iter(table.rows), frame)


class _Taken(io.RawIOBase):
    """What has been written since somebody took it. It can't be gone back in, so ZIP sizes stand after their parts."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


@dataclass(frozen=True, slots=True)
class _Frame:
    """The workbook without its rows."""

    columns: Sequence[Column]
    title: str
    facts: Sequence[tuple[str, str]]
    report: str
    about: str

    def parts(self, sizes: Sequence[int]) -> dict[str, bytes]:
        """Of a workbook whose sheets have so many rows. In place of them there is a row with a cell of each format."""
        import xlsxwriter  # a tenth of a second of each start, for what few ask for

        made = io.BytesIO()
        with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
            book.set_properties({"title": self.title})
            head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
            formats = [
                book.add_format(one)
                for one in ({"num_format": "yyyy-mm-dd", "align": "left"}, {"num_format": "0 %"}, {"align": "right"})
            ]
            for number, rows in enumerate(sizes, start=1):
                sheet = book.add_worksheet(self.report if number == 1 else f"{self.report} {number}")
                sheet.freeze_panes(1, 0)
                for place, column in enumerate(self.columns):
                    sheet.set_column(place, place, 28 if column.kind is Kind.TEXT and place < 4 else 16)
                    sheet.write_string(0, place, column.label, head)
                for place, one in enumerate(formats):
                    sheet.write_blank(1, place, None, one)
                sheet.autofilter(0, 0, max(rows, 1), len(self.columns) - 1)
            about = book.add_worksheet(self.about)
            about.set_column(0, 0, 28)
            about.set_column(1, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
            for number, (term, words) in enumerate([(self.title, ""), *self.facts]):
                about.write_string(number, 0, term, head if number == 0 else None)
                about.write_string(number, 1, words)
        with ZipFile(made) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def sheet(self, sizes: Sequence[int]) -> tuple[bytes, bytes, tuple[str, ...]]:
        """The last of them: what stands before its rows and after them, and the numbers of the formats."""
        found = self.parts(sizes)[f"xl/worksheets/sheet{len(sizes)}.xml"]
        samples = _SAMPLES.search(found)
        assert samples is not None
        # How far it reaches is not known yet; who reads does not need it.
        before = re.sub(rb"<dimension [^>]*/>", b"", found[: samples.start()])
        return before, found[samples.end() :], tuple(re.findall(r's="(\d+)"', samples[0].decode()))


def _pieces(rows: Iterator[Sequence[Cell]], frame: _Frame) -> Iterator[bytes]:
    out = _Taken()
    sizes: list[int] = []
    letters = [_letters(place) for place in range(len(frame.columns))]
    kinds = [column.kind for column in frame.columns]
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        first: list[Sequence[Cell]] = []
        while not sizes or first:
            sizes.append(0)
            before, _after, formats = frame.sheet(sizes)
            with archive.open(f"xl/worksheets/sheet{len(sizes)}.xml", "w") as sheet:
                sheet.write(before)
                yield out.take()
                for row in islice(chain(first, rows), SHEET_ROWS):
                    sizes[-1] += 1
                    sheet.write(_row(sizes[-1] + 1, row, letters, kinds, formats).encode())
                    if sizes[-1] % _AT_ONCE == 0:
                        yield out.take()
                sheet.write(frame.sheet(sizes)[1])
            first = list(islice(rows, 1))
        done = set(archive.namelist())
        for name, part in frame.parts(sizes).items():
            if name not in done:
                archive.writestr(name, part)
    yield out.take()


def _letters(place: int) -> str:
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _row(
    line: int, row: Sequence[Cell], letters: Sequence[str], kinds: Sequence[Kind], formats: tuple[str, ...]
) -> str:
    """ECMA-376 part 1, 18.3.1.73. Strings stay strings: neither a formula nor an address in a name does anything."""
    day, percent, right = formats
    cells = [f'<row r="{line}">']
    for letter, kind, cell in zip(letters, kinds, row, strict=True):
        if cell is None:
            continue
        at = f'<c r="{letter}{line}"'
        if isinstance(cell, str):
            cells.append(f"{at} {_string(cell)}")
        elif isinstance(cell, date):
            cells.append(f'{at} s="{day}"><v>{(cell - _DAY_ZERO).days}</v></c>')
        elif isinstance(cell, Figure):
            exact = cell.value is not None
            cells.append(f"{at}><v>{cell.value}</v></c>" if exact else f'{at} s="{right}" {_string(cell.words)}')
        elif kind is Kind.PERCENT:
            cells.append(f'{at} s="{percent}"><v>{cell / 100}</v></c>')
        else:
            cells.append(f"{at}><v>{cell}</v></c>")
    cells.append("</row>")
    return "".join(cells)


@lru_cache(4096)
def _string(words: str) -> str:
    # The same few words stand in most cells.
    shown = _NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", words[:_LONGEST])
    return f't="inlineStr"><is><t xml:space="preserve">{escape(shown, quote=False)}</t></is></c>'
