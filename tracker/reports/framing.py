"""A file that tells how far it has come: for the page's progress bar, which takes it apart again (js/download.js).

Each frame is three numbers of four bytes – rows so far, rows in all or 0 while they are not counted, bytes that
follow – and those bytes. One without bytes is the last: only with it the file is whole.
"""

from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import Final, Generic, TypeVar

__all__ = ["FRAMES", "Counted", "framed"]

FRAMES: Final = "application/vnd.samverkan.frames"
_HEAD: Final = Struct(">III")

Row = TypeVar("Row")


class Counted(Generic[Row]):
    """Rows, and how many of them have been read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = next(self._rows)
        self.number += 1
        return row


def framed(body: Iterable[bytes | str], rows: Counted[Row], count: Callable[[], int]) -> Iterator[bytes]:
    """``count``: of all rows, asked when the first bytes are on their way."""
    total = 0
    for piece in body:
        data = piece if isinstance(piece, bytes) else piece.encode()
        if data:
            yield _HEAD.pack(rows.number, total, len(data)) + data
            # People who have come since it was counted are not too many.
            total = max(total or count(), rows.number)
    yield _HEAD.pack(rows.number, rows.number, 0)
