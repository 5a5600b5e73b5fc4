"""YAML as authors mean it."""

from pathlib import Path
from typing import Any

import pytest
from yaml.nodes import MappingNode, Node, SequenceNode

from course.loader import DEFAULT_DIRECTORY
from course.yaml_nodes import compose
from course.yaml_source import parse_yaml
from tests.course.planting import FIXTURE


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("2026-11-22", "2026-11-22"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("<<", "<<"),
        ("true", True),
        ("~", None),
        ("12", 12),
        ("2027.1", 2027.1),
        ('"12"', "12"),
        (".inf", ".inf"),
        ("1e3", "1e3"),
    ],
)
def test_plain_scalars(written: str, meant: Any) -> None:
    document, faults = parse_yaml(f"key: {written}\n", "a.yaml")
    assert document is not None
    assert (document.data, faults) == ({"key": meant}, [])


def test_every_value_has_its_line() -> None:
    document, _ = parse_yaml("a:\n  b:\n    - c: 1\n      d: >-\n        x\n    - e\nf: [g,\n  h]\n", "a.yaml")
    assert document is not None
    assert [document.line(*place) for place in (("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 0, "d"))] == [1, 2, 3, 4]
    assert (document.line("a", "b", 1), document.line("f", 1)) == (6, 8)


def test_the_line_of_what_is_not_there_is_that_of_what_it_would_be_in() -> None:
    document, _ = parse_yaml("a:\n  b: 1\n", "a.yaml")
    assert document is not None
    assert document.line("a", "c", "d") == 1


@pytest.mark.parametrize("directory", [FIXTURE, DEFAULT_DIRECTORY], ids=["the small course", "our course"])
def test_both_parsers_read_the_same(directory: Path) -> None:
    for file in directory.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        # A tag sends the text to the thorough parser, and is otherwise as if it weren't there.
        tagged = f"--- !!map\n{text}"
        fast, thorough = compose(text), compose(tagged)
        assert (fast[1], thorough[1]) == ([], [(1, "tag:yaml.org,2002:map")])
        assert _plain(fast[0], 1)[1] == _plain(thorough[0], 0)[1]


def _plain(node: Node | None, first_line: int) -> Any:
    assert node is not None
    line = node.start_mark.line + first_line
    if isinstance(node, MappingNode):
        return line, [(_plain(key, first_line), _plain(value, first_line)) for key, value in node.value]
    if isinstance(node, SequenceNode):
        return line, [_plain(child, first_line) for child in node.value]
    return line, node.tag, node.value
