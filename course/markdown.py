"""From the Markdown of a lesson to the blocks that a page shows. The HTML is safe whatever the author wrote."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from markdown_it.token import Token

from course.directives import Segment, segments
from course.inline import parser, plain_text
from course.schema import CastMember, Chapter, Course, Fact, Language, Lesson
from course.typography import SOFT_HYPHEN, typeset

__all__ = [
    "ActivityRef",
    "Block",
    "CaseBox",
    "FactBox",
    "Figure",
    "Html",
    "NoteBox",
    "Only",
    "Page",
    "Prose",
    "Resolve",
    "VoiceBox",
    "inline_html",
    "render",
    "text_html",
]

Place = Literal["site", "package"]

Resolve = Callable[[str, str], str]
"""``("lesson", "3-3")``, ``("term", "remiss")``, ``("fact", "scb-2023")`` or ``("media", "m1/kok.svg")`` to an address.
"""

SCHEMES = ("https:", "http:", "mailto:")
SCHEME = re.compile(r"[^/?#]*:")
MEDIA = "../../media/"
TABLE_NAME = {"sv": "Tabell", "en": "Table"}


class Html(str):
    """Safe HTML: a template puts it in as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Prose:
    kind: ClassVar = "prose"
    html: Html


@dataclass(frozen=True)
class ActivityRef:
    kind: ClassVar = "activity"
    activity_id: str


@dataclass(frozen=True)
class FactBox:
    kind: ClassVar = "fact"
    fact: Fact


@dataclass(frozen=True)
class CaseBox:
    kind: ClassVar = "case"
    html: Html


@dataclass(frozen=True)
class VoiceBox:
    kind: ClassVar = "voice"
    person: CastMember
    html: Html


@dataclass(frozen=True)
class NoteBox:
    kind: ClassVar = "note"
    title: str
    html: Html


@dataclass(frozen=True)
class Only:
    """Prose that is true here: on the site, or in a package of the course."""

    kind: ClassVar = "only"
    html: Html


@dataclass(frozen=True)
class Figure:
    """A drawing made by the site."""

    kind: ClassVar = "figure"
    name: str
    alt: str


Block = Prose | ActivityRef | FactBox | CaseBox | VoiceBox | NoteBox | Only | Figure


@dataclass(frozen=True)
class Page:
    """``sources``: the facts that the text shows or refers to, each once, in the order in which they first appear."""

    blocks: tuple[Block, ...]
    sources: tuple[Fact, ...]


def render(
    course: Course, lesson: Lesson | Chapter, language: Language, resolve: Resolve, place: Place = "site"
) -> Page:
    """The page of a lesson, or of a chapter of the guide, without its title.

    :raises KeyError: for a reference to nothing, which the check of the course reports before.
    """
    return _Renderer(course, lesson, language, resolve, place).page()


def inline_html(text: str, language: Language) -> Html:
    """A text from a YAML file: ``**bold**`` is all there can be, and the rest is escaped."""
    tokens = parser().parseInline(text)
    for token in tokens:
        token.children = [_typeset(child, language) for child in _without_links(token.children or [])]
    return Html(_html(tokens))


def text_html(text: str, language: Language) -> Html:
    """The same for longer texts: an empty line begins a new paragraph."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return Html("".join(f"<p>{inline_html(part, language)}</p>\n" for part in parts if part))


class _Renderer:
    def __init__(
        self, course: Course, lesson: Lesson | Chapter, language: Language, resolve: Resolve, place: Place
    ) -> None:
        self.place = place
        self.course = course
        self.lesson = lesson
        self.language = language
        self.resolve = resolve
        self.sources: dict[str, Fact] = {}
        self.has_lead = False

    def page(self) -> Page:
        blocks = tuple(self.blocks())
        return Page(blocks, tuple(self.sources.values()))

    def blocks(self) -> Iterator[Block]:
        for segment in segments(self.lesson.markdown[self.language]):
            block = self.block(segment)
            if block is not None:
                yield block

    def block(self, segment: Segment) -> Block | None:
        match segment.kind:
            case "" if segment.body:
                return Prose(self.html(segment.body, lead=True))
            case "activity":
                return ActivityRef(segment.argument)
            case "fact":
                return FactBox(self.source(segment.argument))
            case "case":
                return CaseBox(self.html(segment.body))
            case "voice":
                cast = {member.id: member for member in self.course.info.cast}
                return VoiceBox(cast[segment.argument], self.html(segment.body))
            case "note":
                return NoteBox(typeset(segment.argument, self.language), self.html(segment.body))
            case "only" if segment.argument == self.place:
                return Only(self.html(segment.body))
            case "figure":
                name, _, alternative = segment.argument.partition(" ")
                return Figure(name, alternative.strip())
        return None

    def source(self, fact_id: str) -> Fact:
        fact = self.course.facts[fact_id]
        self.sources.setdefault(fact_id, fact)
        return fact

    def html(self, text: str, *, lead: bool = False) -> Html:
        tokens = parser().parse(text)
        for token in tokens:
            if token.type == "inline":
                children = list(self.links(token.children or []))
                token.children = [_typeset(child, self.language) for child in children]
        if lead and not self.has_lead:
            self.mark_lead(tokens)
        return Html(_html(list(self.tables(_alone(tokens)))))

    def mark_lead(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type == "paragraph_open" and token.level == 0:
                token.attrSet("class", "lead")
                self.has_lead = True
                return

    def links(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """Links that lead somewhere safe; of others only the words are left."""
        open_links: list[bool] = []
        for token in tokens:
            if token.type == "link_open":
                attributes = self.link(str(token.attrs["href"]))
                open_links.append(attributes is not None)
                if attributes is None:
                    continue
                token.attrs = dict(attributes)
            elif token.type == "link_close" and not open_links.pop():
                continue
            elif token.type == "image":
                token.attrs = {"src": self.picture(str(token.attrs["src"])), "alt": "", "loading": "lazy"}
            yield token

    def link(self, target: str) -> dict[str, str] | None:
        scheme, _, name = target.partition(":")
        if scheme in ("lesson", "term", "fact"):
            if scheme == "fact":
                self.source(name)
            return {"href": self.resolve(scheme, name), "class": f"{scheme}-link"}
        if target.startswith(SCHEMES):
            return {"href": target, "rel": "external noopener noreferrer"} if scheme != "mailto" else {"href": target}
        if SCHEME.match(target) or target.startswith(("//", "\\", "/\\")) or "%5C" in target[:4].upper():
            return None
        return {"href": target}

    def picture(self, target: str) -> str:
        if not target.startswith(MEDIA) or not isinstance(self.lesson, Lesson):
            raise KeyError(target)
        return self.resolve("media", f"{self.lesson.module_id}/{target.removeprefix(MEDIA)}")

    def tables(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """Each table in a region of its own, that can be scrolled with the keyboard and has a name."""
        for number, token in enumerate(tokens):
            if token.type == "table_open":
                region = Token("region_open", "div", 1, block=True)
                name = f"{TABLE_NAME[self.language]}: {_head(tokens[number:])}"
                region.attrs = {"class": "table-wrap", "role": "region", "tabindex": "0", "aria-label": name}
                token.attrs = {"class": "table"}
                _head_cells(tokens[number:])
                yield region
            yield token
            if token.type == "table_close":
                yield Token("region_close", "div", -1, block=True)


def _head(tokens: Sequence[Token]) -> str:
    """The heads of the columns, which tell two tables of a page apart."""
    end = next(number for number, token in enumerate(tokens) if token.type == "thead_close")
    cells = (plain_text(token.children or []) for token in tokens[:end] if token.type == "inline")
    return ", ".join(cell for cell in cells if cell).replace(SOFT_HYPHEN, "")


def _head_cells(tokens: Sequence[Token]) -> None:
    """Cells without styles; heads of columns, and of rows where the first column has no head or is all bold."""
    table = tokens[: next(number for number, token in enumerate(tokens) if token.type == "table_close")]
    first = [place for place, token in enumerate(table) if token.type == "tr_open"]
    heads_rows = table[first[0] + 2].content == "" or all(
        re.fullmatch(r"\*\*[^*]+\*\*", table[place + 2].content) for place in first[1:]
    )
    for token in table:
        if token.type in ("th_open", "td_open"):
            # A class in place of the style: numbers stand to the right, and our pages allow no inline styles.
            to_the_right = "right" in str(token.attrs.get("style", ""))
            token.attrs = {"scope": "col"} if token.type == "th_open" else {}
            if to_the_right:
                token.attrs["class"] = "n"
    if not table[first[0] + 2].content:
        # The corner over heads of rows names nothing, so it is no head.
        corner, after = table[first[0] + 1], table[first[0] + 3]
        corner.tag = after.tag = "td"
        corner.attrs = {}
    if heads_rows:
        for place in first[1:]:
            opening, closing = table[place + 1], table[place + 3]
            opening.tag = closing.tag = "th"
            opening.attrs = {"scope": "row"}


def _alone(tokens: Sequence[Token]) -> list[Token]:
    """A picture that is a paragraph of its own is a figure."""
    for number, token in enumerate(tokens):
        children = token.children or []
        if token.type == "inline" and len(children) == 1 and children[0].type == "image":
            before, after = tokens[number - 1], tokens[number + 1]
            if before.type == "paragraph_open":
                before.tag = after.tag = "figure"
                before.attrs = {"class": "picture"}
    return list(tokens)


def _without_links(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.type not in ("link_open", "link_close", "image")]


def _typeset(token: Token, language: Language) -> Token:
    if token.type == "text":
        token.content = typeset(token.content, language)
    return token


def _html(tokens: Sequence[Token]) -> str:
    markdown = parser()
    return str(markdown.renderer.render(tokens, markdown.options, {}))
