"""LIX by hand."""

import pytest

from course.readability import lix, paragraphs
from course.typography import SOFT_HYPHEN, oversights, soft_hyphens, typeset


def test_lix_is_words_per_sentence_and_long_words_per_hundred() -> None:
    # 10 words, 2 sentences, 2 words longer than six letters: 10/2 + 100*2/10.
    assert lix("Vi träffas ofta här. Köket är öppet för alla besökare.") == 25


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Vi ses. Du är här. Jag går.", 3),
        ("Vi ses kl. nio t.ex. i dag", 1),
        ("Vi är 265\u00a0700 här.", 1),
        ("Säg: ”Vi ses.” Gå sedan.", 3),
        ("- Vi ses\n- Du går\n- Jag är här", 3),
        ("Vi läste 3.3 i dag. 2009 kom den.", 2),
    ],
)
def test_what_a_sentence_is(text: str, sentences: int) -> None:
    words = sum(len(part.replace("\u00a0", "").split()) for _, part in paragraphs(text))
    assert lix(text) == words / sentences


def test_headings_tables_code_and_figures_are_not_read() -> None:
    text = (
        "Vi ses här.\n\n## Samverkansöverenskommelsen\n\n| Samverkansöverenskommelse |\n|---|\n| Återkopplingen |\n\n"
    )
    text += "::: figure levels Samverkansöverenskommelser\n:::\n\n```\nSamverkansöverenskommelse\n```\n"
    assert lix(text) == 3


def test_boxes_are_read() -> None:
    assert lix("::: case\nSamverkansöverenskommelse.\n:::") == 101


def test_without_words_there_is_nothing_to_read() -> None:
    assert lix("## Rubrik\n\n---\n") == 0


def test_each_paragraph_has_its_line() -> None:
    assert list(paragraphs("Ett.\n\n::: case\nTvå.\n\nTre.\n:::\n", first_line=2)) == [
        (2, "Ett."),
        (5, "Två."),
        (7, "Tre."),
    ]


def test_soft_hyphens_stand_in_long_words_only_and_not_in_addresses() -> None:
    assert soft_hyphens("förtroendevalda").replace(SOFT_HYPHEN, "-") == "för-tro-en-de-valda"
    for text in ("förening", "https://example.org/fortroendevalda", "fortroendevalda@example.org"):
        assert soft_hyphens(text) == text
    assert soft_hyphens("internationalisation", "en") == "internationalisation"


def test_nothing_but_hyphens_is_added() -> None:
    text = "Samverkansöverenskommelser mellan förtroendevalda: se www.kommunsamverkan.se och tillgänglighet."
    assert soft_hyphens(text).replace(SOFT_HYPHEN, "") == text


def test_an_apostrophe_is_curled() -> None:
    assert typeset("don't, associations' and 'quoted'", "en") == "don’t, associations’ and 'quoted'"


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ('En "sak"', "sv", 2),
        ("En ”sak” – och 265\u00a0700 …", "sv", 0),
        ("Kl. 17-18 - inte 12 000", "sv", 2),
        ("3-8 minuter", "sv", 1),
        ("2026-11-22 och mål nr 3556-18", "sv", 0),
        ("i 2009 2019", "sv", 0),
        ("a - b... c!", "en", 3),
    ],
)
def test_oversights(text: str, language: str, number: int) -> None:
    assert len(list(oversights(text, language))) == number  # type: ignore[arg-type]
