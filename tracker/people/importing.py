"""A file that is imported, of whatever: read, kept while it is shown, and taken once."""

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.people.models import Import

__all__ = ["ColumnMissing", "NotText", "Outdated", "TooManyRows", "fault", "keep", "rows_of", "take"]

MOST_ROWS = 20_000
# No address is cut: whoever is erased is looked for here too.
LONGEST_SHOWN = 300
KEPT_FOR = timedelta(days=1)

Kept = TypeVar("Kept", bound=Import)


class NotText(TrackerError):
    """A spreadsheet or something else that is not a text file."""


class ColumnMissing(TrackerError):
    """The first row does not name the column that has to be there."""


class TooManyRows(TrackerError):
    """More than MOST_ROWS."""


class Outdated(TrackerError):
    """Somebody has changed what is on the list since it was shown. Nothing has been done."""


def rows_of(data: bytes, columns: Mapping[str, str], *, needs: str) -> list[tuple[int, dict[str, str] | None]]:
    """Each row with its line in the file; None for one that has more cells than there are columns.

    :param columns: what a column may be called, in small letters, and what it is.
    :raises NotText:
    :raises ColumnMissing:
    :raises TooManyRows:
    """
    try:
        rows = list(_read(_text_of(data), columns, needs))
    except csv.Error as error:
        raise NotText from error
    if len(rows) > MOST_ROWS:
        raise TooManyRows
    return rows


def _text_of(data: bytes) -> str:
    """UTF-8, or what Excel in Swedish writes when it is not told to, or its "Unicode text", which has a mark."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise NotText from error
    if b"\0" in data:
        raise NotText
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError as error:
            raise NotText from error


def _read(text: str, columns: Mapping[str, str], needs: str) -> Iterator[tuple[int, dict[str, str] | None]]:
    skipped = 0
    if text[:4].casefold() == "sep=":
        # Said to Excel, and not a row.
        text, skipped = text.partition("\n")[2], 1
    first = text.partition("\n")[0]
    separator = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = [columns.get(cell.strip().casefold()) for cell in next(reader, [])]
    if needs not in header:
        raise ColumnMissing
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            yield reader.line_num + skipped, None
            continue
        padded = cells + [""] * (len(header) - len(cells))
        yield reader.line_num + skipped, {name: cell for name, cell in zip(header, padded, strict=True) if name}


def fault(line: int, what: StrEnum, value: str) -> dict[str, Any]:
    return {"line": line, "fault": what.value, "value": value[:LONGEST_SHOWN]}


def keep(db: Session, kept: Kept, *, now: datetime) -> Kept:
    """Until its sender says yes or no; what nobody has answered for a day goes."""
    of = type(kept)
    db.execute(delete(of).where(of.created_at < now - KEPT_FOR))
    kept.faults = sorted(kept.faults, key=lambda one: int(one["line"]))
    db.add(kept)
    db.flush()
    return kept


def take(db: Session, kept: Kept) -> list[dict[str, Any]]:
    """What it would change. Two who say yes at the same time do it once.

    :raises Outdated:
    """
    changes = kept.changes
    of = type(kept)
    claimed = db.execute(delete(of).where(of.id == kept.id))
    if not claimed.rowcount:  # type: ignore[attr-defined]  # the result of a DELETE has it
        raise Outdated
    return changes
