"""Beginning without telling anything."""

import pytest
from flask import Flask
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from tests.conftest import NOW
from tracker.db import db as session
from tracker.learners.current import begin_as_guest
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
