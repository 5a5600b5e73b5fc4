"""Another system that imports and launches, and an AU that talks: both over HTTP, as they would."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lrs_adapter.credentials import create_credential
from tests.launch import packages
from tracker.api.tokens import TokenScope, create_token

ACTOR = {"account": {"homePage": "https://portal.example", "name": "4711"}}
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
ADL = "http://adlnet.gov/expapi/verbs/"
W3ID = "https://w3id.org/xapi/adl/verbs/"
RESULTS: dict[str, dict[str, Any]] = {
    "initialized": {},
    "terminated": {"duration": "PT10S"},
    "completed": {"completion": True, "duration": "PT9S"},
    "passed": {"success": True, "duration": "PT9S"},
    "failed": {"success": False, "duration": "PT9S"},
}


@dataclass
class Api:
    """``/api/v1`` with a token."""

    client: FlaskClient
    token: str

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            more["json"] = body
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def upload(self, package: bytes | str, media_type: str | None = None) -> TestResponse:
        content = package.encode() if isinstance(package, str) else package
        kind = media_type or ("text/xml" if isinstance(package, str) else "application/zip")
        return self.send("POST", "/courses?filename=kurs.zip", data=content, content_type=kind)

    def add(self, package: bytes | str) -> dict[str, Any]:
        answer = self.upload(package)
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def launch(self, course: dict[str, Any], index: int = 0, **body: Any) -> "Au":
        answer = self.send("POST", f"/courses/{course['id']}/aus/{index}/launch", {"actor": ACTOR, **body})
        assert answer.status_code == 201, answer.text
        return Au(self.client, dict(answer.json))

    def registration(self, registration: str) -> dict[str, Any]:
        answer = self.send("GET", f"/registrations/{registration}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json)


@dataclass
class Au:
    """What runs in the browser of somebody who has opened a part of a course."""

    client: FlaskClient
    launched: dict[str, Any]
    token: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    clock: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def parameters(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.launched["launch_url"]).query).items()}

    @property
    def actor(self) -> dict[str, Any]:
        return dict(json.loads(self.parameters["actor"]))

    @property
    def session_id(self) -> str:
        return str(self.launched["session_id"])

    def open(self) -> TestResponse:
        """The page that the browser is led to."""
        with self.client.get(self.launched["launch_url"].removeprefix("http://localhost"), buffered=True) as answer:
            return answer

    def fetch(self) -> TestResponse:
        return self.client.post(urlsplit(self.parameters["fetch"]).path)

    def request(self, method: str, resource: str, **more: Any) -> TestResponse:
        headers = {"X-Experience-API-Version": "1.0.3", **more.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Basic {self.token}"
        path = urlsplit(self.parameters["endpoint"]).path
        return self.client.open(path + resource, method=method, headers=headers, **more)

    def state(self, method: str = "GET", state_id: str | None = "LMS.LaunchData", **changed: Any) -> TestResponse:
        query = {
            "activityId": self.parameters["activityId"],
            "agent": self.parameters["actor"],
            "registration": self.parameters["registration"],
            **({"stateId": state_id} if state_id else {}),
        }
        body = changed.pop("body", None)
        query = {name: value for name, value in {**query, **changed}.items() if value is not None}
        return self.request(method, "activities/state", query_string=query, json=body)

    def preferences(self, method: str = "GET", profile_id: str = "cmi5LearnerPreferences", **more: Any) -> TestResponse:
        agent = more.pop("agent", self.parameters["actor"])
        query = {"profileId": profile_id} | ({"agent": agent} if agent else {})
        return self.request(method, "agents/profile", query_string=query, **more)

    def begin(self) -> "Au":
        """As the standard has it, until the learner can begin."""
        self.sit_down()
        self.send("initialized")
        return self

    def sit_down(self) -> "Au":
        self.token = str(self.fetch().json["auth-token"])
        self.data = dict(self.state().json)
        assert self.preferences().status_code == 200
        return self

    def statement(self, verb: str, **changed: Any) -> dict[str, Any]:
        """A right one. A verb with ``:`` in it is used as it is, and what it says is cmi5-allowed."""
        self.clock += timedelta(milliseconds=10)
        template = self.data.get("contextTemplate", {})
        context: dict[str, Any] = json.loads(json.dumps(template))
        context["registration"] = self.parameters["registration"]
        result = dict(RESULTS.get(verb, {}))
        if ":" not in verb:
            category = [{"id": CMI5}, {"id": MOVE_ON}] if {"success", "completion"} & result.keys() else [{"id": CMI5}]
            context.setdefault("contextActivities", {})["category"] = category
        if verb in ("passed", "failed") and "masteryScore" in self.data:
            context["extensions"][MASTERY] = self.data["masteryScore"]
        made: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "timestamp": self.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "actor": self.actor,
            "verb": {"id": verb if ":" in verb else ADL + verb},
            "object": {"id": self.parameters["activityId"]},
            "context": context,
        }
        if result:
            made["result"] = result
        return {**made, **changed}

    def put(self, statement: dict[str, Any]) -> TestResponse:
        return self.request("PUT", "statements", query_string={"statementId": statement["id"]}, json=statement)

    def post(self, *statements: dict[str, Any]) -> TestResponse:
        return self.request("POST", "statements", json=list(statements))

    def send(self, verb: str, **result: Any) -> dict[str, Any]:
        """It is right, and is stored. ``result``: more than the verb asks for."""
        made = self.statement(verb)
        if result:
            made["result"] = {**made.get("result", {}), **result}
        answer = self.put(made)
        assert answer.status_code == 204, answer.text
        return made


@dataclass
class Lrs:
    """The LRS for one who may read all."""

    client: FlaskClient
    basic: str

    def get(self, resource: str, **query: str) -> TestResponse:
        headers = {"Authorization": f"Basic {self.basic}", "X-Experience-API-Version": "1.0.3"}
        return self.client.get(f"/xapi/{resource}", query_string=query, headers=headers)

    def statements(self, registration: str) -> list[dict[str, Any]]:
        """In the order that they were stored."""
        answer = self.get("statements", registration=registration, ascending="true")
        assert answer.status_code == 200, answer.text
        return list(answer.json["statements"])

    def verbs(self, registration: str) -> list[str]:
        """The last word of each verb."""
        return [one["verb"]["id"].rpartition("/")[2] for one in self.statements(registration)]


@pytest.fixture
def api(app: Flask, db: Session) -> Api:
    _, token = create_token(db, name="portal", scopes=[TokenScope.COURSES], now=datetime.now(UTC))
    db.commit()
    return Api(app.test_client(), token)


@pytest.fixture
def lrs(app: Flask, db: Session) -> Lrs:
    made = create_credential(db, name="reader", home_page="http://localhost/xapi", now=datetime.now(UTC))
    db.commit()
    return Lrs(app.test_client(), made.basic)


@pytest.fixture
def launched(api: Api) -> Callable[..., Au]:
    """An AU of a new course, begun: ``launched(moveOn="Passed", masteryScore="0.8")``."""

    def make(mode: str = "Normal", **attributes: str) -> Au:
        course = api.add(packages.one_au(**{"moveOn": "CompletedAndPassed", **attributes}))
        return api.launch(course, launch_mode=mode).begin()

    return make


@pytest.fixture
def imported(api: Api) -> dict[str, Any]:
    return api.add(packages.one_au(moveOn="CompletedAndPassed", masteryScore="0.8"))


@pytest.fixture
def au(api: Api, imported: dict[str, Any]) -> Au:
    return api.launch(imported)


def refused(answer: Any) -> str:
    """The id of the requirement that a 403 names."""
    assert answer.status_code == 403, answer.text
    return str(answer.json["requirement"])
