"""What goes back to the client, as WSGI wants it and no more: an answer is made thousands of times a second."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Answer:
    """``headers`` has each header once, spelt as the standard spells it."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes = b"", status: int = 200, content_type: str | None = None) -> None:
        self.body = body
        self.status = status
        self.headers: dict[str, str] = {} if content_type is None else {"Content-Type": content_type}

    def send(self, method: str, start_response: Any) -> Iterable[bytes]:
        headers = list(self.headers.items())
        if self.status != 204:
            headers.append(("Content-Length", str(len(self.body))))
        start_response(_LINES.get(self.status, str(self.status)), headers)
        return () if method == "HEAD" else (self.body,)
