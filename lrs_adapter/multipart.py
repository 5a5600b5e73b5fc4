"""``multipart/mixed``: Statements first, then the data of their attachments (xAPI 1.0.3 Communication 1.5.2)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import new
from typing import Final, NoReturn
from uuid import uuid4

from werkzeug.http import parse_options_header

from lrs_adapter.errors import InvalidStatement, TooLarge

_SECTION: Final = "xAPI 1.0.3 Communication 1.5.2"
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_ALGORITHMS: Final = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
MOST_PARTS: Final = 1_000
_LONGEST_HEAD: Final = 16_000


@dataclass(frozen=True, slots=True)
class Part:
    """``sha2`` is what the part says of itself, and its data agrees with it. ``length``: its Content-Length header."""

    content_type: str
    sha2: str
    data: bytes
    length: str | None = None


def parse_multipart(content_type: str, body: bytes, *, most: int) -> tuple[bytes, dict[str, Part]]:
    """The text of the Statements, and the other parts by their hash in lower case.

    :raises InvalidStatement: for whatever the section rules out.
    :raises TooLarge: when one part has more than ``most`` bytes.
    """
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if _BOUNDARY.fullmatch(boundary) is None:
        _fail("Content-Type", "names a boundary")
    first, *others = _split(body, boundary.encode())
    headers, text = _parse_part(first, "part 1")
    if headers.get("content-type", "application/json").split(";")[0].strip().lower() != "application/json":
        _fail("part 1", "holds the Statements, with the content type application/json")
    parts: dict[str, Part] = {}
    for number, content in enumerate(others, start=2):
        place = f"part {number}"
        headers, data = _parse_part(content, place)
        if headers.get("content-transfer-encoding", "").lower() != "binary":
            _fail(place, "has the header Content-Transfer-Encoding: binary")
        if len(data) > most:
            raise TooLarge(f"{place}: {len(data)} bytes, and this LRS takes {most} (xAPI 1.0.3 Communication 3.2)")
        sha2 = headers.get("x-experience-api-hash", "").lower()
        algorithm = _ALGORITHMS.get(len(sha2))
        if algorithm is None or new(algorithm, data).hexdigest() != sha2:
            _fail(place, "has the header X-Experience-API-Hash with the SHA-2 sum of its data")
        parts[sha2] = Part(headers.get("content-type", ""), sha2, data, headers.get("content-length"))
    return text, parts


def build_multipart(statements: bytes, attachments: Sequence[Part]) -> tuple[str, bytes]:
    """Content type and body of an answer."""
    boundary = uuid4().hex
    chunks = [b"--%b\r\nContent-Type: application/json\r\n\r\n%b\r\n" % (boundary.encode(), statements)]
    for one in attachments:
        head = (
            f"--{boundary}\r\nContent-Type: {one.content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {one.sha2}\r\n\r\n"
        )
        chunks += [head.encode(), one.data, b"\r\n"]
    chunks.append(f"--{boundary}--\r\n".encode())
    return f"multipart/mixed; boundary={boundary}", b"".join(chunks)


def _split(body: bytes, boundary: bytes) -> list[bytes]:
    """What is between the delimiters (RFC 2046 5.1.1); what comes before the first and after the last is nothing."""
    delimiter = b"\r\n--" + boundary
    pieces = (b"\r\n" + body).split(delimiter, MOST_PARTS + 1)
    if len(pieces) < 2:
        _fail("body", "is divided by the boundary that Content-Type names")
    if len(pieces) > MOST_PARTS:
        raise TooLarge(f"body: more than {MOST_PARTS} parts (xAPI 1.0.3 Communication 3.2)")
    parts = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        padding, newline, content = piece.partition(b"\r\n")
        if not newline or padding.strip(b" \t"):
            _fail("body", "has nothing behind a boundary but the end of the line")
        parts.append(content)
    else:
        _fail("body", "ends with the closing boundary")
    if not parts:
        _fail("body", "has a first part with the Statements")
    return parts


def _parse_part(content: bytes, place: str) -> tuple[Mapping[str, str], bytes]:
    # A part without any header begins with the empty line.
    head, found, data = (b"\r\n" + content).partition(b"\r\n\r\n")
    if not found:
        _fail(place, "has an empty line between headers and content")
    if len(head) > _LONGEST_HEAD:
        raise TooLarge(f"{place}: headers of {len(head)} bytes (xAPI 1.0.3 Communication 3.2)")
    headers = {}
    for line in head.split(b"\r\n"):
        if line:
            name, colon, value = line.partition(b":")
            if not colon:
                _fail(place, "has a header without a colon")
            headers[name.strip().decode("latin-1").lower()] = value.strip().decode("latin-1")
    return headers, data


def _fail(place: str, rule: str) -> NoReturn:
    raise InvalidStatement(place, f"{rule} ({_SECTION})")
