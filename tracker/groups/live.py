"""What the devices of a group ask all the time: has anything changed? ``GET /live/<token>/<revision>``.

A WSGI application beside Flask, because Flask would take longer than the answer is worth: 204 when nothing has
changed, else 200 and ``{"revision": n}``. The token is signed and says which group, so that no session is looked up;
the revision is the sum of its meetings', so that a phone hears of the next meeting, and of one that is opened again.
Each worker process keeps the revisions of the groups that it is asked about, and reads them again, all in one query,
at most every 100 milliseconds while somebody asks. So any number of workers and machines tell the same, a tenth of a
second apart.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracker.db import going_to_write
from tracker.groups.models import Meeting

__all__ = ["LiveApp", "Revisions", "live_token", "read_live_token"]

log = logging.getLogger(__name__)

FRESH_SECONDS = 0.1
FORGOTTEN_SECONDS = 30.0
"""A group that nobody has asked about for so long is not read any more."""
LONGEST_TOKEN = 200
_SALT = "live group"

StartResponse = Callable[..., Any]


def live_token(group_id: uuid.UUID, secret: str) -> str:
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(group_id.hex))


def read_live_token(token: str, secret: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(URLSafeSerializer(secret, salt=_SALT).loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None


class Revisions:
    """The revisions of groups as one worker knows them."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[uuid.UUID, float] = {}
        self._known: dict[uuid.UUID, int] = {}
        self._read_at = float("-inf")

    def of(self, group_id: uuid.UUID) -> int | None:
        """None when there is no such group."""
        now = self._clock()
        self._asked[group_id] = now
        if now - self._read_at < FRESH_SECONDS and group_id in self._known:
            return self._known[group_id]
        # One reads; the others meanwhile answer what was known a moment ago, unless they know nothing.
        if self._lock.acquire(blocking=group_id not in self._known):
            try:
                if self._clock() - self._read_at >= FRESH_SECONDS or group_id not in self._known:
                    self._read(now)
            finally:
                self._lock.release()
        return self._known.get(group_id)

    def _read(self, now: float) -> None:
        asked = [one for one, when in list(self._asked.items()) if now - when < FORGOTTEN_SECONDS]
        for gone in set(self._asked) - set(asked):
            self._asked.pop(gone, None)
        going_to_write(False)
        with Session(self._engine) as db:
            total = func.sum(Meeting.revision).label("total")
            rows = db.execute(
                select(Meeting.group_id, total).where(Meeting.group_id.in_(asked)).group_by(Meeting.group_id)
            )
            self._known = {row.group_id: int(row.total) for row in rows}
        self._read_at = self._clock()


class LiveApp:
    """Mounted at ``/live``."""

    def __init__(self, engine: Engine, secret: str, headers: dict[str, str]) -> None:
        self.revisions = Revisions(engine)
        self._secret = secret
        self._headers = [*headers.items(), ("Cache-Control", "no-store")]
        self._tokens: dict[str, uuid.UUID] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        token, _slash, seen = environ.get("PATH_INFO", "").strip("/").partition("/")
        group_id = self._group(token)
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or group_id is None:
            return self._answer(start_response, "404 Not Found")
        try:
            revision = self.revisions.of(group_id)
        except SQLAlchemyError as error:
            # Every device of every group asks again in a moment, so this is one line and no traceback.
            log.warning("Nothing is known of the groups: %s", type(error).__name__)
            return self._answer(start_response, "503 Service Unavailable")
        if revision is None:
            return self._answer(start_response, "404 Not Found")
        if seen == str(revision):
            return self._answer(start_response, "204 No Content")
        return self._answer(start_response, "200 OK", b'{"revision":%d}' % revision)

    def _group(self, token: str) -> uuid.UUID | None:
        found = self._tokens.get(token)
        if found is None and 0 < len(token) < LONGEST_TOKEN:
            found = read_live_token(token, self._secret)
            if found is not None:
                if len(self._tokens) > 5_000:
                    self._tokens.clear()
                self._tokens[token] = found
        return found

    def _answer(self, start_response: StartResponse, status: str, body: bytes = b"") -> Iterable[bytes]:
        headers = list(self._headers)
        if not status.startswith("204"):
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body] if body else []
