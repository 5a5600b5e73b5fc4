"""Requests that come at the same time share one transaction, and so one wait for the disk.

Whoever finds nobody writing writes for all who are waiting; meanwhile the next ones gather. A request that is alone
writes at once. Only when many were written a moment ago does the next wait a thousandth of a second for company: those
who have just been answered are about to ask again, and without that wait every second commit would be for one.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lrs_adapter.credentials import Credential
from lrs_adapter.errors import LrsError
from lrs_adapter.store import OnStored, Received, Stored, record_received

_GATHER_SECONDS: Final = 0.001


class _Waiting:
    __slots__ = ("credential", "error", "received", "stored", "turn", "writes")

    def __init__(self, received: Received, credential: Credential) -> None:
        self.received = received
        self.credential = credential
        self.stored: Stored | None = None
        self.error: DBAPIError | None = None
        self.writes = False
        self.turn = threading.Event()


class SharedCommits:
    """For requests with one Statement each, in one process."""

    def __init__(self, engine: Engine, on_stored: OnStored | None, going_to_write: Callable[[bool], object]) -> None:
        self._engine = engine
        self._on_stored = on_stored
        self._going_to_write = going_to_write
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_writing = False
        self._written_last = 0

    def store(self, received: Received, credential: Credential) -> Stored | None:
        """Stored and committed; ``None`` when it could not be with the others, and has to be tried alone.

        The others are not troubled by what is wrong with one: then nothing of what was written together is kept, and
        each is tried alone.
        """
        mine = _Waiting(received, credential)
        with self._lock:
            self._waiting.append(mine)
            mine.writes = not self._is_writing
            self._is_writing = True
        if not mine.writes:
            mine.turn.wait()
        if mine.writes:
            self._write()
        if mine.error is not None:
            raise mine.error
        return mine.stored

    def _write(self) -> None:
        if self._written_last > 2 * len(self._waiting):
            time.sleep(_GATHER_SECONDS)
        with self._lock:
            credential = self._waiting[0].credential
            together = [one for one in self._waiting if one.credential.id == credential.id]
            self._waiting = [one for one in self._waiting if one.credential.id != credential.id]
        self._written_last = len(together)
        try:
            self._record(together, credential)
        finally:
            with self._lock:
                # The next to write is one who waits, so that nobody writes for others for ever.
                following = self._waiting[0] if self._waiting else None
                self._is_writing = following is not None
            for one in together:
                one.turn.set()
            if following is not None:
                following.writes = True
                following.turn.set()

    def _record(self, together: list[_Waiting], credential: Credential) -> None:
        self._going_to_write(True)
        with Session(self._engine, expire_on_commit=False) as db:
            try:
                stored = record_received(
                    db,
                    [one.received for one in together],
                    authority=credential.authority,
                    now=datetime.now(UTC),
                    on_stored=self._on_stored,
                    credential_id=credential.id,
                )
            except (LrsError, DBAPIError):
                # Each finds out by itself, alone, whether it is the one.
                return
            try:
                db.commit()
            except DBAPIError as error:
                # Nobody knows whether it is stored. Trying again here could store one without an id twice.
                for one in together:
                    one.error = error
                return
        for one, result in zip(together, stored, strict=True):
            one.stored = result
