"""How hard a text is to read, as LIX: words per sentence, and long words per hundred words (Björnsson 1968)."""

import re
from collections.abc import Iterator

from course.directives import segments
from course.inline import parser, plain_text

__all__ = ["lix", "lix_of_paragraphs", "paragraphs"]

WORD = re.compile(r"\d+(?:[\u00a0\u202f ]\d{3})+|[^\W_]+(?:[-’'.][^\W_]+)*")
SENTENCE_END = re.compile(r"[.!?:…][”\"')]*(?=\s+[”\"'(–]*[A-ZÅÄÖÉ0-9]|\s*$)")
LONG_WORD = 6


def lix(text: str) -> float:
    """LIX of a Markdown text with directives. Headings, tables, code and pictures don't count; 0.0 without words."""
    return lix_of_paragraphs([words for _, words in paragraphs(text)])


def lix_of_paragraphs(texts: list[str]) -> float:
    """A paragraph or list item that ends without a full stop is a sentence too."""
    words = [word for text in texts for word in WORD.findall(text)]
    if not words:
        return 0.0
    sentences = sum(_sentences(text) for text in texts)
    long_words = sum(1 for word in words if len(word) > LONG_WORD and not word[0].isdigit())
    return len(words) / sentences + 100 * long_words / len(words)


def paragraphs(text: str, first_line: int = 1) -> Iterator[tuple[int, str]]:
    """The line and the words of each paragraph and list item that is read as running text."""
    for segment in segments(text, first_line):
        if segment.kind not in ("", "case", "voice", "note", "only"):
            continue
        inside: list[str] = []
        for token in parser().parse(segment.body):
            if token.type.endswith("_open"):
                inside.append(token.type)
            elif token.type.endswith("_close"):
                inside.pop()
            elif token.type == "inline" and not {"heading_open", "table_open"} & set(inside):
                words = plain_text(token.children or []).strip()
                if WORD.search(words):
                    yield segment.body_line + (token.map[0] if token.map else 0), words


def _sentences(text: str) -> int:
    if not WORD.search(text):
        return 0
    ends = list(SENTENCE_END.finditer(text))
    rest = text[ends[-1].end() :] if ends else text
    return len(ends) + (1 if WORD.search(rest) else 0)
