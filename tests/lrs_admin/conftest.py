"""Importing by the command line, on the database of the test."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lrs_adapter.store import iterate
from tests.tracker.servers import run_samverkan

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
