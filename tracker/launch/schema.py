"""The rules of CourseStructure.xsd (cmi5 13.2), and those that the text of the standard adds, on a parsed cmi5.xml.

Written out instead of handing the schema to a library, so that every fault comes at once, with its line, the
requirement and words that an author understands.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lrs_adapter.validation.primitives import is_iri
from tracker.launch.faults import Fault, InvalidPackage, Kind
from tracker.launch.structure import Au, Block, LaunchMethod, MoveOn, Structure, Texts
from tracker.launch.urls import url_faults
from tracker.launch.xmltree import BrokenXml, Element, EntityInXml, parse

__all__ = ["read_course"]

NAMESPACE: Final = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA: Final = "13.2.0.0-1"
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_UNIQUE: Final = {"block": "13.1.2.0-1", "objective": "13.1.3.0-1", "au": "13.1.4.0-1"}


@dataclass(frozen=True, slots=True)
class _Slot:
    """Elements that may stand here: any of ``names``, so many times."""

    names: tuple[str, ...]
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True)
class _Type:
    """``attributes``: name to whether it must be there. ``foreign``: other namespaces may add elements and attributes.

    ``any_order``: each slot once, in any order. ``text``: holds text and no elements of ours. ``anything``: is not
    looked into.
    """

    slots: Sequence[_Slot] = ()
    attributes: Mapping[str, bool] = field(default_factory=dict)
    foreign: bool = True
    any_order: bool = False
    text: bool = False
    anything: bool = False


_TEXTS: Final = (_Slot(("title",)), _Slot(("description",)))
_CONTENT: Final = _Slot(("au", "block"), 1, None)
_TYPES: Final[Mapping[str, _Type]] = {
    "courseStructure": _Type((_Slot(("course",)), _Slot(("objectives",), 0), _CONTENT)),
    "course": _Type(_TEXTS, {"id": True}),
    "block": _Type((*_TEXTS, _Slot(("objectives",), 0), _CONTENT), {"id": True}),
    "au": _Type(
        (
            *_TEXTS,
            _Slot(("objectives",), 0),
            _Slot(("url",)),
            _Slot(("launchParameters",), 0),
            _Slot(("entitlementKey",), 0),
        ),
        {"id": True, "moveOn": False, "masteryScore": False, "launchMethod": False, "activityType": False},
    ),
    "title": _Type((_Slot(("langstring",), 1, None),)),
    "description": _Type((_Slot(("langstring",), 1, None),)),
    "langstring": _Type(attributes={"lang": False}, text=True),
    "objectives": _Type((_Slot(("objective",), 1, None),)),
    "objective": _Type(_TEXTS, {"id": True}, foreign=False, any_order=True),
    "references": _Type((_Slot(("objective",), 1, None),)),
    "reference": _Type(attributes={"idref": False}, foreign=False),
    "url": _Type(foreign=False, text=True),
    "launchParameters": _Type(anything=True),
    "entitlementKey": _Type(anything=True),
}


def read_course(content: bytes, names: Collection[str] | None) -> Structure:
    """``names``: the files of the package that it came in; None: it came by itself.

    :raises InvalidPackage: with everything that is wrong: what the schema says first, then the rest.
    """
    try:
        root = parse(content)
    except EntityInXml as error:
        raise InvalidPackage([Fault(Kind.ENTITY, _SCHEMA, error.line, values={"name": error.name})]) from None
    except BrokenXml as error:
        raise InvalidPackage([Fault(Kind.NOT_XML, _SCHEMA, error.line, values={"message": str(error)})]) from None
    if (root.namespace, root.name) != (NAMESPACE, "courseStructure"):
        values = {"name": root.name, "namespace": NAMESPACE}
        raise InvalidPackage([Fault(Kind.WRONG_ROOT, _SCHEMA, root.line, root.name, values)])
    reader = _Reader(names)
    reader.walk(root)
    if reader.faults:
        # What the schema says first: where that is broken, the rest may only follow from it.
        raise InvalidPackage(sorted(reader.faults, key=lambda one: (one.requirement != _SCHEMA, one.line or 0)))
    return reader.structure


class _Reader:
    def __init__(self, names: Collection[str] | None) -> None:
        self.names = names
        self.faults: list[Fault] = []
        self._ids: set[str] = set()
        self._course: Element | None = None
        self._blocks: list[Block] = []
        self._aus: list[Au] = []
        self._order: list[str] = []

    @property
    def structure(self) -> Structure:
        assert self._course is not None
        return Structure(
            publisher_id=_attribute(self._course, "id") or "",
            title=_texts(self._course, "title"),
            description=_texts(self._course, "description"),
            blocks=tuple(self._blocks),
            aus=tuple(self._aus),
            order=tuple(self._order),
        )

    def walk(self, root: Element) -> None:
        """Every element in the order of the file. A list of what is left instead of recursion: depth has no limit."""
        left: list[tuple[Element, str, int | None]] = [(root, "courseStructure", None)]
        while left:
            element, kind, block = left.pop()
            self._check_form(element, kind)
            inside = self._take(element, kind, block)
            children = [
                (child, _kind(child, kind), inside) for child in element.children if child.namespace == NAMESPACE
            ]
            left += [one for one in reversed(children) if one[1] in _TYPES and not _TYPES[kind].anything]

    def _fault(self, kind: Kind, requirement: str, element: Element, **values: str) -> None:
        self.faults.append(Fault(kind, requirement, element.line, element.name, values))

    def _check_form(self, element: Element, kind: str) -> None:
        type_ = _TYPES[kind]
        if type_.anything:
            return
        for namespace, name in element.attributes:
            known = not namespace and name in type_.attributes
            if not known and namespace != _XSI and not (type_.foreign and namespace not in ("", NAMESPACE)):
                self._fault(Kind.UNKNOWN_ATTRIBUTE, _SCHEMA, element, name=name)
        for name, required in type_.attributes.items():
            if required and _attribute(element, name) is None:
                self._fault(Kind.MISSING_ATTRIBUTE, _SCHEMA, element, name=name)
        if not type_.text and element.text:
            self._fault(Kind.TEXT_HERE, _SCHEMA, element, words=element.text[:60])
        self._check_children(element, type_)

    def _check_children(self, element: Element, type_: _Type) -> None:
        counts = [0] * len(type_.slots)
        at = 0
        is_foreign = False
        for child in element.children:
            if child.namespace not in ("", NAMESPACE) and type_.foreign and not type_.text:
                is_foreign = True
                continue
            place = None if child.namespace != NAMESPACE else _place(type_, child.name, 0 if type_.any_order else at)
            # Elements of other namespaces stand behind all of ours.
            if place is None or is_foreign or counts[place] == type_.slots[place].most:
                self._fault(Kind.MISPLACED_ELEMENT, _SCHEMA, child, parent=element.name)
                continue
            counts[place] += 1
            at = place
        for slot, count in zip(type_.slots, counts, strict=True):
            if count < slot.least and not self._is_misplaced(element, slot):
                self._fault(Kind.MISSING_ELEMENT, _SCHEMA, element, names=" / ".join(slot.names))

    def _is_misplaced(self, element: Element, slot: _Slot) -> bool:
        """It is there, though not where it should be: that is one fault and not two."""
        return any(child.namespace == NAMESPACE and child.name in slot.names for child in element.children)

    def _take(self, element: Element, kind: str, block: int | None) -> int | None:
        """What it says. Returns the block that its children lie in."""
        if kind == "course":
            self._course = element
            self._check_iri(element, "id")
        elif kind == "block":
            self._check_id(element, kind)
            block_index = len(self._blocks)
            self._blocks.append(
                Block(
                    index=block_index,
                    publisher_id=_attribute(element, "id") or "",
                    title=_texts(element, "title"),
                    description=_texts(element, "description"),
                    parent=block,
                )
            )
            self._order.append(f"b{block_index}")
            return block_index
        elif kind == "au":
            self._check_id(element, kind)
            self._take_au(element, block)
        elif kind == "objective":
            self._check_id(element, kind)
        elif kind == "reference":
            self._check_iri(element, "idref")
        elif kind == "langstring":
            language = _attribute(element, "lang")
            if language is not None and not _LANGUAGE.fullmatch(language):
                self._fault(Kind.WRONG_VALUE, _SCHEMA, element, name="lang", value=language, allowed="sv, en-GB")
        elif kind == "url":
            self._check_url(element)
        return block

    def _take_au(self, element: Element, block: int | None) -> None:
        index = len(self._aus)
        self._aus.append(
            Au(
                index=index,
                publisher_id=_attribute(element, "id") or "",
                title=_texts(element, "title"),
                description=_texts(element, "description"),
                parent=block,
                url=_text(element, "url") or "",
                launch_method=LaunchMethod(
                    self._one_of(element, "launchMethod", [each.value for each in LaunchMethod])
                    or LaunchMethod.ANY_WINDOW
                ),
                move_on=MoveOn(
                    self._one_of(element, "moveOn", [each.value for each in MoveOn]) or MoveOn.NOT_APPLICABLE
                ),
                mastery_score=self._mastery_score(element),
                launch_parameters=_text(element, "launchParameters"),
                entitlement_key=_text(element, "entitlementKey"),
                activity_type=_attribute(element, "activityType"),
            )
        )
        self._order.append(f"a{index}")
        if _attribute(element, "activityType") is not None:
            self._check_iri(element, "activityType")

    def _one_of(self, element: Element, name: str, allowed: Sequence[str]) -> str | None:
        value = _attribute(element, name)
        if value is None or value in allowed:
            return value
        self._fault(Kind.WRONG_VALUE, _SCHEMA, element, name=name, value=value, allowed=", ".join(allowed))
        return None

    def _mastery_score(self, element: Element) -> float | None:
        value = _attribute(element, "masteryScore")
        if value is None:
            return None
        if not _DECIMAL.fullmatch(value) or not 0 <= float(value) <= 1:
            self._fault(Kind.WRONG_VALUE, _SCHEMA, element, name="masteryScore", value=value, allowed="0–1")
            return None
        return float(value)

    def _check_iri(self, element: Element, name: str) -> bool:
        value = _attribute(element, name)
        if value is None:
            return False
        if not is_iri(value):
            self._fault(Kind.NOT_IRI, "3.0.0.0-1", element, name=name, value=value)
            return False
        return True

    def _check_id(self, element: Element, kind: str) -> None:
        if not self._check_iri(element, "id"):
            return
        value = element.attributes["", "id"].strip()
        if value in self._ids:
            self._fault(Kind.SAME_ID, _UNIQUE[kind], element, value=value)
        self._ids.add(value)

    def _check_url(self, element: Element) -> None:
        if not element.text:
            self._fault(Kind.WRONG_VALUE, _SCHEMA, element, name="url", value="", allowed="index.html")
            return
        for kind, requirement, values in url_faults(element.text, self.names):
            self._fault(kind, requirement, element, **values)


def _kind(child: Element, parent: str) -> str:
    """Under the course objectives are described; under a block or an AU they are only referred to."""
    if child.name == "objectives" and parent in ("block", "au"):
        return "references"
    return "reference" if child.name == "objective" and parent == "references" else child.name


def _place(type_: _Type, name: str, at: int) -> int | None:
    return next((place for place in range(at, len(type_.slots)) if name in type_.slots[place].names), None)


def _attribute(element: Element, name: str) -> str | None:
    value = element.attributes.get(("", name))
    return None if value is None else value.strip()


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.children if (child.namespace, child.name) == (NAMESPACE, name))


def _text(element: Element, name: str) -> str | None:
    return next((child.text for child in _children(element, name)), None)


def _texts(element: Element, name: str) -> Texts:
    """By language; ``und`` (no language told) where none is given. Of two in one language the first counts."""
    found: dict[str, str] = {}
    for holder in _children(element, name):
        for one in _children(holder, "langstring"):
            found.setdefault(_attribute(one, "lang") or "und", one.text)
    return found
