"""An administrator, an outside LRS, and importing by the command line on the database of the test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lrs_adapter.store import iterate
from tests.conftest import Visitor
from tests.lrs_admin.outside import PAGE, Outside
from tests.tracker.servers import run_samverkan
from tracker.learners.models import Learner

Run = Callable[..., CompletedProcess[str]]
Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    """``samverkan lrs import`` with these arguments, to its end."""

    def import_(*arguments: str, **settings: str) -> CompletedProcess[str]:
        instance = tmp_path / "instance"
        return run_samverkan(instance, "lrs", "import", *arguments, database_url=database_url, **settings)

    return import_


@pytest.fixture
def stored(database_url: str) -> Read:
    """Every Statement there is, in the order of storing."""

    def read() -> list[dict[str, Any]]:
        engine = create_engine(database_url)
        with Session(engine) as db:
            found = [one.statement for one in iterate(db)]
        engine.dispose()
        return found

    return read


@pytest.fixture
def outside() -> Iterator[Outside]:
    lrs = Outside()
    thread = Thread(target=lrs.server.serve_forever)
    thread.start()
    yield lrs
    lrs.server.shutdown()
    lrs.server.server_close()
    thread.join()


@pytest.fixture
def administrator(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="chef@region.example", is_administrator=True))


@pytest.fixture
def typed(outside: Outside) -> dict[str, Any]:
    return {
        "name": "Datalagret",
        "endpoint": outside.address,
        "key": "kursen",
        "secret": "hemligheten",
        "what": "all",
    }


@pytest.fixture
def added(administrator: Visitor, typed: dict[str, Any]) -> str:
    """The address of the page of an outside LRS."""
    answer = administrator.post(f"{PAGE}/new", typed)
    assert answer.status_code == 302, answer.text
    return answer.location
