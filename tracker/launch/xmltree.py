"""XML into a tree with line numbers, with everything off that could reach outside the file or blow it up.

No entity but the five of XML itself is known, no DTD is fetched, and nothing here recurses, so depth costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

__all__ = ["BrokenXml", "Element", "EntityInXml", "parse"]

_SEPARATOR: Final = "\n"  # in no name and no namespace


@dataclass(slots=True)
class Element:
    """``namespace`` is empty where there is none. ``attributes``: (namespace, name) to value."""

    namespace: str
    name: str
    line: int
    attributes: Mapping[tuple[str, str], str]
    children: list["Element"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without that of the elements in it, and without the space around it (cmi5 13.1)."""
        return "".join(self.parts).strip()


class BrokenXml(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class EntityInXml(Exception):
    def __init__(self, line: int, name: str) -> None:
        super().__init__(name)
        self.line = line
        self.name = name


def parse(content: bytes) -> Element:
    """The root.

    :raises BrokenXml: it is not well-formed, or in an encoding that is not known.
    :raises EntityInXml: it declares or uses an entity of its own.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    root: list[Element] = []
    path: list[Element] = []

    def refuse(name: str) -> NoReturn:
        raise EntityInXml(parser.CurrentLineNumber, name)

    def refuse_reference(context: str, _base: str | None, _system: str | None, _public: str | None) -> int:
        refuse(context)

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, local = _split(name)
        values = {_split(key): value for key, value in attributes.items()}
        element = Element(namespace, local, parser.CurrentLineNumber, values)
        (path[-1].children if path else root).append(element)
        path.append(element)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: path.pop()
    parser.CharacterDataHandler = lambda text: path[-1].parts.append(text)
    parser.EntityDeclHandler = lambda name, *rest: refuse(name)
    parser.SkippedEntityHandler = lambda name, is_parameter: refuse(name)
    parser.ExternalEntityRefHandler = refuse_reference
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
            raise EntityInXml(error.lineno, "") from None
        raise BrokenXml(error.lineno, expat.ErrorString(error.code)) from None
    except (ValueError, LookupError) as error:
        raise BrokenXml(1, str(error)) from None
    return root[0]


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition(_SEPARATOR)
    return namespace, local
