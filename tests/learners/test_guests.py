"""Beginning without telling anything."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_login import current_user
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from lrs_adapter.models import StatementRow
from tests.conftest import NOW, Visitor
from tracker.clock import now
from tracker.db import db as session
from tracker.learners.current import begin_as_guest
from tracker.learners.models import Learner, SignIn
from tracker.learners.services import create_guest


def test_guests_have_nothing_in_common(app: Flask) -> None:
    with app.app_context():
        one, other = create_guest(session.session, now=NOW), create_guest(session.session, now=NOW)

        assert one.is_guest
        assert one.account != other.account


def test_who_begins_is_signed_in_and_begins_once(app: Flask) -> None:
    with app.test_request_context("/sv/course", method="POST"):
        app.preprocess_request()
        guest = begin_as_guest()

        assert current_user.id == guest.id
        assert begin_as_guest() is guest


def test_one_network_does_not_make_guests_without_end(app: Flask) -> None:
    def begin() -> None:
        with app.test_request_context("/sv/course", method="POST"):
            app.preprocess_request()
            begin_as_guest()

    for _ in range(60):
        begin()

    with pytest.raises(TooManyRequests):
        begin()


def test_a_button_pressed_again_before_the_answer_comes_makes_one_guest(
    visitor: Visitor, make_visitor: Callable[[], Visitor], db: Session
) -> None:
    def press() -> int:
        """With what the browser held before anything was answered. How many have begun since."""
        again = make_visitor()
        again.client.set_cookie("samverkan", held.value)
        answer = {"attempt": "1", "hand_in": "1", "option": "sjalv"}
        assert again.post("/sv/lessons/0-1/activities/vagval", answer).status_code == 302
        assert again.get("/sv/my-data").status_code == 200
        begun = len(db.scalars(select(Learner)).all())
        db.rollback()
        return begun

    visitor.get("/sv/lessons/0-1")
    held = visitor.client.get_cookie("samverkan")
    assert held is not None

    assert [press(), press()] == [1, 1]
    answered = select(func.count()).select_from(StatementRow).where(StatementRow.statement.contains("/verbs/answered"))
    assert db.scalar(answered) == 1
    # Later the same cookie is somebody who has been given another's.
    db.execute(update(SignIn).values(started_at=now() - timedelta(minutes=1)))
    db.commit()
    assert press() == 2
