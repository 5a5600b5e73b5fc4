"""The table of requirements is whole, and what it names is there."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parent.parent / "docs" / "cmi5-requirements.md"
ID = re.compile(r"`(\d+\.\d+\.\d+\.\d+-\d+(?: \(d\d?\))?)`")


def test_every_requirement_is_in_the_table_once() -> None:
    wanted = (HERE / "cmi5_requirements.txt").read_text().splitlines()
    told = ID.findall(TABLE.read_text())

    assert len(wanted) == 305
    assert sorted(told) == sorted(wanted)


def test_every_row_names_tests_that_are_there() -> None:
    known = {
        node.name
        for path in HERE.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    rows = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]

    assert len(rows) > 80
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert set(named) <= known, row


def test_every_refusal_names_a_requirement_of_the_list() -> None:
    """Wherever the code refuses something, the id that it gives is one that exists."""
    wanted = set((HERE / "cmi5_requirements.txt").read_text().splitlines())
    code = HERE.parent.parent / "tracker" / "launch"
    used = {
        found
        for path in code.glob("*.py")
        for found in re.findall(r'"(\d+\.\d+\.\d+\.\d+-\d+(?: \(d\d?\))?)"', path.read_text())
    }

    assert len(used) > 50
    assert used <= wanted
