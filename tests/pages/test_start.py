"""The start page and the way to it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from course.schema import Course
from tests.conftest import Visitor
from tracker.learners.models import Learner


@pytest.mark.parametrize(
    ("wishes", "leads_to"),
    [("sv-SE,sv;q=0.9,en;q=0.8", "/sv/"), ("en-GB,en;q=0.9", "/en/"), ("fi,de;q=0.8", "/sv/"), ("", "/sv/")],
)
def test_the_bare_address_leads_to_the_visitors_language(client: FlaskClient, wishes: str, leads_to: str) -> None:
    response = client.get("/", headers={"Accept-Language": wishes})

    assert response.status_code == 302
    assert response.location == leads_to


@pytest.mark.parametrize(("address", "heading"), [("/sv/", "Tillsammans gör vi mer"), ("/en/", "Better together")])
def test_shows_the_course_in_both_languages(client: FlaskClient, course: Course, address: str, heading: str) -> None:
    page = client.get(address)

    assert page.status_code == 200
    assert f"<h1>{heading}</h1>" in page.text
    for module in course.modules:
        assert module.info.title["sv" if address == "/sv/" else "en"] in page.text
    for person in course.info.cast:
        assert person.name in page.text


def test_a_new_visitor_begins_with_the_first_lesson(client: FlaskClient) -> None:
    assert 'href="/sv/lessons/0-1"' in client.get("/sv/").text


def test_whoever_has_begun_goes_on(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> None:
    page = sign_in(make_learner()).get("/sv/").text

    assert "Fortsätt kursen" in page
    assert "Börja kursen" not in page


def test_a_group_is_led_to_what_there_is_for_it(client: FlaskClient) -> None:
    page = client.get("/sv/").text

    for address in ("/sv/facilitator", "/sv/facilitator/traff-1"):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_does_not_start_a_session_for_somebody_who_only_looks(client: FlaskClient) -> None:
    assert "samverkan_learner" not in client.get("/sv/").headers.get("Set-Cookie", "")
