"""Colours and text size on this device."""

import pytest

from tests.conftest import Visitor


def test_is_kept_for_a_year_and_seen_on_every_page(visitor: Visitor) -> None:
    response = visitor.post("/sv/display", {"theme": "dark", "view": "stor", "next": "/sv/glossary"})

    assert response.status_code == 302
    assert response.location == "/sv/glossary"
    cookie = next(value for value in response.headers.getlist("Set-Cookie") if value.startswith("display="))
    assert "Max-Age=31536000" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = visitor.get("/sv/glossary").text
    assert 'data-theme="dark"' in page
    assert 'data-view="stor"' in page


def test_the_choice_of_the_device_leaves_no_cookie(visitor: Visitor) -> None:
    visitor.post("/sv/display", {"theme": "dark", "view": ""})
    visitor.post("/sv/display", {"theme": "", "view": ""})

    assert visitor.client.get_cookie("display") is None
    assert "data-theme" not in visitor.get("/sv/").text


@pytest.mark.parametrize(
    "next_page", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"]
)
def test_never_leads_to_another_site(visitor: Visitor, next_page: str) -> None:
    response = visitor.post("/sv/display", {"theme": "light", "view": "", "next": next_page})

    assert response.location == "/sv/display"


def test_says_so_when_it_leads_nowhere_else(visitor: Visitor) -> None:
    visitor.post("/sv/display", {"theme": "light", "view": ""})

    assert "Visningen är sparad på den här enheten." in visitor.get("/sv/display").text


@pytest.mark.parametrize("wrong", [{"theme": "red"}, {"view": "huge"}])
def test_refuses_what_is_not_among_the_choices(visitor: Visitor, wrong: dict[str, str]) -> None:
    response = visitor.post("/sv/display", {"theme": "", "view": "", **wrong})

    assert response.status_code == 422
    assert "<title>Fel:" in response.text
    assert response.text.count("Välj ett av svaren i listan") == 2  # beside the field and in the summary
    assert visitor.client.get_cookie("display") is None


def test_a_cookie_that_somebody_has_edited_does_no_harm(visitor: Visitor) -> None:
    visitor.client.set_cookie("display", '"><script>.x')

    page = visitor.get("/sv/")
    assert page.status_code == 200
    assert "<script>.x" not in page.text
