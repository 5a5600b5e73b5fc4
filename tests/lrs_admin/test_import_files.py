"""``samverkan lrs import`` from real files."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lrs_adapter.store import INTERNAL, iterate, record
from tests.conftest import NOW
from tests.lrs_admin.conftest import Read, Run
from tests.lrs_admin.making import as_lines, as_stored, make
from tests.tracker.servers import run_samverkan
from tracker.lrs_admin.importing import authority_of, take

OURS = authority_of("http://localhost/xapi")


def _found(*statements: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(str(number), json.dumps(one).encode()) for number, one in enumerate(statements, 1)]


def test_a_file_is_taken_once_however_often_it_is_imported(run: Run, stored: Read, tmp_path: Path) -> None:
    sent = [as_stored(number) for number in range(1201)]
    lines, array = tmp_path / "lines.jsonl", tmp_path / "array.json"
    lines.write_text(as_lines(*sent))
    array.write_text(json.dumps(sent, indent=1))

    assert run(str(lines)).stdout == "1201 new, 0 already there.\n"
    again = run(str(array))

    assert (again.stdout, again.stderr, again.returncode) == ("0 new, 1201 already there.\n", "", 0)
    assert [one["id"] for one in stored()] == [one["id"] for one in sent]


def test_stored_and_authority_are_ours_and_the_rest_is_theirs(
    run: Run, stored: Read, tmp_path: Path, database_url: str
) -> None:
    """xAPI 1.0.3 Data 2.4.8, 2.4.9."""
    file = tmp_path / "one.json"
    number = "0.10000000000000000000001"
    sent = as_stored(1, result={"extensions": {"https://other.example/number": 1}})
    file.write_text(json.dumps(sent).replace('number": 1', f'number": {number}'))
    run(str(file), base_url="https://kurs.example")

    (kept,) = stored()

    assert kept["authority"]["account"] == {"homePage": "https://kurs.example/xapi", "name": "import"}
    assert kept["stored"] > "2026-10-31"
    theirs = ("id", "actor", "verb", "object", "timestamp", "version")
    assert {name: kept[name] for name in theirs} == {name: sent[name] for name in theirs}
    exported = run_samverkan(tmp_path / "instance", "lrs", "export", "-o", "-", database_url=database_url)
    assert number in exported.stdout


def test_what_cannot_be_taken_is_listed_with_its_line_and_the_rest_is_taken(
    run: Run, stored: Read, tmp_path: Path
) -> None:
    first = make()
    file = tmp_path / "mixed.jsonl"
    lines = [
        json.dumps(first),
        json.dumps({**first, "verb": {"id": "https://verbs.example/another"}}),
        "",
        json.dumps(make(actor=None)),
        json.dumps(make())[:50],
        "[]",
        json.dumps(first),
        json.dumps(make()),
    ]
    file.write_text("\n".join(lines))

    done = run(str(file))

    assert done.stdout == "2 new, 1 already there.\n"
    assert done.returncode == 1
    *listed, last = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in listed] == [f"{file}:{number}" for number in (2, 4, 5, 6)]
    assert f"A different Statement is already stored under the id {first['id']}" in listed[0]
    assert last == "samverkan: 4 Statements were not taken, see above"
    assert len(stored()) == 2

    later = run(str(file))
    assert later.stdout == "0 new, 3 already there.\n"


def test_strict_stops_at_the_first_and_keeps_the_batches_before(run: Run, stored: Read, tmp_path: Path) -> None:
    sent = [make() for _ in range(600)]
    sent[550]["verb"] = {"id": "nope"}
    file = tmp_path / "bad.jsonl"
    file.write_text(as_lines(*sent))

    done = run("--strict", str(file))

    assert done.returncode == 1
    assert done.stderr.startswith(f"samverkan: {file}:551: $.verb.id: 'nope' is not an absolute IRI")
    assert done.stderr.count("\n") == 1
    assert len(stored()) == 500
    sent[550] = make()
    file.write_text(as_lines(*sent))
    assert run("--strict", str(file)).stdout == "100 new, 500 already there.\n"


def test_a_broken_file_is_read_up_to_there(run: Run, stored: Read, tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    file.write_text(json.dumps([make() for _ in range(700)], indent=0)[:-200])

    done = run(str(file))

    assert done.returncode == 1
    assert "the file ends in the middle of a Statement or of the list (500 new, 0 already there" in done.stderr
    assert len(stored()) == 500


def test_statements_without_an_id_are_known_again(run: Run, stored: Read, tmp_path: Path) -> None:
    file = tmp_path / "nameless.jsonl"
    file.write_text(as_lines(make(id=None), make(id=None, timestamp=None), make(id=None, timestamp=None)))

    assert run(str(file)).stdout == "2 new, 1 already there.\n"
    assert run(str(file)).stdout == "0 new, 3 already there.\n"
    assert len(stored()) == 2


def test_a_file_of_version_2_keeps_its_version(run: Run, stored: Read, tmp_path: Path) -> None:
    agents = {"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@b.example"}}]}
    file = tmp_path / "two.jsonl"
    file.write_text(as_lines(make(version="2.0.0", context=agents), make(context=agents), make(version="1.0.3")))

    assert run(str(file)).stdout == "3 new, 0 already there.\n"
    assert [one["version"] for one in stored()] == ["2.0.0", "2.0.0", "1.0.3"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/nowhere.jsonl"], "/nowhere.jsonl cannot be read: No such file or directory"),
        (["/"], "/ cannot be read: Is a directory"),
        (["http://lrs.example/xapi"], "the other LRS asks who we are: give --key, and --secret"),
    ],
)
def test_a_source_that_is_none_is_one_clear_line(run: Run, arguments: list[str], message: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"samverkan: {message}")
    assert done.stderr.count("\n") == 1


def test_an_import_gives_nobody_progress(db: Session) -> None:
    """Whoever may import is not thereby able to write certificates: the tracker's account stays the tracker's."""
    tracker = {"objectType": "Agent", "account": {"homePage": INTERNAL.home_page, "name": INTERNAL.name}}

    take(db, _found(make(authority=tracker)), authority=OURS, now=NOW)

    assert [one.authority for one in iterate(db)] == [OURS]


def test_another_statement_under_a_taken_id_leaves_the_first_as_it_is(db: Session) -> None:
    first, second = make(), make()
    record(db, [{**first, "verb": {"id": "https://verbs.example/another"}}], authority=INTERNAL, now=NOW)

    taken = take(db, _found(first, second), authority=OURS, now=NOW)

    assert (taken.new, taken.present, [one.place for one in taken.refused]) == (1, 0, ["1"])
    assert next(iterate(db)).statement["verb"]["id"] == "https://verbs.example/another"


def test_an_attachment_without_its_data_is_counted(db: Session) -> None:
    attachment = {
        "usageType": "https://other.example/usage",
        "display": {"en": "data"},
        "contentType": "text/plain",
        "length": 4,
        "sha2": sha256(b"data").hexdigest(),
    }
    elsewhere = {**attachment, "fileUrl": "https://other.example/data"}

    taken = take(db, _found(make(attachments=[attachment]), make(attachments=[elsewhere])), authority=OURS, now=NOW)

    assert (taken.new, taken.without_data) == (2, 1)


def test_what_a_database_cannot_hold_in_an_index_is_no_obstacle(db: Session) -> None:
    """PostgreSQL takes no NUL character in a text; in a Statement's own words it is an escape."""
    actor = {"objectType": "Agent", "name": "n\x00l", "account": {"homePage": "https://other.example", "name": "\x00"}}

    taken = take(db, _found(make(actor=actor)), authority=OURS, now=NOW)

    assert (taken.new, taken.refused) == (1, [])
