"""The text of a lesson as blocks of safe HTML."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.loader import load_course
from course.markdown import (
    ActivityRef,
    CaseBox,
    FactBox,
    Figure,
    NoteBox,
    Page,
    Prose,
    VoiceBox,
    inline_html,
    render,
    text_html,
)
from course.typography import SOFT_HYPHEN
from tests.course.planting import FIXTURE

COURSE = load_course(FIXTURE)
ALLOWED = {
    "a", "blockquote", "br", "code", "div", "em", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol",
    "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "href",
    "src",
    "alt",
    "class",
    "rel",
    "role",
    "tabindex",
    "aria-label",
    "scope",
    "start",
    "loading",
    "title",
}


def page(text: str, language: str = "en") -> Page:
    lesson = COURSE.lesson("1-1")
    lesson = lesson.model_copy(update={"markdown": {language: text}})
    return render(COURSE, lesson, language, _resolve)  # type: ignore[arg-type]


def html(text: str, language: str = "en") -> str:
    """Of a text of one block."""
    [block] = page(text, language).blocks
    assert isinstance(block, Prose)
    return block.html


def _resolve(scheme: str, name: str) -> str:
    return f"/{scheme}/{name}"


def test_a_lesson_becomes_the_blocks_that_its_author_wrote() -> None:
    blocks = render(COURSE, COURSE.lesson("1-1"), "sv", _resolve).blocks
    assert [block.kind for block in blocks] == [
        "prose", "fact", "prose", "activity", "prose", "case", "activity", "activity", "prose", "figure", "activity",
    ]  # fmt: skip
    assert blocks[1] == FactBox(COURSE.facts["antal"])
    assert blocks[3] == ActivityRef("falten")
    assert blocks[5] == CaseBox("<p>Det är tisdag i Älvbro. Köket är öppet.</p>\n")  # type: ignore[arg-type]
    assert blocks[9] == Figure("levels", "Fyra nivåer, från information till partnerskap")


def test_somebody_of_the_cast_speaks_and_a_note_has_a_heading() -> None:
    blocks = render(COURSE, COURSE.lesson("1-2"), "en", _resolve).blocks
    [voice] = [block for block in blocks if isinstance(block, VoiceBox)]
    assert (voice.person.name, voice.person.side, voice.html) == (
        "Maj-Britt",
        "civic",
        "<p>We can only meet after five.</p>\n",
    )
    [note] = [block for block in blocks if isinstance(block, NoteBox)]
    assert (note.title, note.html) == ("Ask a lawyer early", "<p>The course gives no legal advice.</p>\n")


def test_the_first_paragraph_is_the_lead() -> None:
    assert html("One.\n\nTwo.") == '<p class="lead">One.</p>\n<p>Two.</p>\n'
    first, second = page("One.\n\n::: activity falten\n:::\n\nTwo.").blocks[::2]
    assert isinstance(first, Prose)
    assert isinstance(second, Prose)
    assert ("lead" in first.html, "lead" in second.html) == (True, False)


def test_links_within_the_course_are_resolved() -> None:
    text = html("See [next](lesson:1-2), [a word](term:remiss) and [a source](fact:antal).")
    assert '<a href="/lesson/1-2" class="lesson-link">next</a>' in text
    assert '<a href="/term/remiss" class="term-link">a word</a>' in text
    assert '<a href="/fact/antal" class="fact-link">a source</a>' in text


def test_a_link_out_says_so() -> None:
    assert '<a href="https://example.org/" rel="external noopener noreferrer">there</a>' in html(
        "[there](https://example.org/)"
    )
    assert '<a href="mailto:kurs@example.org">us</a>' in html("[us](mailto:kurs@example.org)")
    assert '<a href="/sv/om#kurs">here</a>' in html("[here](/sv/om#kurs)")


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//example.org/",
        "/\\example.org",
        "\\\\example.org",
        "file:///etc/passwd",
    ],
)
def test_of_an_unsafe_link_only_the_words_are_left(target: str) -> None:
    assert html(f"[words]({target}) end") == '<p class="lead">words end</p>\n'


def test_html_is_shown_as_it_stands() -> None:
    text = html("<script>alert(1)</script>\n\nA <b onclick=x>b</b>")
    assert "<script" not in text
    assert "<b " not in text
    assert "&lt;script&gt;" in text


@given(st.text() | st.lists(st.sampled_from(["javascript:", "![", *'[]()<>a|\n`-"&:#/'])).map("".join))
def test_whatever_is_written_the_html_is_safe(text: str) -> None:
    try:
        blocks = page(f"x\n\n{text}").blocks
    except KeyError:
        return
    for block in blocks:
        if isinstance(block, Prose | CaseBox | NoteBox | VoiceBox):
            _assert_safe(block.html)


def test_the_sources_come_in_the_order_of_the_text_and_once() -> None:
    text = "[b](fact:hyra) and [a](fact:antal)\n\n::: fact hyra\n:::\n"
    assert [fact.id for fact in page(text).sources] == ["hyra", "antal"]


def test_a_reference_to_nothing_is_a_key_error() -> None:
    for text in ("[x](fact:nowhere)", "::: fact nowhere\n:::", "::: voice nobody\nHello.\n:::", "![x](/etc/passwd)"):
        with pytest.raises(KeyError):
            page(text)


def test_a_table_can_be_scrolled_with_the_keyboard_and_has_heads() -> None:
    text = html("| Level | Promise |\n|---|---|\n| **Dialogue** | We talk |\n")
    assert text.startswith(
        '<div class="table-wrap" role="region" tabindex="0" aria-label="Table: Level, Promise">\n<table class="table">'
    )
    assert '<th scope="col">Level</th>' in text
    assert '<th scope="row"><strong>Dialogue</strong></th>\n<td>We talk</td>' in text
    assert text.endswith("</table>\n</div>\n")


def test_a_table_with_plain_first_cells_has_heads_of_columns_only() -> None:
    assert "<td>Dialogue</td>" in html("| Level | Promise |\n|---|---|\n| Dialogue | We talk |\n")


def test_numbers_stand_to_the_right_without_inline_styles() -> None:
    text = html("| Year | Number |\n|:--|--:|\n| 2023 | 12 |\n")
    assert '<th scope="col" class="n">Number</th>' in text
    assert '<td class="n">12</td>' in text
    assert "style" not in text


def test_a_picture_has_its_alternative_text() -> None:
    text = html("![An empty room](../../media/kok.svg)")
    assert (
        text == '<figure class="picture"><img src="/media/m1/kok.svg" alt="An empty room" loading="lazy" /></figure>\n'
    )


def test_long_swedish_words_may_be_broken_and_others_not() -> None:
    assert f"sam{SOFT_HYPHEN}ver{SOFT_HYPHEN}kans" in html("En samverkansöverenskommelse.", "sv")
    assert SOFT_HYPHEN not in html(
        "En förening `samverkansöverenskommelse` <https://example.org/samverkansavtalet>", "sv"
    )
    assert SOFT_HYPHEN not in html("[x](https://example.org/samverkansöverenskommelse)", "sv")
    assert SOFT_HYPHEN not in html("An internationalisation.", "en")


def test_a_text_of_an_activity_has_bold_and_nothing_else() -> None:
    assert inline_html("**Läs** <i>x</i> [y](javascript:z) don't", "en") == (
        "<strong>Läs</strong> &lt;i&gt;x&lt;/i&gt; y don’t"
    )
    assert text_html("One.\n\nTwo **bold**.", "en") == "<p>One.</p>\n<p>Two <strong>bold</strong>.</p>\n"


def test_a_template_puts_the_html_in_as_it_is() -> None:
    assert inline_html("**a**", "sv").__html__() == "<strong>a</strong>"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name in ("href", "src"):
                self.addresses.append(value or "")


def _assert_safe(text: str) -> None:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.tags <= ALLOWED
    for address in reader.addresses:
        scheme = address.partition(":")[0].lower() if ":" in address.split("/")[0] else ""
        assert scheme in ("", "https", "http", "mailto")
        assert not address.startswith("//")
