"""Reading another LRS by its API, page after page, and remembering how far."""

import base64
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
from sqlalchemy.orm import Session

from lrs_adapter.errors import InvalidStatement, TooLarge
from lrs_adapter.models import ImportRow
from lrs_adapter.multipart import Part, parse_multipart
from lrs_adapter.times import isoformat_exact
from lrs_adapter.validation.primitives import parse_timestamp

__all__ = ["OtherLrs", "Page", "SourceFailed", "read_on", "remember"]

PAGE: Final = 500
_TIMEOUT: Final = 60
_TRIES: Final = 4
_MOST_ATTACHED: Final = 1 << 30
OVERLAP: Final = timedelta(minutes=1)
"""Read once more when reading goes on: what was stored at the same moment, or by a request that took its time."""

_RESULT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_STATEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class SourceFailed(Exception):
    """The other LRS does not give what is asked for. The message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Page:
    """``through``: how far everything stored there has been read with this page; None when that can't be said."""

    statements: list[bytes]
    parts: Mapping[str, Part] = field(default_factory=dict)
    through: datetime | None = None


class OtherLrs:
    """``address``: its Statements resource, or the part before that; filters may follow as a query."""

    def __init__(self, address: str, key: str, secret: str, *, version: str = "1.0.3") -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceFailed(f"{address} is not an address that starts with http:// or https://")
        path = parts.path.rstrip("/")
        if not path.endswith("/statements"):
            path += "/statements"
        self._host = (parts.scheme, parts.netloc)
        self._filters = dict(parse_qsl(parts.query))
        self.address = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self.source = f"{urlunsplit((parts.scheme, parts.netloc, path, parts.query, ''))} {key}"
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {token}",
            "X-Experience-API-Version": version,
            "Accept": "application/json, multipart/mixed",
        }
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.netloc, timeout=_TIMEOUT)

    def pages(self, since: datetime | None, *, wait: float = 1.0) -> Iterator[Page]:
        """The oldest first, from ``since`` on. ``wait``: seconds before the second try, doubled for the others.

        :raises SourceFailed:
        """
        query = {**self._filters, "ascending": "true", "attachments": "true", "limit": str(PAGE)}
        if since is not None:
            query["since"] = isoformat_exact(since)
        following = f"{self.address}?{urlencode(query)}"
        newest: datetime | None = None
        is_ordered = True
        while following:
            headers, body = self._get(following, wait)
            text, parts = self._divide(headers, body)
            try:
                members = _RESULT.decode(text)
                statements = [bytes(one) for one in _STATEMENTS.decode(members["statements"])]
                more = msgspec.json.decode(members.get("more", msgspec.Raw(b'""')), type=str | None) or ""
            except (msgspec.DecodeError, KeyError):
                raise SourceFailed(
                    f"{following} does not answer with Statements; is it the address of an LRS?"
                ) from None
            for moment in map(_stored, statements):
                if moment is not None:
                    is_ordered &= newest is None or moment >= newest - OVERLAP
                    newest = moment if newest is None else max(newest, moment)
            following = self._following(more, following)
            # Of one that does not begin with the oldest, nothing is certain before the end.
            is_certain = newest is not None and (is_ordered or not following)
            yield Page(statements, parts, _earliest(newest, headers) if is_certain else None)

    def close(self) -> None:
        self._connection.close()

    def _divide(self, headers: http.client.HTTPMessage, body: bytes) -> tuple[bytes, dict[str, Part]]:
        content_type = headers.get("Content-Type", "")
        if content_type.split(";")[0].strip().lower() != "multipart/mixed":
            return body, {}
        try:
            return parse_multipart(content_type, body, most=_MOST_ATTACHED)
        except (InvalidStatement, TooLarge) as error:
            raise SourceFailed(f"the answer with attachments can't be read: {error}") from None

    def _following(self, more: str, here: str) -> str:
        if not more:
            return ""
        address = urljoin(here, more)
        if urlsplit(address)[:2] != self._host:
            # Key and secret are for the LRS that was named, and for no other.
            raise SourceFailed(f"the next page is on another server, {address}")
        return address

    def _get(self, address: str, wait: float) -> tuple[http.client.HTTPMessage, bytes]:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        for tries_left in reversed(range(_TRIES)):
            try:
                self._connection.request("GET", path, headers=self._headers)
                response = self._connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if not tries_left:
                    raise SourceFailed(f"{self.address} does not answer: {error or type(error).__name__}") from None
            else:
                if response.status == 200:
                    return response.headers, body
                if not tries_left or (response.status < 500 and response.status != 429):
                    words = " ".join(body[:300].decode("utf-8", "replace").split())
                    raise SourceFailed(f"{self.address} answers {response.status} {response.reason}: {words}")
            sleep(wait)
            wait *= 2
        raise AssertionError("unreachable")


def read_on(db: Session, source: str) -> datetime | None:
    """From where to go on with this source; None: from the beginning."""
    row = db.get(ImportRow, source)
    return None if row is None else row.through - OVERLAP


def remember(db: Session, source: str, through: datetime, *, now: datetime) -> None:
    """In the transaction that stored what was read, so that neither can be true without the other."""
    row = db.get(ImportRow, source)
    if row is None:
        db.add(ImportRow(source=source, through=through, updated=now))
    else:
        row.through, row.updated = through, now
    db.flush()


def _stored(statement: bytes) -> datetime | None:
    try:
        value = msgspec.json.decode(_RESULT.decode(statement)["stored"], type=str)
    except (msgspec.DecodeError, KeyError):
        return None
    return parse_timestamp(value)


def _earliest(newest: datetime | None, headers: http.client.HTTPMessage) -> datetime | None:
    consistent = parse_timestamp(headers.get("X-Experience-API-Consistent-Through", ""))
    return min((one for one in (newest, consistent) if one is not None), default=None)
