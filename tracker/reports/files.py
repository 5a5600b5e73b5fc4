"""A report as a file: exactly the rows and the protection that the page shows."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

import typst

from tracker.i18n import _, current_language
from tracker.reports.figures import Figure
from tracker.reports.tables import Cell, Kind, Table

__all__ = ["TYPES", "as_json", "chunks", "csv_lines", "definitions", "pdf", "plain", "written", "xlsx"]

TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}

BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_LINES: Final = 500
HERE: Final = Path(__file__).parent


def written(cell: Cell) -> str:
    """As it stands on the page. A share that has no exact number is not shown."""
    if cell is None:
        return ""
    return cell.words if isinstance(cell, Figure) else str(cell)


def definitions(least: int) -> list[str]:
    """What the figures mean, under every table and in every file."""
    return [
        _("Each person is counted once, also in two groups."),
        _(
            "Whoever has been counted in two accounts that were then joined is counted as two "
            "until %(least)s people of the same block are gone.",
            least=least,
        ),
        _("Started means that a lesson was opened. Completed means in the version of that day, and it stays so."),
        _(
            "Numbers of fewer than %(least)s people are never shown and can't be worked out: people are published in "
            "blocks of at least %(least)s who share what is shown.",
            least=least,
        ),
        _(
            "Who is in the middle of the course is counted when it is completed, or after three weeks without a step, "
            "and at most a week later so as to come together with others."
        ),
        _(
            "What has been told of a block is told anew when at least %(least)s of its people have changed, so two "
            "days tell of nobody either. Until then a figure says what was so when it was told.",
            least=least,
        ),
        _("40–52 means at least 40 and at most 52: those between are too few to be told apart by this filter."),
    ]


def csv_lines(table: Table) -> Iterator[str]:
    """For Excel in Swedish: semicolons, and a mark that says UTF-8. A few hundred lines at a time."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    writer.writerow(column.label for column in table.columns)
    for number, row in enumerate(table.rows, start=1):
        writer.writerow(_harmless(written(cell)) for cell in row)
        if number % _LINES == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula, and runs it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def xlsx(
    table: Table,
    *,
    title: str,
    facts: Sequence[tuple[str, str]],
    told: Callable[[int], None] = lambda rows: None,
    file: IO[bytes] | None = None,
) -> IO[bytes]:
    """Typed columns, the first row frozen and with filters; on a second sheet ``facts``, what was chosen and means.

    Written row by row to a file, so a million rows take no more memory than ten.
    """
    found = file if file is not None else tempfile.TemporaryFile()  # noqa: SIM115  # the answer closes it
    # Strings stay strings: neither a formula nor an address in a name does anything.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter  # a tenth of a second of each start, for what few ask for

    with xlsxwriter.Workbook(found, options) as book:
        book.set_properties({"title": title})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        percent = book.add_format({"num_format": "0 %"})
        right = book.add_format({"align": "right"})
        sheet = book.add_worksheet(_("Report"))
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, 28 if column.kind is Kind.TEXT and place < 4 else 16)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.label, head)
        number = 0
        for number, row in enumerate(table.rows, start=1):
            for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                if cell is None:
                    continue
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                elif isinstance(cell, Figure) and cell.value is not None:
                    sheet.write_number(number, place, cell.value)
                elif isinstance(cell, int):
                    of_hundred = column.kind is Kind.PERCENT
                    sheet.write_number(
                        number, place, cell / 100 if of_hundred else cell, percent if of_hundred else None
                    )
                else:
                    sheet.write_string(number, place, written(cell), right if isinstance(cell, Figure) else None)
            if number % _LINES == 0:
                told(number)
        sheet.autofilter(0, 0, max(number, 1), len(table.columns) - 1)
        told(number)
        about = book.add_worksheet(_("About the report"))
        about.set_column(0, 0, 28)
        about.set_column(1, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
        for number, (term, words) in enumerate([(title, ""), *facts]):
            about.write_string(number, 0, term, head if number == 0 else None)
            about.write_string(number, 1, words)
    found.seek(0)
    return found


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The whole file, which is closed at its end."""
    with file:
        while piece := file.read(65536):
            yield piece


def plain(table: Table) -> Iterator[dict[str, Any]]:
    """For other programs. A figure has a value, or none, and always its bounds."""
    for row in table.rows:
        found: dict[str, Any] = {}
        for column, cell in zip(table.columns, row, strict=True):
            if isinstance(cell, Figure):
                found |= {column.key: cell.value, f"{column.key}_least": cell.least, f"{column.key}_most": cell.most}
            else:
                found[column.key] = cell.isoformat() if isinstance(cell, date) else cell
        yield found


def as_json(table: Table, about: Mapping[str, Any]) -> Iterator[str]:
    """One object, written as it is read."""
    opening = json.dumps({"view": table.view, **about}, ensure_ascii=False)
    yield opening[:-1] + ', "rows": ['
    for number, row in enumerate(plain(table)):
        yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False)
    yield "\n]}\n"


def pdf(table: Table, *, title: str, subtitle: str, facts: Sequence[tuple[str, str]]) -> bytes:
    data = {
        "language": current_language(),
        "title": title,
        "subtitle": subtitle,
        "columns": [column.label for column in table.columns],
        "text": [column.kind is Kind.TEXT for column in table.columns],
        "rows": [
            [_with_percent(kind.kind, cell) for kind, cell in zip(table.columns, row, strict=True)]
            for row in table.rows
        ],
        "facts": facts,
    }
    return typst.compile(
        HERE / "report.typ",
        font_paths=[HERE.parent / "certificates" / "fonts"],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=0,
    )


def _with_percent(kind: Kind, cell: Cell) -> str:
    return f"{cell} %" if kind is Kind.PERCENT and cell is not None else written(cell)
