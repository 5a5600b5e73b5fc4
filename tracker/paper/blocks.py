"""The authors' Markdown as plain data that a Typst template can set: blocks, and in them spans of words.

A block is ``{"kind": …}`` with ``spans``, ``items`` or ``blocks``.
A span has ``text``, ``strong``, ``emphasis`` and ``link``.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from course.directives import Segment, segments
from course.inline import parser
from course.schema import Course, Language

__all__ = ["Block", "Span", "blocks_of", "spans_of"]

Block = dict[str, Any]
Span = dict[str, Any]
Resolve = Callable[[str, str], str | None]
"""``("lesson", "3-3")`` to an address, or None where the words are to stand without a link."""


def _nowhere(_scheme: str, _name: str) -> None:
    return None


def blocks_of(text: str, course: Course, language: Language, resolve: Resolve = _nowhere) -> list[Block]:
    """Of a lesson, or of a chapter of the guide. Pictures are left out: what they show stands in the text too."""
    return [
        block for segment in segments(text) for block in _Segments(course, language, resolve).blocks(segment) if block
    ]


def spans_of(text: str, resolve: Resolve = _nowhere) -> list[Span]:
    """A line: ``**bold**`` and links."""
    return [span for token in parser().parseInline(text) for span in _spans(token.children or [], resolve)]


class _Segments:
    def __init__(self, course: Course, language: Language, resolve: Resolve) -> None:
        self.course = course
        self.language = language
        self.resolve = resolve

    def blocks(self, segment: Segment) -> Iterator[Block]:
        language = self.language
        match segment.kind:
            case "":
                yield from self.prose(segment.body)
            case "only" if segment.argument == "site":
                yield from self.prose(segment.body)
            case "case":
                yield {"kind": "case", "blocks": self.prose(segment.body)}
            case "note":
                yield {"kind": "note", "title": segment.argument, "blocks": self.prose(segment.body)}
            case "voice":
                person = next(one for one in self.course.info.cast if one.id == segment.argument)
                yield {
                    "kind": "voice",
                    "name": person.name,
                    "side": person.side,
                    "blocks": self.prose(segment.body),
                }
            case "fact":
                fact = self.course.facts[segment.argument]
                yield {
                    "kind": "fact",
                    "figure": fact.figure[language] if fact.figure else None,
                    "text": fact.text[language],
                    "source": fact.source.publisher,
                }

    def prose(self, text: str) -> list[Block]:
        return _nested(parser().parse(text), self.resolve)


def _nested(tokens: Sequence[Token], resolve: Resolve) -> list[Block]:
    found: list[Block] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = _end(tokens, place)
        inside = tokens[place + 1 : end]
        match token.type:
            case "paragraph_open":
                found.append({"kind": "paragraph", "spans": _spans(inside[0].children or [], resolve)})
            case "heading_open":
                level = int(token.tag[1])
                found.append({"kind": "heading", "level": level, "spans": _spans(inside[0].children or [], resolve)})
            case "bullet_list_open" | "ordered_list_open":
                items = [_nested(part, resolve) for part in _parts(inside, "list_item_open")]
                found.append({"kind": "numbers" if token.type.startswith("ordered") else "bullets", "items": items})
            case "table_open":
                rows = [
                    [_spans(cell[0].children or [], resolve) for cell in _parts(row, "td_open", "th_open")]
                    for row in _rows(inside)
                ]
                found.append({"kind": "table", "rows": rows})
            case "blockquote_open":
                found.extend(_nested(inside, resolve))
        place = end + 1
    return [block for block in found if block.get("spans", True)]


def _end(tokens: Sequence[Token], start: int) -> int:
    """Where what begins at ``start`` ends."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += tokens[place].nesting
        if depth <= 0:
            return place
    return len(tokens) - 1


def _parts(tokens: Sequence[Token], *kinds: str) -> Iterator[Sequence[Token]]:
    place = 0
    while place < len(tokens):
        end = _end(tokens, place)
        if tokens[place].type in kinds:
            yield tokens[place + 1 : end]
        place = end + 1


def _rows(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    for section in _parts(tokens, "thead_open", "tbody_open"):
        yield from _parts(section, "tr_open")


def _spans(tokens: Sequence[Token], resolve: Resolve) -> list[Span]:
    spans: list[Span] = []
    strong = emphasis = 0
    links: list[str | None] = []
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                strong += token.nesting
            case "em_open" | "em_close":
                emphasis += token.nesting
            case "link_open":
                links.append(_address(str(token.attrs["href"]), resolve))
            case "link_close":
                links.pop()
            case "text" | "code_inline":
                spans.append(_span(token.content, strong, emphasis, links))
            case "softbreak" | "hardbreak":
                spans.append(_span(" ", strong, emphasis, links))
    return [span for span in spans if span["text"]]


def _span(text: str, strong: int, emphasis: int, links: Sequence[str | None]) -> Span:
    return {
        "text": text.replace("'", "’"),
        "strong": bool(strong),
        "emphasis": bool(emphasis),
        "link": links[-1] if links else None,
    }


def _address(target: str, resolve: Resolve) -> str | None:
    scheme, _, name = target.partition(":")
    if scheme in ("lesson", "term", "fact"):
        return resolve(scheme, name)
    return target if target.startswith(("https://", "mailto:")) else None
