"""Parts of Statements that came before, word for word: the same Actor, verb, Activity or context many times over.

What a part is and what is found by it depends on its text alone, so it is judged once. Everything unusual is left to
the long way round (``jsontext.parse``), which also knows what to say about it.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import msgspec

from lrs_adapter.derive import Derived, combine, derive_part
from lrs_adapter.errors import InvalidStatement
from lrs_adapter.jsontext import parse
from lrs_adapter.validation import validate_statement
from lrs_adapter.validation.statement import PARTS, validate_part

_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Bytes of text, all parts together and one alone. Parsed and with its keys a part takes up to 25 times its text (an
# array of nothing but short ids; an ordinary one 10 times), so this is at most 50 MB, as a rule 20.
_MOST: Final = 2_000_000
_LONGEST: Final = 2_048
_NOTHING: Final = Derived()


@dataclass(frozen=True, slots=True)
class _Part:
    value: dict[str, Any]
    found: Derived


class FamiliarParts:
    """``depth``: how deeply the LRS lets arrays and objects nest."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._lock = Lock()
        self._held = 0
        self._parts: dict[bool, dict[str, dict[bytes, _Part]]] = {
            version_2: {name: {} for name in PARTS} for version_2 in (False, True)
        }

    def read(self, text: bytes, *, version_2: bool) -> tuple[dict[str, Any], Derived] | None:
        """A valid Statement and what it is found by, or None for what must be looked at more closely.

        Its parts are shared with other Statements: nobody may change them.
        """
        known = self._parts[version_2]
        try:
            members = _MEMBERS.decode(text)
            statement: dict[str, Any] = {}
            found: dict[str, Derived] = {}
            length = 1
            for name, raw in members.items():
                part_text = bytes(raw)
                length += len(name) + len(part_text) + 4
                if name in PARTS:
                    part = known[name].get(part_text) or self._learn(name, version_2, part_text)
                    statement[name] = part.value
                    found[name] = part.found
                else:
                    statement[name] = parse(part_text, max_depth=self._depth - 2)
            # Where the members account for every byte, none came twice. Otherwise the names are counted.
            if length != len(text):
                parse(text, max_depth=self._depth - 1)
            validate_statement(statement, version_2=version_2, known=PARTS)
            return statement, combine(found["actor"], found["verb"], found["object"], found.get("context", _NOTHING))
        # Of a name that is not UTF-8, msgspec says so in Python's words.
        except (InvalidStatement, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def _learn(self, name: str, version_2: bool, text: bytes) -> _Part:
        value = parse(text, max_depth=self._depth - 2)
        validate_part(name, value, version_2=version_2)
        part = _Part(value, derive_part(name, value))
        if len(text) <= _LONGEST:
            with self._lock:
                self._held += len(text)
                if self._held > _MOST:
                    self._held = len(text)
                    for known in (known for parts in self._parts.values() for known in parts.values()):
                        known.clear()
                self._parts[version_2][name][text] = part
        return part
