"""Requests that come at the same time share one transaction, and so one wait for the disk.

Whoever finds a place free writes for all who are waiting; meanwhile the next ones gather. A request that is alone
writes at once. Only when many were written a moment ago does the next wait a thousandth of a second for company: those
who have just been answered are about to ask again, and without that wait every second commit would be for one.

On PostgreSQL two write at the same time, and where nothing but the rows themselves is to be written it takes one trip
to the database (``direct``). SQLite has room for one. A batch shares with nobody, but goes by the same trip.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lrs_adapter import definitions
from lrs_adapter.credentials import Credential
from lrs_adapter.derive import Candidate
from lrs_adapter.direct import Direct
from lrs_adapter.errors import LrsError
from lrs_adapter.store import OnStored, Received, Stored, make_candidates, record_received

_GATHER_SECONDS: Final = 0.001
_PLACES: Final = 2


class _Waiting:
    __slots__ = ("credential", "received", "stored", "turn", "writes")

    def __init__(self, received: Received, credential: Credential) -> None:
        self.received = received
        self.credential = credential
        self.stored: Stored | None = None
        self.writes = False
        self.turn = threading.Event()


class SharedCommits:
    """For the requests of one process that bring nothing but Statements."""

    def __init__(self, engine: Engine, on_stored: OnStored | None, going_to_write: Callable[[bool], object]) -> None:
        self._engine = engine
        self._on_stored = on_stored
        self._going_to_write = going_to_write
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._free = _PLACES if engine.dialect.name == "postgresql" else 1
        self._written_last = 0
        self._direct: list[Direct] = []
        event.listen(engine, "engine_disposed", lambda _engine: self._hang_up())

    def store(self, received: Received, credential: Credential) -> Stored | None:
        """Stored and committed; ``None`` when it could not be with the others, and has to be tried alone.

        The others are not troubled by what is wrong with one: then nothing of what was written together is kept, and
        each is tried alone. ``received`` has an id, its own or ours, so trying again never stores it twice.
        """
        mine = _Waiting(received, credential)
        with self._lock:
            if self._free:
                self._free -= 1
                mine.writes = True
            else:
                self._waiting.append(mine)
        if not mine.writes:
            mine.turn.wait()
        if mine.writes:
            self._write(mine)
        return mine.stored

    def _write(self, mine: _Waiting) -> None:
        if self._written_last > 2 * (len(self._waiting) + 1):
            time.sleep(_GATHER_SECONDS)
        credential = mine.credential
        with self._lock:
            together = [mine, *(one for one in self._waiting if one.credential.id == credential.id)]
            self._waiting = [one for one in self._waiting if one.credential.id != credential.id]
        self._written_last = len(together)
        try:
            if not self._record_directly(together, credential):
                self._record(together, credential)
        finally:
            with self._lock:
                # The next to write is one who waits, so that nobody writes for others for ever.
                following = self._waiting.pop(0) if self._waiting else None
                if following is None:
                    self._free += 1
            for one in together[1:]:
                one.turn.set()
            if following is not None:
                following.writes = True
                following.turn.set()

    def _record_directly(self, together: list[_Waiting], credential: Credential) -> bool:
        """In one trip, where there is nothing to do but to add rows. What was not stored is tried alone."""
        if self._on_stored is not None or self._engine.dialect.name != "postgresql":
            return False
        now = datetime.now(UTC)
        try:
            candidates = make_candidates([one.received for one in together], authority=credential.authority, now=now)
        except LrsError:
            return False
        if not definitions.are_known(self._engine, [one.derived.definitions for one in candidates.values()]):
            return False
        stored = self._write_directly(candidates, credential, now)
        for one, statement_id in zip(together, candidates, strict=True):
            one.stored = stored.get(statement_id)
        return True

    def store_batch(self, received: list[Received], credential: Credential) -> list[Stored] | None:
        """All of them stored and committed, in one trip; ``None`` when that can't be, and nothing is known of it.

        Each has an id, its own or ours, so trying again in another way never stores it twice.
        """
        if self._on_stored is not None or self._engine.dialect.name != "postgresql":
            return None
        now = datetime.now(UTC)
        candidates = make_candidates(received, authority=credential.authority, now=now)
        if not definitions.are_known(self._engine, [one.derived.definitions for one in candidates.values()]):
            return None
        stored = self._write_directly(candidates, credential, now, all_new=True)
        return [stored[one] for one in candidates] if len(stored) == len(candidates) else None

    def _write_directly(
        self, candidates: Mapping[UUID, Candidate], credential: Credential, now: datetime, *, all_new: bool = False
    ) -> dict[UUID, Stored]:
        """Those that are surely stored now."""
        authority = credential.authority
        try:
            direct = self._direct.pop() if self._direct else self._connect()
        except (DBAPIError, psycopg.Error):
            return {}
        try:
            fresh = direct.write(candidates, authority.key, now, credential.id, all_new=all_new)
        except UniqueViolation:
            fresh = {}
        except psycopg.Error:
            # They may be stored or not. The ids tell, when it is tried again.
            direct.close()
            return {}
        self._direct.append(direct)
        return {
            one: Stored(one, seq, candidates[one].parsed, new=True, authority=authority, stored=now)
            for one, seq in fresh.items()
        }

    def _connect(self) -> Direct:
        lent = self._engine.raw_connection()
        connection = lent.driver_connection
        assert isinstance(connection, psycopg.Connection)
        lent.detach()
        return Direct(connection)

    def _hang_up(self) -> None:
        while self._direct:
            self._direct.pop().close()

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
                db.commit()
            except (LrsError, DBAPIError):
                # Each finds out by itself, alone, whether it is the one.
                return
        for one, result in zip(together, stored, strict=True):
            one.stored = result
