"""The code of a certificate, ``XXXX-XXXX-XXXX``: sixty random bits in Crockford's alphabet. Pure but for the chance."""

import secrets

__all__ = ["ALPHABET", "EXAMPLE", "make_code", "read_code"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: whoever reads one of them off a paper has seen a 1, a 0 or a V."""

_TAKEN_FOR = str.maketrans("ILOU", "110V")
LENGTH = 12

EXAMPLE = "7K4R-29WX-0B3D".replace("-", "-\u2060")
"""For texts: with word joiners, so that a line does not break inside it."""


def make_code() -> str:
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def read_code(typed: str) -> str | None:
    """The code as it is stored, however it was typed, or the whole address pasted. None: it cannot be one."""
    last = typed.strip().rstrip("/").rsplit("/", 1)[-1]
    characters = "".join(c for c in last.upper() if c.isalnum()).translate(_TAKEN_FOR)
    if len(characters) != LENGTH or not set(characters) <= set(ALPHABET):
        return None
    return _grouped(characters)


def _grouped(characters: str) -> str:
    return "-".join(characters[i : i + 4] for i in range(0, LENGTH, 4))
