"""What is the same for everybody is there before the first visitor comes."""

from collections.abc import Callable

import pytest
from flask import Flask

from course import markdown
from tracker.warming import warm

LESSONS = ("/sv/lessons/1-2", "/en/lessons/3-3")


def test_the_first_visitor_finds_templates_and_texts_made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    warm(app)

    # From here on nothing can be made any more.
    monkeypatch.setattr(app.jinja_env.loader, "get_source", None)
    monkeypatch.setattr(markdown._Renderer, "page", None)
    client = app.test_client()
    pages = ("/sv/", "/sv/course", *LESSONS)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)


def test_what_is_made_beforehand_is_no_visit(app: Flask) -> None:
    warm(app)

    assert 'endpoint="learning.lesson"' not in app.test_client().get("/metrics").text


def test_a_server_whose_database_is_away_starts_all_the_same(make_app: Callable[..., Flask]) -> None:
    away = make_app(database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    warm(away)

    assert away.test_client().get("/sv/").status_code == 200
