"""State and profile documents beyond what the conformance suite asks (xAPI 1.0.3 Communication 2.2, 2.3, 3.1)."""

from hashlib import sha1
from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.conformance.app import create_app
from tests.lrs_adapter.conftest import Lrs

AGENT = '{"mbox":"mailto:a@example.com"}'
STATE = {"activityId": "https://course.example/lesson/1", "agent": AGENT, "stateId": "bookmark"}
PATHS = {
    "activities/state": STATE,
    "activities/profile": {"activityId": "https://course.example/lesson/1", "profileId": "bookmark"},
    "agents/profile": {"agent": AGENT, "profileId": "bookmark"},
}


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_any_bytes_come_back_with_their_type(lrs: Lrs, path: str) -> None:
    content = bytes(range(256))
    new = {"If-None-Match": "*"}
    answer = lrs("PUT", path, query_string=PATHS[path], data=content, content_type="image/x-odd; a=b", headers=new)
    assert answer.status_code == 204
    got = lrs("GET", path, query_string=PATHS[path])
    assert got.get_data() == content
    assert got.content_type == "image/x-odd; a=b"
    assert got.headers["ETag"] == f'"{sha1(content).hexdigest()}"'
    assert got.headers["Content-Security-Policy"] == "sandbox"
    head = lrs("HEAD", path, query_string=PATHS[path])
    assert (head.status_code, head.get_data(), head.headers["ETag"]) == (200, b"", got.headers["ETag"])


def test_a_merge_keeps_every_member_in_its_own_words(lrs: Lrs, path: str) -> None:
    """Communication 2.2: top-level members are replaced whole."""
    parameters = PATHS[path]
    for text in (b'{"a":1.10,"b":{"x":1,"y":2}}', b'{"b":{"z":12345678901234567890123},"c":"\\u00e5"}'):
        assert lrs("POST", path, query_string=parameters, data=text, content_type="application/json").status_code == 204
    got = lrs("GET", path, query_string=parameters)
    assert got.get_data() == b'{"a":1.10,"b":{"z":12345678901234567890123},"c":"\\u00e5"}'


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("text/plain", b"x"), ("application/json", b"{}")),
        (("application/json", b"{}"), ("text/plain", b"{}")),
        (("application/json", b"[1]"), ("application/json", b"{}")),
        (("application/json", b"{}"), ("application/json", b"[1]")),
    ],
)
def test_only_json_objects_merge(lrs: Lrs, path: str, first: tuple[str, bytes], second: tuple[str, bytes]) -> None:
    new = {"If-None-Match": "*"}
    lrs("PUT", path, query_string=PATHS[path], content_type=first[0], data=first[1], headers=new)
    assert lrs("POST", path, query_string=PATHS[path], content_type=second[0], data=second[1]).status_code == 400
    assert lrs("GET", path, query_string=PATHS[path]).get_data() == first[1]


def test_json_that_is_none_is_refused(lrs: Lrs, path: str) -> None:
    for text in (b"", b"{", b'{"a":1,"a":2}', b"\xff"):
        answer = lrs("POST", path, query_string=PATHS[path], data=text, content_type="application/json")
        assert answer.status_code == 400
    assert lrs("GET", path, query_string=PATHS[path]).status_code == 404


def test_a_change_must_name_the_state_it_changes(lrs: Lrs, path: str) -> None:
    """Communication 3.1."""
    parameters: Any = PATHS[path]

    def put(content: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return lrs("PUT", path, query_string=parameters, data=content, headers=named, version="2.0.0").status_code

    assert put(b"1", If_Match='"nothing"') == 412
    assert put(b"1", If_None_Match="*") == 204
    assert put(b"2", If_None_Match="*") == 412
    assert put(b"2") == 409
    etag = lrs("GET", path, query_string=parameters).headers["ETag"]
    assert put(b"2", If_Match=f'W/"other", {etag}') == 204
    assert put(b"3", If_Match=etag) == 412
    assert lrs("DELETE", path, query_string=parameters, headers={"If-Match": etag}).status_code == 412
    assert lrs("GET", path, query_string=parameters).get_data() == b"2"


def test_states_of_registrations_are_apart_and_found_together(lrs: Lrs) -> None:
    """Communication 2.3."""
    one, other = str(uuid4()), str(uuid4())
    for registration in (None, one, other):
        within = {**STATE, **({"registration": registration} if registration else {})}
        lrs("PUT", "activities/state", query_string=within, data=str(registration).encode())
    assert lrs("GET", "activities/state", query_string=STATE).get_data() == b"None"
    context = {name: value for name, value in STATE.items() if name != "stateId"}
    assert lrs("DELETE", "activities/state", query_string={**context, "registration": one}).status_code == 204
    assert lrs("GET", "activities/state", query_string={**STATE, "registration": one}).status_code == 404
    assert lrs("GET", "activities/state", query_string={**STATE, "registration": other}).get_data() == other.encode()
    assert lrs("GET", "activities/state", query_string={**context, "registration": other}).get_json() == ["bookmark"]
    lrs("DELETE", "activities/state", query_string=context)
    assert lrs("GET", "activities/state", query_string=context).get_json() == []


def test_a_person_has_every_name_that_came_with_the_identifier(lrs: Lrs, statement: Any) -> None:
    """Communication 2.4."""
    for name in ("Anna", "Anna A", "Anna"):
        lrs.store(statement(actor={"mbox": "mailto:a@example.com", "name": name}))
    lrs.store(statement(actor={"mbox": "mailto:b@example.com", "name": "Bo"}))
    got = lrs("GET", "agents", query_string={"agent": AGENT}).get_json()
    assert got == {"objectType": "Person", "mbox": ["mailto:a@example.com"], "name": ["Anna", "Anna A"]}


def test_an_activity_is_what_was_last_told_of_it(lrs: Lrs, statement: Any) -> None:
    """Communication 2.5."""
    activity = "https://course.example/lesson/8"
    parameters = {"activityId": activity}
    assert lrs("GET", "activities", query_string=parameters).get_json() == {"objectType": "Activity", "id": activity}
    for definition in ({"name": {"sv": "Ett"}}, {"name": {"en": "One"}}, {"name": {"sv": "Första"}}):
        lrs.store(statement(object={"id": activity, "definition": definition}))
    got = lrs("GET", "activities", query_string=parameters).get_json()
    assert got["definition"] == {"name": {"sv": "Första", "en": "One"}}


def test_content_of_other_sites_may_call(lrs: Lrs) -> None:
    """CORS: credentials come in a header that the caller itself sets, so any site may ask."""
    asked = {"Origin": "https://content.example", "Access-Control-Request-Method": "PUT"}
    answer = lrs.client.options("/xapi/activities/state", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
    refused = lrs.client.get("/xapi/statements", headers=asked)
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "*", "the caller must be able to read why"


def test_a_whole_request_may_stand_in_a_form(lrs: Lrs) -> None:
    """Communication 1.3."""
    form = {
        "Authorization": f"Basic {lrs.key}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
        "If-None-Match": "*",
        "content": '{"å":"+&="}',
        **STATE,
    }
    client = create_app(lrs.engine).test_client()
    assert client.post("/xapi/activities/state?method=PUT", data=form).status_code == 204
    assert lrs("GET", "activities/state", query_string=STATE).get_data() == '{"å":"+&="}'.encode()
    assert client.post("/xapi/activities/state?method=PUT", data=form).status_code == 412
    assert client.post("/xapi/activities/state?method=PUT&stateId=x", data=form).status_code == 400
    assert client.post("/xapi/activities/state?method=PATCH", data=form).status_code == 400
    for value in ("text/plain\r\nSet-Cookie: a=b", "text/plain; x=\u20ac", "text/plain\x01", "x" * 8_191):
        changed = {**form, "Content-Type": value, "stateId": "other"}
        assert client.post("/xapi/activities/state?method=PUT", data=changed).status_code == 400
    reading = {name: value for name, value in form.items() if name != "content"}
    del reading["If-None-Match"]
    got = client.post("/xapi/activities/state?method=GET", data=reading)
    assert orjson.loads(got.get_data()) == {"å": "+&="}


def test_a_method_that_a_resource_has_not_is_named(lrs: Lrs) -> None:
    answer = lrs("DELETE", "statements")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST, PUT"
