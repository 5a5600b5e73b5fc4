"""Statements in files of every shape, read bit by bit."""

import json
from io import BytesIO

import pytest

from tests.lrs_admin.making import as_lines, make
from tracker.lrs_admin import files
from tracker.lrs_admin.files import BrokenFile, read_statements

MOST = 100_000
SENT = [make(), make(verb={"id": "https://verbs.example/x", "display": {"sv": 'sa "}]{[\\" åäö 🌿'}}), make()]


def _read(text: str | bytes, most: int = MOST) -> list[tuple[int, bytes]]:
    content = text.encode() if isinstance(text, str) else text
    return [(one.line, one.text) for one in read_statements(BytesIO(content), most=most)]


@pytest.fixture(params=[1 << 20, 7], ids=["at once", "seven bytes at a time"])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every boundary between two readings falls somewhere else."""
    monkeypatch.setattr(files, "_CHUNK", request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (as_lines(*SENT), [1, 2, 3]),
        (as_lines(*SENT).rstrip(), [1, 2, 3]),
        ("\ufeff\n\n" + as_lines(*SENT).replace("\n", "\r\n\r\n"), [3, 5, 7]),
        (json.dumps(SENT), [1, 1, 1]),
        (json.dumps(SENT, ensure_ascii=False), [1, 1, 1]),
        ("\ufeff " + json.dumps(SENT, indent=1) + "\n", None),
        (json.dumps({"statements": SENT, "more": ""}), [1, 1, 1]),
        (json.dumps({"more": "/xapi/more/1", "statements": SENT}, indent=2), None),
        ("\n".join(json.dumps(one, indent=2) for one in SENT), None),
    ],
)
def test_every_shape_gives_the_same_statements(text: str, lines: list[int] | None) -> None:
    found = _read(text)

    assert [json.loads(one) for _, one in found] == SENT
    if lines is not None:
        assert [line for line, _ in found] == lines


@pytest.mark.usefixtures("chunk")
def test_the_line_is_the_one_that_a_statement_begins_on() -> None:
    text = json.dumps(SENT, indent=2)
    begins = [number for number, line in enumerate(text.split("\n"), 1) if line == "  {"]

    assert [line for line, _ in _read(text)] == begins


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("empty", ["", "\n \n", "[]", "[ \n]", '{"statements": [], "more": ""}'])
def test_nothing_is_nothing(empty: str) -> None:
    assert _read(empty) == []


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n{"a": 1}\n{"b": 2}]', "line 3: a comma or the end of the list was expected"),
        ('[{"a": 1},\n', "line 2: the file ends in the middle of a Statement or of the list"),
        ('[{"a": 1},\n{"b": "', "line 2: the file ends in the middle of a Statement or of the list"),
        ('[{"a": 1}', "line 1: the file ends in the middle of a Statement or of the list"),
        ("[\n1]", "line 2: a Statement was expected here"),
        ('[{"a": 1},]', "line 1: a Statement was expected here"),
        ('{"statements": {}}', 'line 1: an object with "statements" holds a list of them'),
    ],
)
def test_a_broken_list_says_where(text: str, message: str) -> None:
    with pytest.raises(BrokenFile) as raised:
        _read(text)

    assert str(raised.value) == message


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("text", [as_lines(*SENT), json.dumps(SENT), '[{"a": "' + "x" * 400])
def test_one_that_is_too_large_is_not_held_in_memory(text: str) -> None:
    with pytest.raises(BrokenFile, match="line 1: the Statement that begins here has more than 100 bytes"):
        _read(text, most=100)


def test_a_broken_line_is_given_as_it_is_and_the_next_one_too() -> None:
    assert _read(b'{"a": 1}\n{"a": \n\xff\xfe\n{"b": 2}\n') == [
        (1, b'{"a": 1}'),
        (2, b'{"a":'),
        (3, b"\xff\xfe"),
        (4, b'{"b": 2}'),
    ]


def test_how_much_has_been_read_is_told() -> None:
    told: list[int] = []
    content = as_lines(*SENT).encode()

    list(read_statements(BytesIO(content), most=MOST, told=told.append))

    assert sum(told) == len(content)
