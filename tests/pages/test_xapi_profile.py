"""The xAPI profile page, held against the Statements of a whole run."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from course.schema import Course
from lrs_adapter.validation import validate_statement
from lrs_adapter.vocabulary import VERBS
from tracker.pages.profile import examples, not_sent

FILES = Path(__file__).parent.parent / "learning" / "statements"


@pytest.fixture
def shown(app: Flask, course: Course) -> list[dict[str, Any]]:
    with app.test_request_context("/sv/xapi-profile"):
        found = examples(course, home_page="https://kurs.example", language="sv")
    return [json.loads(example.statement) for example in found]


def _kind(statement: dict[str, Any]) -> tuple[str, str]:
    return statement["verb"]["id"], statement["object"].get("definition", {}).get("type", "")


def test_shows_an_example_of_every_kind_that_a_whole_run_records(shown: list[dict[str, Any]]) -> None:
    recorded = {_kind(one) for file in FILES.glob("*.json") for one in json.loads(file.read_text("utf-8"))}

    assert recorded <= {_kind(one) for one in shown}


def test_every_example_is_a_valid_statement(shown: list[dict[str, Any]]) -> None:
    for statement in shown:
        validate_statement(statement)


def test_every_verb_of_the_vocabulary_is_on_the_page(client: FlaskClient) -> None:
    page = client.get("/en/xapi-profile").text

    for verb in VERBS:
        assert f"<code>{verb.id}</code>" in page


def test_a_verb_is_either_sent_or_not(app: Flask, course: Course) -> None:
    with app.test_request_context("/sv/xapi-profile"):
        sent = examples(course, home_page="https://kurs.example", language="sv")

    assert {example.verb.id for example in sent} | {verb.id for verb in not_sent(sent)} == {verb.id for verb in VERBS}
    assert not {example.verb.id for example in sent} & {verb.id for verb in not_sent(sent)}


def test_the_examples_on_the_page_can_be_copied(client: FlaskClient) -> None:
    listings = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", client.get("/sv/xapi-profile").text, re.DOTALL)

    assert len(listings) >= 9
    for listing in listings:
        assert json.loads(html.unescape(listing))["version"] == "1.0.0"
