"""The courses API as such: who may ask, how it answers, and that its description is true."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import jsonschema
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.launch import packages
from tests.launch.conftest import ACTOR, Api
from tracker.api.tokens import create_token, list_tokens, revoke_token
from tracker.audit import services as audit
from tracker.audit.models import AuditEntry
from tracker.launch.models import ImportedCourse
from tracker.launch.registering import register_learner
from tracker.learners.models import Learner

NOBODY = "00000000-0000-4000-8000-000000000000"
ADDRESSES = [
    ("GET", "/about"),
    ("POST", "/courses"),
    ("GET", f"/courses/{NOBODY}"),
    ("DELETE", f"/courses/{NOBODY}"),
    ("POST", f"/courses/{NOBODY}/aus/0/launch"),
    ("POST", f"/registrations/{NOBODY}/aus/0/waive"),
    ("GET", f"/registrations/{NOBODY}"),
    ("POST", f"/sessions/{NOBODY}/abandon"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_only_a_good_token_opens_it(app: Flask, api: Api, db: Session, method: str, path: str) -> None:
    client = app.test_client()
    [row] = list_tokens(db)
    db.commit()
    for header in (None, "Bearer nonsense", f"Basic {api.token}", f"Bearer  {api.token}x"):
        answer = client.open(f"/api/v1{path}", method=method, headers={"Authorization": header} if header else {})
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthorized")
        assert "Set-Cookie" not in answer.headers
    revoke_token(db, row, now=datetime.now(UTC))
    db.commit()
    assert api.send(method, path).status_code == 401


def test_a_token_opens_only_what_its_scope_says(api: Api, db: Session) -> None:
    _, secret = create_token(db, name="annat", scopes=[], now=datetime.now(UTC))
    db.commit()
    api.token = secret

    answer = api.send("GET", "/about")

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")


def test_the_token_itself_is_kept_nowhere(api: Api, db: Session) -> None:
    [kept] = list_tokens(db)

    assert api.token.encode() not in kept.token_hash
    assert api.token not in (kept.name, kept.scopes)


def test_about(api: Api) -> None:
    answer = api.send("GET", "/about").json

    assert answer["xapi"] == {"endpoint": "http://localhost/xapi", "versions": ["1.0.3", "2.0.0"]}
    assert answer["capabilities"] == {"waive": True, "abandon": True}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "//about", 404, "not_found"),
        ("GET", "/courses/7", 404, "not_found"),
        ("GET", f"/courses/{NOBODY}", 404, "not_found"),
        ("DELETE", f"/courses/{NOBODY}", 404, "not_found"),
        ("POST", f"/courses/{NOBODY}/aus/0/launch", 404, "not_found"),
        ("GET", f"/registrations/{NOBODY}", 404, "not_found"),
        ("POST", f"/registrations/{NOBODY}/aus/0/waive", 404, "not_found"),
        ("POST", f"/sessions/{NOBODY}/abandon", 404, "not_found"),
        ("GET", "/courses", 405, "method_not_allowed"),
        ("PUT", f"/courses/{NOBODY}", 405, "method_not_allowed"),
    ],
)
def test_errors_are_json_without_cookie_or_redirect(api: Api, method: str, path: str, status: int, code: str) -> None:
    answer = api.send(method, path, {})

    assert (answer.status_code, answer.mimetype, answer.json["error"]["code"]) == (status, "application/json", code)
    assert answer.json["error"]["message"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"actor": {}},
        {"actor": {"mbox": "mailto:karin@forening.example"}},
        {"actor": {**ACTOR, "mbox": "mailto:karin@forening.example"}},
        {"actor": {**ACTOR, "objectType": "Group"}},
        {"actor": {"account": {"homePage": "portal", "name": "4711"}}},
        {"actor": {"account": {"homePage": "https://portal.example", "name": " "}}},
        {"actor": {"account": {"homePage": "https://portal.example", "name": 4711}}},
        {"actor": ACTOR, "registration": "4711"},
        {"actor": ACTOR, "registration": 4711},
        {"actor": ACTOR, "launch_mode": "normal"},
        {"actor": ACTOR, "return_url": "javascript:alert(1)"},
        {"actor": ACTOR, "return_url": "/kurs"},
        {"actor": ACTOR, "return_url": ["https://portal.example"]},
    ],
)
def test_a_wrong_launch_is_refused_and_nothing_begins(api: Api, body: Any) -> None:
    course = api.add(packages.one_au())

    answer = api.send("POST", f"/courses/{course['id']}/aus/0/launch", body)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_request")


def test_every_fault_of_a_launch_is_told(api: Api) -> None:
    course = api.add(packages.one_au())

    answer = api.send("POST", f"/courses/{course['id']}/aus/0/launch", {"registration": "x", "launch_mode": "y"})

    assert [one["place"] for one in answer.json["error"]["details"]] == ["actor.account", "registration", "launch_mode"]


def test_a_file_name_can_be_anything(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    for name in ("%00", "%ff%fe", "..%2F..%2Fx", "x" * 3_000):
        answer = api.client.post(
            f"/api/v1/courses?filename={name}", data=packages.one_au(), content_type="application/zip", headers=headers
        )
        assert answer.status_code == 201, name


def test_broken_json_is_told(api: Api) -> None:
    course = api.add(packages.one_au())

    answer = api.send("POST", f"/courses/{course['id']}/aus/0/launch", data=b"{", content_type="application/json")

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_request")


def test_json_past_the_limit_is_told_in_chunks_too(app: Flask, api: Api) -> None:
    course = api.add(packages.one_au())
    body = b'{"actor": "' + b"x" * app.config["MAX_CONTENT_LENGTH"]
    chunked = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True}
    answer = api.send("POST", f"/courses/{course['id']}/aus/0/launch", environ_overrides=chunked)

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")


def test_there_is_no_au_past_the_last(api: Api) -> None:
    course = api.add(packages.one_au())

    assert api.send("POST", f"/courses/{course['id']}/aus/1/launch", {"actor": ACTOR}).status_code == 404


def test_a_registration_is_made_used_and_kept_to_its_course_and_actor(api: Api) -> None:
    course, other = api.add(packages.one_au()), api.add(packages.one_au())
    wanted = str(uuid.uuid4())

    assert api.launch(course, registration=wanted).launched["registration"] == wanted
    assert api.launch(course, registration=wanted.upper()).launched["registration"] == wanted
    assert api.launch(course).launched["registration"] != wanted

    somebody = {"account": {"homePage": "https://portal.example", "name": "4712"}}
    for path, body in (
        (f"/courses/{other['id']}/aus/0/launch", {"actor": ACTOR, "registration": wanted}),
        (f"/courses/{course['id']}/aus/0/launch", {"actor": somebody, "registration": wanted}),
    ):
        answer = api.send("POST", path, body)
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "registration_conflict")


def test_a_registration_tells_how_far_somebody_has_come(api: Api) -> None:
    course = api.add(packages.one_au(moveOn="Completed"))
    au = api.launch(course).begin()

    assert api.registration(au.launched["registration"]) == {
        "registration": au.launched["registration"],
        "course_id": course["id"],
        "actor": {"objectType": "Agent", **ACTOR},
        "satisfied": False,
        "aus": [
            {
                "index": 0,
                "completed": False,
                "passed": False,
                "failed": False,
                "waived": False,
                "satisfied": False,
            }
        ],
    }


def test_a_deleted_course_is_gone_with_its_registrations_and_sessions(api: Api, settings: Any) -> None:
    course = api.add(packages.one_au())
    au = api.launch(course)
    assert list(settings.package_folder.iterdir())

    assert api.send("DELETE", f"/courses/{course['id']}").status_code == 204

    assert list(settings.package_folder.iterdir()) == []
    assert api.send("DELETE", f"/courses/{course['id']}").status_code == 404
    assert api.send("GET", f"/courses/{course['id']}").status_code == 404
    assert api.send("GET", f"/registrations/{au.launched['registration']}").status_code == 404
    assert api.send("POST", f"/sessions/{au.session_id}/abandon", {}).status_code == 404


def test_the_description_is_true(api: Api) -> None:
    document = api.client.get("/api/v1/openapi.json").json

    def fits(name: str, answer: Any) -> None:
        jsonschema.validate(answer, {"$ref": f"#/components/schemas/{name}", "components": document["components"]})

    course = api.add(packages.one_au(moveOn="Completed", masteryScore="0.5"))
    au = api.launch(course)
    fits("About", api.send("GET", "/about").json)
    fits("Course", course)
    fits("Launch", au.launched)
    fits("Registration", api.registration(au.launched["registration"]))
    path = f"/registrations/{au.launched['registration']}/aus/0/waive"
    fits("Waived", api.send("POST", path, {"reason": "Administrative"}).json)
    fits("Abandoned", api.send("POST", f"/sessions/{au.session_id}/abandon", {}).json)
    fits("Problem", api.send("GET", f"/courses/{NOBODY}").json)
    described = {
        (method.upper(), f"/api/v1{path}".replace("{id}", "*").replace("{index}", "*"))
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert len(described) == len(ADDRESSES)


def test_who_asks_about_one_of_our_learners_is_written_down(
    api: Api, imported: dict[str, Any], db: Session, make_learner: Callable[..., Learner]
) -> None:
    learner, course = (
        make_learner(email="karin@forening.example"),
        db.get_one(ImportedCourse, uuid.UUID(imported["id"])),
    )
    ours = register_learner(db, course, learner, base_url="http://localhost", now=NOW).id
    [token] = list_tokens(db)
    db.commit()
    theirs = api.launch(imported).parameters["registration"]

    api.registration(theirs)
    api.registration(str(ours))
    assert api.send("POST", f"/registrations/{ours}/aus/0/waive", {"reason": "Administrative"}).status_code == 201

    entries = db.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [(one.action, one.via) for one in entries] == [("registration-seen", "api"), ("part-waived", "api")]
    assert [[one.subject] for one in entries] == [audit.refs_of(db, learner)] * 2
    assert all(f'"token":"{token.id}"' in one.details for one in entries)
