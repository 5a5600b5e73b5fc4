"""The order of the Swedish alphabet: å, ä and ö last, other accents as if they were not there."""

import unicodedata
from functools import lru_cache

__all__ = ["swedish"]

LAST = {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"}  # the characters after z
WITHOUT = {"ü": "y", "ß": "ss", "đ": "d", "ł": "l"}


@lru_cache(maxsize=20_000)
def swedish(text: str) -> tuple[str, str]:
    """The key to sort by."""
    letters = (LAST.get(letter) or WITHOUT.get(letter) or _bare(letter) for letter in text.casefold())
    return "".join(letters), text


def _bare(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
