"""What must outlive the database: who has been erased, so that a restored backup can be made to forget them again.

One line of JSON for each, in a folder that no backup of the database holds: ``{"at", "id", "accounts"}``, where the
accounts are fingerprints. Nobody can be found by them who is not in a copy of the database.
"""

import json
import os
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from tracker.errors import TrackerError

__all__ = ["ERASURES", "HEADS", "ProtocolNotWritten", "read", "write_erasure", "write_head"]

ERASURES: Final = "erasures.jsonl"
HEADS: Final = "audit-heads.txt"


class ProtocolNotWritten(TrackerError):
    """The folder of the protocol can't be written in. Nothing has been erased."""


def write_erasure(folder: Path, erasure: uuid.UUID, accounts: Iterable[str], *, at: datetime) -> None:
    """Before the erasure is committed: rather one too many than one that a backup brings back.

    :raises ProtocolNotWritten:
    """
    line = {"at": at.isoformat(), "id": str(erasure), "accounts": sorted(accounts)}
    _append(folder / ERASURES, json.dumps(line))


def write_head(folder: Path, head: str) -> None:
    """Of the audit log, when it is another than the last one written.

    :raises ProtocolNotWritten:
    """
    file = folder / HEADS
    if not file.exists() or file.read_text(encoding="utf-8").splitlines()[-1:] != [head]:
        _append(file, head)


def read(file: Path) -> Iterator[frozenset[str]]:
    """The fingerprints of each erasure.

    :raises ValueError: a line is not what was written, and says which.
    """
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield frozenset(json.loads(line)["accounts"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} of {file} is not a line of the protocol") from error


def _append(file: Path, line: str) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One write to a file that is only appended to: lines of several processes never mix.
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ProtocolNotWritten(f"{file}: {error.strerror}") from error
