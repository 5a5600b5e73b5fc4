"""Statements in a file: JSON Lines, a JSON array, or what an LRS answers. Read bit by bit, never as a whole."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

__all__ = ["BrokenFile", "Found", "read_statements"]

_CHUNK: Final = 1 << 20
_SPACE: Final = b" \t\r\n"
# A whole string, or what opens and closes; a quotation mark by itself is a string whose end is not here yet.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]"]', re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"
_BEGINNING: Final = 10_000
_ANSWER: Final = re.compile(rb'\{\s*"(?:statements|more)"\s*:')
_ARRAY: Final = re.compile(rb'\{\s*(?:"more"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*)?"statements"\s*:\s*(?=\[)')
# An object whose first line is not the whole of it.
_SPREAD_OUT: Final = re.compile(rb"\{[^\n]*(?<=[{,\[])[ \t\r]*\n")


class BrokenFile(Exception):
    """The file can't be read any further."""

    def __init__(self, line: int, rule: str) -> None:
        super().__init__(f"line {line}: {rule}")
        self.line = line
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Found:
    """The text of one Statement, as it stands in the file, and the line that it begins on."""

    line: int
    text: bytes


def read_statements(file: BinaryIO, *, most: int, told: Callable[[int], None] = lambda count: None) -> Iterator[Found]:
    """Every Statement, whether it is right or not: broken JSON in a line of its own is the next reader's business.

    ``most``: bytes that one Statement may have. ``told`` is told how many bytes have been read.

    :raises BrokenFile: where it is not clear any more where a Statement begins or ends.
    """
    source = _Source(file, told)
    first = source.peek()
    source.fill(_BEGINNING)
    if first == b"[":
        yield from _elements(source, most)
    elif _ANSWER.match(source.buffer):
        source.skip_to_array()
        yield from _elements(source, most)
    elif _SPREAD_OUT.match(source.buffer):
        while source.peek():
            yield _element(source, most)
    elif first:
        yield from _lines(source, most)


class _Source:
    """A buffer over the file, that knows which line it begins on."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self.file = file
        self.told = told
        self.line = 1
        self.buffer = b""
        self.more()
        self.buffer = self.buffer.removeprefix(_BOM)

    def more(self) -> bool:
        chunk = self.file.read(_CHUNK)
        self.told(len(chunk))
        self.buffer += chunk
        return bool(chunk)

    def drop(self, count: int) -> None:
        self.line += self.buffer.count(b"\n", 0, count)
        self.buffer = self.buffer[count:]

    def peek(self) -> bytes:
        """The next byte that is no space; nothing at the end of the file."""
        while True:
            stripped = self.buffer.lstrip(_SPACE)
            self.drop(len(self.buffer) - len(stripped))
            if stripped or not self.more():
                return self.buffer[:1]

    def fill(self, count: int) -> None:
        while len(self.buffer) < count and self.more():
            pass

    def skip_to_array(self) -> None:
        """From the beginning of ``{"statements": [`` to its bracket; ``more`` may stand before it."""
        found = _ARRAY.match(self.buffer)
        if found is None:
            raise BrokenFile(self.line, 'an object with "statements" holds a list of them')
        self.drop(found.end())


def _lines(source: _Source, most: int) -> Iterator[Found]:
    while source.peek():
        end = source.buffer.find(b"\n")
        while end < 0:
            if len(source.buffer) > most:
                raise BrokenFile(source.line, _too_large(most))
            known = len(source.buffer)
            if not source.more():
                end = len(source.buffer)
                break
            end = source.buffer.find(b"\n", known)
        if end > most:
            raise BrokenFile(source.line, _too_large(most))
        yield Found(source.line, source.buffer[:end].strip())
        source.drop(end)


def _elements(source: _Source, most: int) -> Iterator[Found]:
    source.drop(1)
    if source.peek() == b"]":
        return
    while True:
        yield _element(source, most)
        following = source.peek()
        if following == b"]":
            return
        if following != b",":
            raise BrokenFile(source.line, "a comma or the end of the list was expected" if following else _CUT_OFF)
        source.drop(1)
        source.peek()


def _element(source: _Source, most: int) -> Found:
    end = _end_of_value(source, most)
    if end > most:
        raise BrokenFile(source.line, _too_large(most))
    found = Found(source.line, source.buffer[:end])
    source.drop(end)
    return found


_CUT_OFF: Final = "the file ends in the middle of a Statement or of the list"


def _end_of_value(source: _Source, most: int) -> int:
    """Where the object at the beginning of the buffer ends."""
    if source.buffer[:1] != b"{":
        raise BrokenFile(source.line, "a Statement was expected here" if source.buffer else _CUT_OFF)
    depth = position = 0
    while True:
        for token in _TOKEN.finditer(source.buffer, position):
            kind = token[0]
            if kind == b'"':
                position = token.start()
                break
            position = token.end()
            if kind in (b"{", b"["):
                depth += 1
            elif kind in (b"}", b"]"):
                depth -= 1
                if depth == 0:
                    return position
        else:
            position = len(source.buffer)
        if len(source.buffer) > most:
            raise BrokenFile(source.line, _too_large(most))
        if not source.more():
            raise BrokenFile(source.line, _CUT_OFF)


def _too_large(most: int) -> str:
    return f"the Statement that begins here has more than {most} bytes"
