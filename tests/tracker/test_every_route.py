"""Over the whole application: who may see what, and that every page is sound, whoever wrote it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Visitor
from tests.tracker import roles_table
from tracker.learners.models import Learner
from tracker.permissions import Role, allowed_roles

ARGUMENTS: dict[str, Any] = {
    "lesson_id": "1-1",
    "activity_id": "falten",
    "code": "AAAA-BBBB-CCCC",
    "token": "x",
    "organisation_id": 1,
    "destination_id": 1,
    "credential_id": "00000000-0000-4000-8000-000000000000",
    "seq": 1,
    "meeting_id": "traff-1",
    "chapter_id": "din-roll",
    "size": "a4",
    "name": "bild.svg",
    "course_id": "00000000-0000-4000-8000-000000000000",
    "registration_id": "00000000-0000-4000-8000-000000000000",
    "folder": "00000000-0000-4000-8000-000000000000",
    "index": 0,
    "secret": "x",
    "learner_id": 1,
    "what": "close",
    "of": "people",
    "import_id": "00000000-0000-4000-8000-000000000000",
    "sign_in_id": "00000000-0000-4000-8000-000000000000",
    "group_id": "00000000-0000-4000-8000-000000000000",
    "number": 1,
    "held_id": "00000000-0000-4000-8000-000000000000",
    "member_id": 1,
    "view": "organisations",
    "ending": "csv",
    "kind": "sign-ins",
    "order_id": "00000000-0000-4000-8000-000000000000",
    "view_id": "00000000-0000-4000-8000-000000000000",
    "provider_id": 1,
    "passkey_id": "AAAA",
}
HTML = "{http://www.w3.org/1999/xhtml}"


def _rules(app: Flask) -> Iterator[tuple[str, Any]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and not rule.endpoint.startswith("xapi."):
            yield rule.endpoint, rule


def _addresses(app: Flask, language: str) -> Iterator[tuple[str, str, frozenset[Role]]]:
    """Every page that can be fetched: endpoint, address, roles."""
    with app.test_request_context():
        for endpoint, rule in _rules(app):
            if "GET" in rule.methods:
                values = {name: ARGUMENTS[name] for name in rule.arguments if name != "language"}
                if "language" in rule.arguments:
                    values["language"] = language
                roles = allowed_roles(app.view_functions[endpoint])
                yield endpoint, app.url_for(endpoint, _external=False, **values), roles


def test_every_route_says_who_may_see_it(app: Flask) -> None:
    silent = {endpoint for endpoint, _ in _rules(app) if not allowed_roles(app.view_functions[endpoint])}

    assert silent == set()


def test_every_route_has_its_row_in_the_table_of_roles(app: Flask, request: pytest.FixtureRequest) -> None:
    """``pytest --write-roles tests/tracker/test_every_route.py`` writes the table again: read what it changed."""
    found = {(endpoint, frozenset(rule.methods) - {"HEAD", "OPTIONS"}) for endpoint, rule in _rules(app)}
    expected = [
        roles_table.row(endpoint, "/".join(sorted(methods)), allowed_roles(app.view_functions[endpoint]))
        for endpoint, methods in sorted(found, key=lambda one: (one[0], sorted(one[1])))
    ]
    if request.config.getoption("--write-roles"):
        roles_table.write(expected)

    assert roles_table.read() == sorted(expected, key=lambda row: (row["page"], row["method"]))


def test_administration_is_for_administrators(
    app: Flask, visitor: Visitor, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    learner = sign_in(make_learner(email="karin@forening.example"))
    pages = [(e, a) for e, a, roles in _addresses(app, "sv") if roles == {Role.ADMINISTRATOR}]
    assert pages

    for endpoint, address in pages:
        assert learner.get(address).status_code == 403, endpoint
        stranger = visitor.get(address)
        assert (stranger.status_code, "/sign-in" in stranger.location) == (302, True), endpoint


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_is_sound(
    app: Flask, language: str, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    administrator = sign_in(make_learner(email="chef@region.example", is_administrator=True))
    seen = 0
    for endpoint, address, _ in _addresses(app, language):
        response = administrator.get(address)
        if response.mimetype != "text/html" or response.status_code in {301, 302, 303}:
            continue
        seen += 1
        assert response.status_code in {200, 404, 410}, (endpoint, response.status_code)
        assert _faults(response.text, language) == [], endpoint
    assert seen > 15


def test_what_stands_behind_the_question_mark_names_no_other_page(client: FlaskClient) -> None:
    asked = "_anchor=x&_method=x&_external=1&_scheme=javascript&endpoint=x&lesson_id=2-1&meeting_id=x"

    for address in ("/sv/", "/sv/lessons/0-1", "/sv/facilitator/traff-1"):
        page = client.get(f"{address}?{asked}")
        assert page.status_code == 200, address
        english = address.replace("/sv/", "/en/")
        assert re.findall(r'hreflang="en" href="([^"?]+)', page.text) == [english]


def _faults(page: str, language: str) -> list[str]:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    document = parser.parse(page)
    found = [f"{code} at {place}" for place, code, _ in parser.errors]
    elements = list(document.iter())

    def all_of(name: str) -> list[Element]:
        return [element for element in elements if element.tag == HTML + name]

    if document.get("lang") != language:
        found.append(f"the page says lang={document.get('lang')}")
    if len(all_of("h1")) != 1:
        found.append(f"{len(all_of('h1'))} h1")
    if len(all_of("main")) != 1:
        found.append("not one main")
    title = "".join(all_of("title")[0].itertext())
    if not title or title.startswith(" – "):
        found.append("no title of its own")
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    found += [f"id {name} stands {count} times" for name, count in ids.items() if count > 1]
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for element in elements:
            found += [
                f"{attribute} points at {name}, which is not there"
                for name in (element.get(attribute) or "").split()
                if name not in ids
            ]
    found += [f"inline style on {element.tag}" for element in elements if element.get("style")]
    found += ["inline script" for element in all_of("script") if "".join(element.itertext()).strip()]
    found += [
        f"{name} on {element.tag}" for element in elements for name in element.attrib if re.fullmatch(r"on[a-z]+", name)
    ]
    found += [f"form without a token: {form.get('action')}" for form in all_of("form") if _lacks_token(form)]
    return found


def _lacks_token(form: Element) -> bool:
    if (form.get("method") or "get").lower() != "post":
        return False
    return not any(field.get("name") == "csrf_token" for field in form.iter(HTML + "input"))
