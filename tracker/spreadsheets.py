"""Rows for spreadsheets, harmless and as Excel in Swedish wants them."""

import csv
import io
from collections.abc import Iterable

__all__ = ["csv_text", "harmless"]

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Semicolons, and a mark that says UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()


def harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula, and runs it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
