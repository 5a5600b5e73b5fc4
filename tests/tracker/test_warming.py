"""What is the same for everybody is there before the first visitor comes."""

from collections.abc import Callable

import pytest
from flask import Flask

from course import markdown
from tracker.warming import warm

LESSONS = ("/sv/lessons/1-2", "/sv/lessons/3-3")


def test_the_first_visitor_finds_templates_and_texts_made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    warm(app)

    # From here on nothing can be made any more.
    monkeypatch.setattr(app.jinja_env.loader, "get_source", None)
    client = app.test_client()
    assert client.get("/en/lessons/3-3").status_code == 200, "the templates are the same in English"
    monkeypatch.setattr(markdown._Renderer, "page", None)
    pages = ("/sv/", "/en/", "/sv/course", "/en/course", *LESSONS)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)


def test_a_second_start_compiles_nothing_again(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    warm(make_app())
    second = make_app()
    monkeypatch.setattr(second.jinja_env, "_compile", None)

    warm(second)

    assert second.test_client().get(LESSONS[0]).status_code == 200


def test_what_is_made_beforehand_is_no_visit(app: Flask) -> None:
    warm(app)

    assert 'endpoint="learning.lesson"' not in app.test_client().get("/metrics").text


def test_a_server_whose_database_is_away_starts_all_the_same(make_app: Callable[..., Flask]) -> None:
    away = make_app(database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    warm(away)

    assert away.test_client().get("/sv/").status_code == 200
