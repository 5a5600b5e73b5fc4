"""From YAML to nodes with lines. Scalars are told apart as in YAML 1.2; anchors and aliases are refused.

Files without faults are read by the C parser, which is ten times as fast. As soon as anything is out of the ordinary,
the Python parser reads the file again, so what is said about a fault doesn't depend on the machine.
"""

import re
from typing import Any

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from yaml.nodes import Node

__all__ = ["BOOL", "FLOAT", "INT", "NULL", "compose"]

NULL, BOOL, INT, FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))

DEEPEST = 50
"""Levels. No file of the course comes near; what is deeper is left to the parser that can't overflow the stack."""


def compose(text: str) -> tuple[Node | None, list[tuple[int, str]]]:
    """The root, and the line and name of each tag; what a tag stands before is read as if the tag weren't there.

    :raises yaml.YAMLError: when the text isn't YAML.
    :raises ValueError: for the escape of a character that doesn't exist.
    :raises RecursionError: when it is nested too deeply.
    """
    if _is_plain(text):
        return _Fast(text).get_single_node(), []
    loader = _Thorough(text)
    return loader.get_single_node(), loader.tagged


class _Thorough(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.tagged: list[tuple[int, str]] = []

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors (&) and aliases (*) are not used here; put quotes around text that begins so",
                problem_mark=event.start_mark,
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.tagged.append((event.start_mark.line + 1, tag))
            event.tag = None
        node: Node | None = super().compose_node(parent, index)
        return node


_Fast: Any = type("_Fast", (getattr(yaml, "CSafeLoader", _Thorough),), {})

for _loader in (_Thorough, _Fast):
    _loader.yaml_implicit_resolvers = {}
    _loader.add_implicit_resolver(NULL, re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
    _loader.add_implicit_resolver(BOOL, re.compile(r"^(?:true|false)$"), ["t", "f"])
    _loader.add_implicit_resolver(INT, re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
    _loader.add_implicit_resolver(
        FLOAT, re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789")
    )


def _is_plain(text: str) -> bool:
    """One document without errors, anchors, aliases, tags, odd characters and deep nesting."""
    if not yaml.__with_libyaml__ or yaml.reader.Reader.NON_PRINTABLE.search(text):
        return False
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, NodeEvent):
                documents += depth == 0
                if isinstance(event, AliasEvent) or event.anchor or getattr(event, "tag", None):
                    return False
                depth += isinstance(event, CollectionStartEvent)
            elif isinstance(event, CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST or documents > 1:
                return False
    except (yaml.YAMLError, ValueError):
        return False
    return True
