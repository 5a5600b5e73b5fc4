"""What the site says about data, held against what it does."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from lrs_adapter.destinations import add_destination, remove_destination
from lrs_adapter.models import DestinationRow
from tests.conftest import NOW, Visitor
from tracker.config import Settings
from tracker.groups.phone_views import DEVICE
from tracker.learners.models import Learner

Make = Callable[..., Learner]


def test_names_every_cookie_that_is_set(client: FlaskClient, app: Flask) -> None:
    page = client.get("/sv/privacy").text

    for name in (app.config["SESSION_COOKIE_NAME"], app.config["REMEMBER_COOKIE_NAME"], "display", DEVICE):
        assert f"<code>{name}</code>" in page


def test_sets_no_other_cookie_on_the_way_through_the_open_pages(visitor: Visitor, app: Flask) -> None:
    visitor.post("/sv/display", {"theme": "dark", "view": ""})
    for path in (
        "/sv/",
        "/sv/course",
        "/sv/lessons/0-1",
        "/sv/glossary",
        "/sv/privacy",
        "/sv/facilitator",
        "/sv/sign-in",
    ):
        visitor.get(path)

    known = {app.config["SESSION_COOKIE_NAME"], app.config["REMEMBER_COOKIE_NAME"], "display"}
    assert {key[2] for key in visitor.client._cookies} <= known


def test_says_that_the_times_are_proposals(client: FlaskClient) -> None:
    assert "Tiderna väntar på beslut" in client.get("/sv/privacy").text


def test_says_what_is_saved_about_courses_made_by_others(client: FlaskClient) -> None:
    swedish, english = client.get("/sv/privacy").text, client.get("/en/privacy").text

    for said in ("kurs som andra har gjort: vilka delar du har öppnat", "De får aldrig ditt namn", "ditt intyg kvar"):
        assert said in swedish
    for said in ("course made by others: which parts you have opened", "never get your name", "your certificate stays"):
        assert said in english


def test_says_where_else_the_steps_go(
    client: FlaskClient, db: Session, settings: Settings, sign_in: Callable[[Learner], Visitor], make_learner: Make
) -> None:
    """Whether the settings or an administrator says so, and what was sent once is there still."""
    erasing, sent = sign_in(make_learner()), "Det som har skickats till andra system"
    assert "Ingen. Stegen sparas hos oss." in client.get("/sv/privacy").text
    assert sent not in erasing.get("/sv/my-data/erase").text

    made = add_destination(
        db,
        name="Regionens",
        endpoint="https://lrs.region.example/xapi",
        key="k",
        secret="s",
        secret_key=settings.secret_key,
        now=NOW,
    )
    db.execute(update(DestinationRow).values(last_success=NOW))
    db.commit()
    assert "utanför webbplatsen: lrs.region.example." in client.get("/sv/privacy").text
    assert sent in erasing.get("/sv/my-data/erase").text

    remove_destination(db, made.id, now=NOW)
    db.commit()
    assert "Ingen. Stegen sparas hos oss." in client.get("/sv/privacy").text
    assert sent in erasing.get("/sv/my-data/erase").text
