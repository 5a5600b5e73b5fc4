"""An outside LRS: tincan's client with a timeout, a kept connection, and every outcome turned into one of four.

What arrives in a Statement's own words leaves in them: texts are sent, tincan never parses them.
"""

import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from time import time
from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from tincan import RemoteLRS
from tincan.http_request import HTTPRequest
from tincan.lrs_response import LRSResponse

TIMEOUT: Final = 30.0
_ANSWER: Final = 2_000
_MOST_READ: Final = 20_000_000
_PAUSING: Final = frozenset({401, 403, 404})
_LATER: Final = frozenset({408, 421, 425, 429})


class Outcome(Enum):
    DELIVERED = "delivered"
    CONFLICT = "conflict"  # something under one of the ids is there already
    REFUSED = "refused"
    LATER = "later"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Answer:
    """``retry_after``: seconds that the outside LRS asked us to wait."""

    outcome: Outcome
    detail: str = ""
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A Statement on its way: its text, its version, and the data of its attachments as (content type, sha2, data)."""

    seq: int
    text: str
    version_2: bool = False
    attachments: tuple[tuple[str, str, bytes], ...] = ()


class OutsideLRS(RemoteLRS):  # type: ignore[misc]  # tincan brings no type information
    """One connection to one outside LRS. Not for several threads."""

    # tincan lets an object have no other attributes than these.
    _props: ClassVar = [*RemoteLRS._props, "timeout", "connection"]

    def __init__(self, endpoint: str, key: str, secret: str, *, timeout: float = TIMEOUT) -> None:
        # Made here: tincan would encode key and secret as ASCII and fail on all else.
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        super().__init__(endpoint=endpoint, auth=f"Basic {token}", version="1.0.3")

    def send(self, statements: Sequence[Outgoing]) -> Answer:
        """Send them in one request. All must be of one version, and one with attachments goes alone."""
        body = "[" + ",".join(one.text for one in statements) + "]"
        headers = {"Content-Type": "application/json"}
        if statements[0].version_2:
            headers["X-Experience-API-Version"] = "2.0.0"
        content: str | bytes = body
        if statements[0].attachments:
            boundary = uuid4().hex
            headers["Content-Type"] = f"multipart/mixed; boundary={boundary}"
            content = _multipart(body, statements[0].attachments, boundary)
        return self._ask("POST", "statements", headers, content)

    def test(self) -> Answer:
        """Does it answer, and to this key? Reads one Statement and writes nothing."""
        return self._ask("GET", "statements?limit=1", {}, None)

    def knows(self, agent: Mapping[str, Any]) -> bool | None:
        """Has it any Statement in which the Agent is found? None where it does not tell.

        (xAPI 1.0.3 Communication 2.1.3.)
        """
        query = urlencode({"agent": json.dumps(agent), "related_agents": "true", "limit": 1})
        try:
            reply = self._send_request(HTTPRequest(method="GET", resource=f"statements?{query}"))
            return bool(json.loads(reply.data)["statements"]) if reply.success else None
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            self.close()
            return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, resource: str, headers: dict[str, str], content: str | bytes | None) -> Answer:
        request = HTTPRequest(method=method, resource=resource, headers=headers)
        # Past the setter, which would decode what is binary.
        request._content = content
        try:
            reply = self._send_request(request)
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            self.close()
            return Answer(Outcome.LATER, f"{type(error).__name__}: {error}")
        return _judge(reply.response, reply.data)

    def _send_request(self, request: Any) -> Any:
        """As in tincan, on a kept connection. One that the other side has closed meanwhile is opened anew, once."""
        headers = {"X-Experience-API-Version": self.version, "Authorization": self.auth, **request.headers}
        address = urlsplit(self.endpoint + request.resource)
        query = "&".join(part for part in (address.query, urlencode(request.query_params)) if part)
        path = f"{address.path}?{query}" if query else address.path
        content = request.content.encode() if isinstance(request.content, str) else request.content
        kept = self._connection is not None
        try:
            response, data = self._exchange(request.method, path, content, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            self.close()
            if not kept:
                raise
            response, data = self._exchange(request.method, path, content, headers)
        # tincan would fail on an answer that is not UTF-8, and what we had sent would look as if it had not arrived.
        words = data.decode("utf-8", "replace")
        return LRSResponse(success=200 <= response.status < 300, request=request, response=response, data=words)

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        if self._connection is None:
            address = urlsplit(self.endpoint)
            kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(address.hostname or "", address.port, timeout=self._timeout)
        self._connection.request(method, path, body=content, headers=headers)
        response = self._connection.getresponse()
        data = response.read(_MOST_READ + 1)
        if len(data) > _MOST_READ:
            raise OSError("the answer is too large")
        return response, data


def _judge(response: http.client.HTTPResponse, words: str) -> Answer:
    status = response.status
    detail = f"{status} {response.reason} {words[:_ANSWER]}".strip()
    if 200 <= status < 300:
        return Answer(Outcome.DELIVERED, detail)
    if status == 409:
        return Answer(Outcome.CONFLICT, detail)
    if status in _PAUSING:
        return Answer(Outcome.PAUSE, detail)
    if status in _LATER or status >= 500 or status < 400:
        return Answer(Outcome.LATER, detail, _retry_after(response.getheader("Retry-After", "")))
    return Answer(Outcome.REFUSED, detail)


def _retry_after(value: str) -> float:
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except ValueError:
        return 0.0


def _multipart(body: str, attachments: Sequence[tuple[str, str, bytes]], boundary: str) -> bytes:
    parts = [f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{body}\r\n".encode()]
    for content_type, sha2, data in attachments:
        head = (
            f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {sha2}\r\n\r\n"
        )
        parts += [head.encode(), data, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts)
