"""YAML as authors mean it, with the line of every value.

Scalars are read as in YAML 1.2: ``yes``, ``no``, ``on`` and ``off`` are words, and a date is text until a type asks
for a date.
Anchors, aliases and tags are refused: a file says what it says, and nothing grows when it is read.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from course.faults import Fault
from course.yaml_nodes import BOOL, FLOAT, INT, NULL, compose

__all__ = ["Document", "Place", "parse_yaml", "read_text"]

Place = tuple[str | int, ...]
"""The way from the root of a file to a value: keys and indexes."""


@dataclass
class Document:
    """One YAML file: its values, and where each of them stands."""

    path: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, *place: str | int) -> int:
        """The line of a value, or of the nearest thing around it that there is."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def ids(self, key: str) -> list[str]:
        """The ids in the list under a key, whatever else is wrong in the file."""
        values = self.data.get(key) if isinstance(self.data, dict) else None
        names = (
            [value.get("id") if isinstance(value, dict) else value for value in values or []]
            if isinstance(values, list)
            else []
        )
        return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def read_text(file: Path, path: str) -> str | Fault:
    """The text of a file with ``\\n`` at the end of its lines, or the fault that hinders."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return Fault(path, 1, "The file is missing.")
    except OSError as error:
        return Fault(path, 1, f"The file can't be read: {error.strerror or error}.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Fault(path, line, "This is not UTF-8. Save the file with the encoding UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_yaml(text: str, path: str) -> tuple[Document | None, list[Fault]]:
    """The document is None when the file isn't YAML at all; duplicate keys and odd values don't hide the rest."""
    try:
        root, tagged = compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [Fault(path, mark.line + 1 if mark else 1, _in_words(error))]
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return None, [Fault(path, line, "There is a character here that can't stand in a text file.")]
    except (ValueError, OverflowError) as error:  # such as the escape "\UFFFFFFFF"
        return None, [Fault(path, 1, f"The file isn't YAML: {error}.")]
    except RecursionError:
        return None, [Fault(path, 1, "The file is nested too deeply to be read.")]
    document = Document(path)
    message = "Tags ({}) are not used here. Put quotes around text that begins with an exclamation mark."
    faults = [Fault(path, line, message.format(tag)) for line, tag in tagged]
    if root is None:
        return None, [Fault(path, 1, "The file is empty.")]
    try:
        document.data = _value(root, (), document, faults)
    except RecursionError:
        return None, [Fault(path, 1, "The file is nested too deeply to be read.")]
    return document, faults


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "it can't be read").strip()
    hints = {
        "mapping values are not allowed here": 'Put quotes around text with ": " in it, and look at the indentation.',
        "found character '\\t' that cannot start any token": "Indent with spaces, not with tabs.",
        "expected <block end>": "Look at the indentation here and in the line before, and at quotes that don't end.",
        "could not find expected ':'": "Look at the line before: a colon after the key, or an indentation, is missing.",
        "found unexpected end of stream": "A quote is opened and never closed.",
        "that cannot start any token": "Put quotes around text that begins with this character.",
        "expected ',' or": "Put quotes around text in [ ] and { }, or write a line for each.",
        "expected a single document": 'Take away the second "---".',
    }
    hint = next((words for start, words in hints.items() if start in problem or start in (error.context or "")), "")
    return f"The file isn't YAML: {problem}. {hint}".strip()


def _value(node: Node, place: Place, document: Document, faults: list[Fault]) -> Any:
    line = node.start_mark.line + 1
    document.lines.setdefault(place, line)
    if isinstance(node, SequenceNode):
        return [_value(child, (*place, number), document, faults) for number, child in enumerate(node.value)]
    if isinstance(node, MappingNode):
        return _mapping(node, place, document, faults)
    return _scalar(node, document, faults)


def _mapping(node: MappingNode, place: Place, document: Document, faults: list[Fault]) -> dict[Hashable, Any]:
    values: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            faults.append(Fault(document.path, line, "A key is a word. Put quotes around it."))
            continue
        key = key_node.value
        if key in values:
            first = document.lines[(*place, key)]
            faults.append(
                Fault(document.path, line, f'The key "{key}" stands here twice; the first is in line {first}.')
            )
            continue
        document.lines[(*place, key)] = line
        values[key] = _value(value_node, (*place, key), document, faults)
    return values


def _scalar(node: Node, document: Document, faults: list[Fault]) -> Any:
    text: str = node.value
    if any("\ud800" <= character <= "\udfff" for character in text):
        faults.append(Fault(document.path, node.start_mark.line + 1, "There is a character here that isn't Unicode."))
        return text.encode("utf-8", "replace").decode()
    if node.tag == NULL:
        return None
    if node.tag == BOOL:
        return text == "true"
    if node.tag == INT and len(text) < 16:
        return int(text)
    return float(text) if node.tag == FLOAT else text
