"""PostgreSQL in one trip: for Statements that come alone and share a commit, and for a batch."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from struct import Struct
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from lrs_adapter.derive import Candidate
from lrs_adapter.writing_postgresql import batch_of

_LONG: Final = Struct("!q").pack
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Direct:
    """A connection of its own, past the session: one trip stores a batch and commits it.

    libpq is called straight. psycopg would come back between sending, waiting and reading, and each time wait until
    the threads that meanwhile read requests let it.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        connection.autocommit = True
        self._connection = connection
        self._names: dict[str, bytes] = {}

    def write(
        self,
        candidates: Mapping[UUID, Candidate],
        authority_key: UUID,
        now: datetime,
        credential_id: UUID,
        *,
        all_new: bool = False,
    ) -> dict[UUID, int]:
        """The ``seq`` of those that are now stored, and on disk. The others were there, or the credential is gone.

        :raises UniqueViolation: ``all_new`` was asked for and one was there already. Nothing is stored.
        :raises psycopg.Error: any other; nobody knows then what is stored, and the connection is to be closed.
        """
        statement, given = batch_of(candidates, authority_key, now, credential_id, all_new=all_new)
        libpq = self._connection.pgconn
        if (name := self._names.get(statement)) is None:
            name = b"lrs_%d" % len(self._names)
            types = [_oid(value) for value in given]
            _checked(libpq.prepare(name, _numbered(statement).encode(), types), ExecStatus.COMMAND_OK)
            self._names[statement] = name
        values = [_wire(value) for value in given]
        answer = libpq.exec_prepared(name, values, _all_binary(len(values)), Format.BINARY)
        _checked(answer, ExecStatus.TUPLES_OK)
        rows = range(answer.ntuples)
        return {UUID(bytes=answer.get_value(row, 0)): _long(answer.get_value(row, 1)) for row in rows}

    def close(self) -> None:
        self._connection.close()


def _checked(answer: PGresult, wanted: ExecStatus) -> None:
    if answer.status != wanted:
        raise error_from_result(answer)


def _long(value: bytes | None) -> int:
    return int.from_bytes(value or b"", "big")


def _oid(value: Any) -> int:
    if isinstance(value, UUID):
        return 2950
    return 1184 if isinstance(value, datetime) else int(value.oid)


def _wire(value: Any) -> bytes:
    """A value in PostgreSQL's binary form."""
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):
        return _LONG((value - _EPOCH) // _MICROSECOND)
    return bytes(value)


@cache
def _all_binary(count: int) -> list[Format]:
    return [Format.BINARY] * count


@cache
def _numbered(statement: str) -> str:
    """With the places of parameters as libpq writes them."""
    first, *rest = statement.split("%b")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
