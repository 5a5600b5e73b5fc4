"""A report as a file: exactly the rows and the protection that the page shows. Excel files are in ``workbooks``."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from tracker.i18n import _, current_language
from tracker.paper import typesetting
from tracker.reports.figures import Figure
from tracker.reports.tables import Cell, Kind, Table

__all__ = ["MOST_ON_PAPER", "TYPES", "as_json", "csv_lines", "definitions", "pdf", "plain", "written"]

TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}

BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_LINES: Final = 500
HERE: Final = Path(__file__).parent
MOST_ON_PAPER: Final = 1_000
"""Rows. A PDF is made in one piece, and nobody reads more of them on paper."""


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
            "Anyone in the middle of the course is counted when it is completed, or after three weeks without a step, "
            "and at most a week later so as to be counted together with others."
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
    return typesetting.pdf(HERE / "report.typ", data)


def _with_percent(kind: Kind, cell: Cell) -> str:
    return f"{cell} %" if kind is Kind.PERCENT and cell is not None else written(cell)
