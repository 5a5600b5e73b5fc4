"""The way back in when the last administrator has lost phone and codes."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, signed_in
from tracker.auth.models import CodeApp
from tracker.commands.base import CommandFailed
from tracker.commands.people import user
from tracker.config import Settings
from tracker.learners.models import Learner, SignIn


@pytest.fixture(autouse=True)
def _environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMVERKAN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SAMVERKAN_INSTANCE", str(settings.instance))


def test_the_app_goes_and_everybody_with_the_old_cookie_too(db: Session) -> None:
    chief = Learner(email="chef@region.example", created_at=NOW, is_administrator=True)
    db.add(chief)
    db.flush()
    db.add(CodeApp(learner_id=chief.id, secret=b"x", confirmed_at=NOW))
    signed_in(chief)

    result = CliRunner().invoke(user, ["reset-second-step", "Chef@region.example"], catch_exceptions=False)

    assert result.exit_code == 0, result.output
    assert db.scalar(select(CodeApp.learner_id)) is None
    assert db.scalar(select(SignIn.id)) is None


@pytest.mark.parametrize("address", ["ingen@region.example", "ingen adress"])
def test_an_address_that_nobody_has_is_told(db: Session, address: str) -> None:
    result = CliRunner().invoke(user, ["reset-second-step", address])

    assert isinstance(result.exception, CommandFailed)
