"""Links and pictures in the authors' Markdown, with their lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["Reference", "parser", "plain_text", "references"]


@dataclass(frozen=True)
class Reference:
    """``target``: an address, or ``lesson:3-3`` and the like. ``words``: the linked ones, or the alternative text."""

    line: int
    target: str
    words: str
    picture: bool


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        return bool(url)


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables and without HTML. Which links are safe is decided by who renders them.

    One for all: making it takes longer than parsing a sentence, and it keeps nothing of what it has parsed.
    """
    return _Parser("commonmark", {"html": False}).enable("table")


def references(text: str, first_line: int) -> Iterator[Reference]:
    for token in parser().parse(text):
        if token.type == "inline":
            yield from _in(token, first_line + (token.map[0] if token.map else 0))


def plain_text(tokens: list[Token]) -> str:
    """The words of inline tokens without their marks."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


def _in(inline: Token, line: int) -> Iterator[Reference]:
    children = inline.children or []
    for number, token in enumerate(children):
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type == "image":
            yield Reference(line, str(token.attrs["src"]), plain_text(token.children or []).strip(), True)
        elif token.type == "link_open":
            end = next(n for n in range(number, len(children)) if children[n].type == "link_close")
            yield Reference(line, str(token.attrs["href"]), plain_text(children[number:end]).strip(), False)
