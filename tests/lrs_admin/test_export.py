"""``samverkan lrs export``: everything, or a part, as lines that any LRS can take."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lrs_adapter.statements import Account
from lrs_adapter.store import INTERNAL, record, void
from lrs_adapter.vocabulary import VOIDED
from tests.conftest import NOW
from tests.lrs_admin.making import COMPLETED, LESSON, PASSED, make
from tests.tracker.servers import run_samverkan
from tracker.lrs_admin import exporting

DAYS = [NOW.replace(year=2026, month=1, day=day) for day in (1, 2, 3)]
OTHER = "https://other.example/lesson/2"

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def statements(database_url: str) -> list[str]:
    """The ids of one Statement a day."""
    sent = [make(), make(verb={"id": PASSED}), make(object={"id": OTHER})]
    engine = create_engine(database_url)
    with Session(engine) as db:
        for one, day in zip(sent, DAYS, strict=True):
            record(db, [one], authority=INTERNAL, now=day)
        db.commit()
    engine.dispose()
    return [one["id"] for one in sent]


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    def export(*arguments: str) -> CompletedProcess[str]:
        return run_samverkan(tmp_path / "instance", "lrs", "export", *arguments, database_url=database_url)

    return export


def _ids(text: str) -> list[str]:
    return [json.loads(line)["id"] for line in text.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "days"),
    [
        ([], [0, 1, 2]),
        (["--since", "2026-01-02"], [1, 2]),
        (["--since", "2026-01-02T17:30:00Z"], [2]),
        (["--until", "2026-01-02T18:30:00+01:00"], [0, 1]),
        (["--since", "2026-01-01T18:00:00Z", "--until", "2026-01-03"], [1]),
        (["--verb", COMPLETED], [0, 2]),
        (["--activity", LESSON], [0, 1]),
        (["--activity", LESSON, "--verb", PASSED], [1]),
        (["--verb", "https://verbs.example/nobody"], []),
    ],
)
def test_what_is_asked_for_comes_in_the_order_of_storing(
    run: Run, statements: list[str], arguments: list[str], days: list[int]
) -> None:
    done = run("-o", "-", *arguments)

    assert (_ids(done.stdout), done.stderr, done.returncode) == ([statements[day] for day in days], "", 0)


def test_a_file_is_there_when_it_is_whole(run: Run, statements: list[str], tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("what stood there before")

    done = run("-o", str(file))

    assert done.stdout == f"3 Statements are in {file}.\n"
    assert _ids(file.read_text()) == statements
    assert not file.with_name("out.jsonl.part").exists()


def test_an_export_can_be_imported_elsewhere(run: Run, statements: list[str], tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "out.jsonl", tmp_path / "elsewhere"
    run("-o", str(file))
    run_samverkan(elsewhere, "db", "upgrade")

    assert run_samverkan(elsewhere, "lrs", "import", str(file)).stdout == "3 new, 0 already there.\n"
    assert _ids(run_samverkan(elsewhere, "lrs", "export", "-o", "-").stdout) == statements


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "/nowhere/out.jsonl"], "/nowhere/out.jsonl cannot be written: there is no folder /nowhere"),
        (["-o", "-", "--since", "yesterday"], "'yesterday' is neither a day (2027-02-04) nor a timestamp"),
        (["-o", "-", "--verb", "completed"], "'completed' is not an absolute IRI"),
        ([], "Missing option '-o'"),
    ],
)
def test_a_wrong_wish_is_refused_in_plain_words(run: Run, arguments: list[str], message: str) -> None:
    done = run(*arguments)

    assert done.returncode != 0
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_voided_ones_and_those_that_void_are_in_it(db: Session) -> None:
    (stored,) = record(db, [make()], authority=INTERNAL, now=NOW)
    account = Account("https://course.example", "somebody")
    void(db, stored.statement_id, actor=account, authority=INTERNAL, now=NOW)
    choice = exporting.Choice(until=NOW)
    db.commit()

    verbs = [json.loads(line)["verb"]["id"] for line in exporting.lines(db, choice)]

    assert verbs == [COMPLETED, VOIDED.id]
    assert exporting.count(db, choice) == 2


def test_nobody_waits_for_an_export(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pages another connection can write, on SQLite too."""
    monkeypatch.setattr(exporting, "_PAGE", 2)
    record(db, [make() for _ in range(5)], authority=INTERNAL, now=NOW)
    db.commit()
    lines = exporting.lines(db, exporting.Choice(until=NOW))

    next(lines)
    with Session(db.get_bind()) as other:
        record(other, [make()], authority=INTERNAL, now=NOW.replace(year=2028))
        other.commit()

    assert len(list(lines)) == 4
