"""What browsers and logs are given, and what not."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Visitor
from tests.tracker.servers import free_port
from tracker.learners.models import Learner


def test_with_https_no_other_host_name_can_plant_a_session(make_app: Callable[..., Flask]) -> None:
    """A cookie for the whole domain, from the name where packages run, would stand before ours."""
    app = make_app(base_url="https://kurs.region.example")

    [cookie] = (
        app.test_client().get("/sv/sign-in", base_url="https://kurs.region.example").headers.getlist("Set-Cookie")
    )

    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-samverkan=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} == set(attributes)
    assert app.config["REMEMBER_COOKIE_NAME"] == "__Host-samverkan_learner"


def test_nobody_who_sits_down_afterwards_goes_back_to_what_an_account_sees(
    make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    chief = sign_in(make_learner(email="chef@region.example", is_administrator=True))

    kept = {
        address: chief.get(address).headers["Cache-Control"]
        for address in ("/sv/admin/people", "/sv/profile/email", "/sv/my-data", "/sv/course")
    }

    assert kept.pop("/sv/course") == "private, no-cache"
    assert set(kept.values()) == {"no-store"}


def test_what_signs_somebody_in_stands_in_no_log(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(database_url=f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/gone")

    assert app.test_client().get("/sv/sign-in/link/hemligheten").status_code == 503

    assert "/sign-in/link/<token>" in caplog.text
    assert "hemligheten" not in caplog.text
