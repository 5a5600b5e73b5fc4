"""Every red line of the page about how the server is doing says what to do."""

import re
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from lrs_adapter.outbox import add_destination, pause
from tests.conftest import NOW
from tests.operations.conftest import PAGE, visitor_of
from tracker.clock import now
from tracker.config import Settings
from tracker.learners.models import Learner
from tracker.notes import Note, noted
from tracker.privacy.protocol import ProtocolNotWritten
from tracker.privacy.upkeep import tidy
from tracker.reports import upkeep as reports
from tracker.reports.models import SavedView
from tracker.upkeep import checks

Look = Callable[[Flask], dict[str, str]]


def _red(app: Flask, chief: Learner) -> dict[str, str]:
    """What is red, and what it says is to be done."""
    page = visitor_of(app, chief).get(PAGE).text
    lines = re.findall(r'<li class="block lrs">(.*?)</li>', page, re.DOTALL)
    red = [one for one in lines if "Behöver åtgärdas" in one]
    names = [re.sub(r"<[^>]+>", "", re.findall(r"<h2[^>]*>(.*?)</h2>", one, re.DOTALL)[0]).strip() for one in red]
    return dict(zip(names, [" ".join(re.findall(r"<b>(.*?)</b>", one)) for one in red], strict=True))


def test_all_of_it_red_at_once(
    make_app: Callable[..., Flask],
    db: Session,
    chief: Learner,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = make_app(backups=tmp_path / "none")
    for name in ("mail", "delivery", "reports", "groups", "launches", "publishing"):
        app.extensions["samverkan.notes"].success(name)
        app.extensions["samverkan.notes"].fault(name, "OSError")
    to = add_destination(
        db, name="Länets LRS", endpoint="http://l.example", key="k", secret="s", secret_key=settings.secret_key, now=NOW
    )
    pause(db, to.id, reason="401 Unauthorized", now=NOW)
    view = SavedView(
        learner_id=chief.id, name="Vår", view="modules", filters={}, language="sv", created_at=NOW, fault="OSError"
    )
    db.add(view)
    db.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    db.commit()
    monkeypatch.setattr(checks, "LEAST_FREE", 1.0)

    red = _red(app, chief)

    assert set(red) == {
        "Databasens tabeller", "Utgående mejl", "Leverans till andra LRS:er", "Rapporter och deras mejl",
        "Namn i studiecirklar som tas bort i tid", "Kurser från andra som står öppna",
        "Gallring, logg och begäran om radering", "Dagens rapporter", "Länets LRS", "Rapporter med mejl",
        "Senaste säkerhetskopian", "Serverns disk",
    }  # fmt: skip
    assert [name for name, todo in red.items() if not todo] == []
    assert "samverkan db upgrade" in red["Databasens tabeller"]
    assert "samverkan report publish" in red["Dagens rapporter"]
    assert "mejlservern" in red["Rapporter med mejl"]
    assert "plats" in red["Serverns disk"]


def test_what_has_been_silent_is_red(app: Flask, db: Session, look: Look) -> None:
    for name in ("delivery", "reports", "groups", "launches", "privacy"):
        app.extensions["samverkan.notes"].success(name)
    db.execute(update(Note).values(last_success_at=now() - timedelta(hours=4)))
    db.commit()

    said = look(app)

    stopped = [name for name, words in said.items() if "Behöver åtgärdas Har stannat." in words]
    assert len(stopped) == 5
    assert all("samverkan serve" in said[name] for name in stopped)


def test_reports_that_cannot_be_published_are_told(
    app: Flask, db: Session, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, which fails."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    reports._publish_beside(app)
    reports._publish_beside(app)

    told = look(app)["Dagens rapporter"]
    assert told.startswith("Behöver åtgärdas Misslyckades de senaste 2 gångerna.")
    assert "Kör samverkan report publish" in told
    assert db.scalars(select(Note.last_fault)).all() == ["CalledProcessError"]


def test_a_protocol_that_cannot_be_written_names_its_folder(app: Flask, look: Look, settings: Settings) -> None:
    settings.protocol_folder.parent.mkdir(parents=True, exist_ok=True)
    settings.protocol_folder.write_text("in the way")

    with pytest.raises(ProtocolNotWritten):
        noted(app, "privacy", lambda: tidy(app, at=now()))()

    told = look(app)["Gallring, logg och begäran om radering"]
    assert told.startswith("Behöver åtgärdas")
    assert f"kan inte skriva i {settings.protocol_folder}" in told
