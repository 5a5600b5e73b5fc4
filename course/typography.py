"""Small things that make a text easier to read: hyphens inside long words, apostrophes, and what authors overlook."""

import re
from collections.abc import Iterator
from functools import cache

import pyphen

from course.schema import Language

__all__ = ["SOFT_HYPHEN", "narrow", "oversights", "soft_hyphens", "typeset"]

SOFT_HYPHEN = "\u00ad"
LONG = 12
"""Letters. Shorter words fit in a line on a phone at the largest letters."""

WORD = re.compile(rf"[^\W\d_]{{{LONG},}}")
ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+|\S+@\S+|\S+\.(?:se|org|eu|com|nu)\b\S*")

OVERSIGHTS: tuple[tuple[re.Pattern[str], tuple[Language, ...], str], ...] = (
    (re.compile(r'"'), ("sv",), "Swedish quotes are ”…”, not straight."),
    (re.compile(r"“"), ("sv",), "Swedish quotes are ”…” at both ends, not “…”."),
    (re.compile(r'"'), ("en",), "English quotes are “…”, not straight."),
    (re.compile(r"\.\.\."), ("sv", "en"), "An ellipsis is one character, …"),
    (re.compile(r"(?<=\w) -{1,3} (?=\w)"), ("sv", "en"), "A dash between words is –, with spaces."),
    (
        re.compile(r"(?<=\d)-(?=\d+\s+(?:min|kr|kl|tim|år|dag|pers))"),
        ("sv",),
        "Between numbers stands –.",
    ),
    (
        re.compile(r"(?<![\d.,-])[1-9]\d{0,2} \d{3}(?![\d-])"),
        ("sv",),
        "Thousands are set apart by a hard space.",
    ),
    (re.compile(r"!(?![\[=])"), ("sv", "en"), "The course has no exclamation marks."),
    (
        re.compile(r"(?i)\b(?:tyvärr|oj|hoppsan|helt enkelt)\b"),
        ("sv",),
        "The course doesn't use this word.",
    ),
)


def soft_hyphens(text: str, language: Language = "sv") -> str:
    """Swedish words of twelve letters and more may be broken at the end of a line. Addresses are left as they are."""
    if language != "sv":
        return text
    parts, end = [], 0
    for address in ADDRESS.finditer(text):
        parts += [WORD.sub(_hyphenated, text[end : address.start()]), address.group()]
        end = address.end()
    return "".join([*parts, WORD.sub(_hyphenated, text[end:])])


def narrow(text: str, language: Language) -> str:
    """A label for a narrow column in large letters: any long word may be broken, in English too."""
    return re.sub(r"[^\W\d_]{11,}", lambda word: _inserted(word.group(), language), text)


def typeset(text: str, language: Language) -> str:
    """A plain text as it is shown: a curled apostrophe, and soft hyphens."""
    return soft_hyphens(re.sub(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s)", "’", text), language)


def oversights(text: str, language: Language) -> Iterator[tuple[int, str]]:
    """Where in a text, and what is to be looked at."""
    for pattern, languages, message in OVERSIGHTS:
        if language in languages:
            for found in pattern.finditer(text):
                yield found.start(), message


def _hyphenated(word: re.Match[str]) -> str:
    return _inserted(word.group(), "sv")


def _inserted(word: str, language: Language) -> str:
    return str(_dictionary(language).inserted(word, SOFT_HYPHEN))


@cache
def _dictionary(language: Language) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang={"sv": "sv", "en": "en_GB"}[language], left=3, right=3)
