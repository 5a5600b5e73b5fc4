"""Statements in and out in bulk."""

import io
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.models import AttachmentRow
from lrs_adapter.remote_lrs import OutsideLrsError
from lrs_adapter.store import INTERNAL, Authority, record
from lrs_adapter.transfer import Imported, count, export, fetch, import_statements, read_file
from tests.conformance.__main__ import served
from tests.lrs_adapter.conftest import NOW, Lrs

Make = Callable[..., dict[str, Any]]
IMPORTER = Authority("https://course.example/xapi", "import")


def load(db: Session, content: bytes, batch: int = 2) -> Imported:
    portions = read_file(io.BytesIO(content), batch=batch)
    return list(import_statements(db, portions, authority=IMPORTER, now=NOW))[-1]


def as_lines(statements: list[dict[str, Any]]) -> bytes:
    return b"\n\n".join(orjson.dumps(one) for one in statements)


@pytest.mark.parametrize(
    "write",
    [
        as_lines,
        orjson.dumps,
        lambda found: orjson.dumps(found, option=orjson.OPT_INDENT_2),
        lambda found: orjson.dumps({"statements": found, "more": ""}),
        lambda found: orjson.dumps({"more": "", "statements": found}, option=orjson.OPT_INDENT_2),
    ],
)
def test_every_form_of_file_is_read_and_a_second_run_changes_nothing(
    db: Session, statement: Make, write: Callable[[Any], bytes]
) -> None:
    sent = [statement() for _ in range(5)]
    del sent[3]["id"]
    first = load(db, write(sent))
    assert (first.read, first.new, first.known, first.refused) == (5, 5, 0, [])
    again = load(db, write(sent))
    assert (again.read, again.new, again.known, again.refused) == (5, 0, 5, [])


def test_one_statement_alone_is_a_file_too(db: Session, statement: Make) -> None:
    assert load(db, orjson.dumps(statement(), option=orjson.OPT_INDENT_2)).new == 1


def test_what_is_wrong_is_named_and_the_rest_goes_in(db: Session, statement: Make) -> None:
    known = statement()
    record(db, [known], authority=INTERNAL, now=NOW)
    sent = [statement(), {"actor": 1}, {**known, "result": {"success": True}}, statement(), known]
    done = load(db, as_lines(sent) + b"\n{broken", batch=10)
    assert (done.read, done.new, done.known) == (6, 2, 1)
    assert sorted(number for number, _ in done.refused) == [2, 3, 6]
    reasons = dict(done.refused)
    assert "$: a Statement has 'verb'" in reasons[2]
    assert "already stored" in reasons[3]


def test_an_export_imports_to_the_same(db: Session, statement: Make) -> None:
    sent = [statement(result={"extensions": {"http://example.com/x": "line\nbreak"}}) for _ in range(5)]
    passed = statement(verb={"id": "http://adlnet.gov/expapi/verbs/passed"})
    record(db, [*sent, passed], authority=INTERNAL, now=NOW)
    lines = list(export(db, batch=2))
    assert [orjson.loads(line)["id"] for line in lines] == [one["id"] for one in [*sent, passed]]
    assert not any("\n" in line for line in lines)
    assert count(db) == 6
    assert [orjson.loads(line)["id"] for line in export(db, verb=passed["verb"]["id"])] == [passed["id"]]
    assert count(db, since=NOW) == 0
    assert count(db, until=NOW, activity=sent[0]["object"]["id"]) == 6
    again = load(db, "\n".join(lines).encode())
    assert (again.new, again.known) == (0, 6)


def test_another_lrs_is_read_page_by_page_with_attachments_and_resume(
    db: Session, statement: Make, tmp_path: Any
) -> None:
    data = b"\x00data"
    described = {"usageType": "http://e.x/u", "display": {}, "contentType": "a/b", "length": 5}
    sent = [statement(attachments=[{**described, "sha2": sha256(data).hexdigest()}]), *(statement() for _ in range(4))]
    from tests.conformance.app import create_app, create_database

    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    with served(url) as (endpoint, key):
        engine = create_database(url)
        other = Lrs(create_app(engine), engine)
        body = (
            b"--b\r\n\r\n%b\r\n--b\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %b\r\n\r\n%b\r\n--b--"
        )
        content = body % (orjson.dumps(sent[0]), sha256(data).hexdigest().encode(), data)
        answer = other("POST", "statements", data=content, content_type="multipart/mixed; boundary=b")
        assert answer.status_code == 200, answer.text
        for one in sent[1:]:
            other.store(one)
        first, *rest = fetch(endpoint, key.key, key.secret, page=2)
        assert (len(first.texts), [len(one.texts) for one in rest]) == (2, [2, 1])
        done = list(import_statements(db, [first], authority=IMPORTER, now=NOW))[-1]
        assert done.new == 2
        following = fetch(endpoint, key.key, key.secret, since=done.resume, page=2)
        done = list(import_statements(db, following, authority=IMPORTER, now=NOW))[-1]
        assert (done.new, done.refused) == (3, [])
        assert [orjson.loads(line)["id"] for line in export(db)] == [one["id"] for one in sent]
        assert db.scalars(select(AttachmentRow.data)).one() == data
        with pytest.raises(OutsideLrsError, match="401"):
            list(fetch(endpoint, key.key, "wrong"))
        engine.dispose()
