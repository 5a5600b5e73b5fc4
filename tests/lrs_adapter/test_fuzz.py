"""Whatever comes in, the answer is one of the standard's: never 5xx, and what is refused leaves nothing behind.

``python -m tests.fuzz`` sends the same to a real server, for as long as one has patience.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lrs_adapter.validation.primitives import parse_timestamp
from tests.conformance.app import create_app, create_database
from tests.lrs_adapter.conftest import Lrs

PROFILE = settings(max_examples=150)

AGENT = {"objectType": "Agent", "account": {"homePage": "https://course.example", "name": "1"}}
GROUP = {"objectType": "Group", "mbox": "mailto:g@example.com", "member": [AGENT]}
ACTIVITY = {
    "objectType": "Activity",
    "id": "https://course.example/a",
    "definition": {
        "name": {"sv": "namn"},
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "interactionType": "choice",
        "correctResponsesPattern": ["a"],
        "choices": [{"id": "a", "description": {"sv": "a"}}],
        "extensions": {"http://example.com/x": None},
    },
}
BASE: dict[str, Any] = {
    "actor": AGENT,
    "verb": {"id": "http://example.com/did", "display": {"en-GB": "did"}},
    "object": ACTIVITY,
    "result": {"score": {"scaled": 0.5, "raw": 1, "min": 0, "max": 2}, "success": True, "duration": "PT1S"},
    "context": {
        "registration": "8f1f9b1e-0d3c-4f0e-8a55-5d1f2a3b4c5d",
        "team": GROUP,
        "instructor": AGENT,
        "contextActivities": {"parent": [ACTIVITY], "other": {"id": "http://example.com/b"}},
        "statement": {"objectType": "StatementRef", "id": "8f1f9b1e-0d3c-4f0e-8a55-5d1f2a3b4c5e"},
        "language": "sv",
        "extensions": {},
    },
    "timestamp": "2026-01-01T00:00:00+02:00",
    "attachments": [
        {"usageType": "http://e.x/u", "display": {"sv": "x"}, "contentType": "a/b", "length": 1, "sha2": "0" * 64,
         "fileUrl": "http://example.com/f"}
    ],
}  # fmt: skip
SUBSTATEMENT = {**deepcopy(BASE), "objectType": "SubStatement"}
TEXT = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["", "Agent", "Group", "SubStatement", "StatementRef", "http://x", "x:", "\x00", "PT", "P1W1D", "2026-13-01T00:00Z",
     "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "mailto:a@b", "http://adlnet.gov/expapi/verbs/voided",
     "8F1F9B1E-0D3C-4F0E-8A55-5D1F2A3B4C5D", "id", "objectType"]
)  # fmt: skip
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
KNOWN = st.sampled_from([AGENT, GROUP, ACTIVITY, SUBSTATEMENT, BASE["context"], BASE["result"], BASE["verb"]])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in items:
        found += places(child, (*path, name))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good Statement in which one to three places were changed, taken away, renamed or doubled."""
    statement = deepcopy(BASE)
    if draw(st.booleans()):
        statement["object"] = deepcopy(draw(KNOWN))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(statement) or [("actor",)]))
        holder = statement
        for name in path[:-1]:
            holder = holder[name]
        match draw(st.sampled_from(["change", "known", "remove", "rename"])):
            case "change":
                holder[path[-1]] = draw(VALUE)
            case "known":
                holder[path[-1]] = deepcopy(draw(KNOWN))
            case "remove":
                del holder[path[-1]]
            case "rename" if isinstance(holder, dict):
                holder[draw(TEXT)] = holder.pop(path[-1])
            case _:
                pass
    return statement


@pytest.fixture(scope="module")
def fuzzed(empty_database: str) -> Iterator[Lrs]:
    engine = create_database(empty_database)
    yield Lrs(create_app(engine), engine)
    engine.dispose()


def encode(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


@settings(PROFILE, suppress_health_check=list(HealthCheck))
@given(statement=mutated(), version=st.sampled_from(["1.0.3", "2.0.0"]))
def test_a_mutated_statement_is_stored_as_it_is_or_refused(fuzzed: Lrs, statement: Any, version: str) -> None:
    content = encode(statement)
    answer = fuzzed("POST", "statements", data=content, content_type="application/json", version=version)
    assert answer.status_code in (200, 400, 409), answer.text
    if answer.status_code == 200:
        got = fuzzed("GET", "statements", query_string={"statementId": answer.get_json()[0]}, version=version)
        again = fuzzed("POST", "statements", data=encode({**statement, "id": answer.get_json()[0]}),
                       content_type="application/json", version=version)  # fmt: skip
        assert again.status_code == 200, again.text
        if got.status_code == 200:
            kept = got.get_json()
            for name in ("actor", "verb", "result"):
                assert kept.get(name) == orjson.loads(content).get(name)
            for wanted in ("ids", "canonical"):
                shown = fuzzed("GET", "statements", query_string={"limit": 3, "format": wanted}, version=version)
                assert shown.status_code == 200


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A Statement of which some bytes have been taken out, doubled or exchanged."""
    content = encode(draw(mutated()))
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, min(len(content), start + 40)))
    return content[:start] + draw(st.binary(max_size=20) | st.just(content[start:end] * 2)) + content[end:]


@settings(PROFILE, suppress_health_check=list(HealthCheck))
@example(content=b'{"a\xff": 1}', version="1.0.3")
@given(content=mangled(), version=st.sampled_from(["1.0.3", "2.0.0"]))
def test_a_statement_whose_bytes_were_exchanged_is_stored_or_refused(fuzzed: Lrs, content: bytes, version: str) -> None:
    answer = fuzzed("POST", "statements", data=content, content_type="application/json", version=version)
    assert answer.status_code in (200, 400, 409), answer.text


def any_request() -> st.SearchStrategy[tuple[str, str, dict[str, str], bytes, str, str | None]]:
    """Method, path, parameters, body, content type and version of xAPI."""
    return st.tuples(
        st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"]),
        st.sampled_from(
            ["statements", "statements/", "activities", "agents", "activities/state", "activities/profile",
             "agents/profile", "about", "statements/more/W10", "statements/more/" + "A" * 50, "none"]
        ),
        st.dictionaries(
            st.sampled_from(
                ["statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_agents",
                 "related_activities", "since", "until", "limit", "format", "attachments", "ascending", "activityId",
                 "stateId", "profileId", "method"]
            )
            | TEXT,
            TEXT | VALUE.map(lambda value: encode(value).decode()) | st.sampled_from(
                ["true", "exact", "http://x.y", encode(AGENT).decode(), encode(GROUP).decode(), "GET", "PUT", "1" * 30,
                 "8f1f9b1e-0d3c-4f0e-8a55-5d1f2a3b4c5d", "2026-01-01T00:00:00Z"]
            ),
            max_size=5,
        ),
        st.binary(max_size=60) | VALUE.map(encode),
        st.sampled_from(
            ["application/json", "multipart/mixed", "multipart/mixed; boundary=a", "application/x-www-form-urlencoded",
             "text/plain", "", "/", "multipart/mixed; boundary=\"", "application/json; charset=latin-1"]
        ),
        st.sampled_from(["1.0.3", "2.0.0", "1.0", "9", None]),
    )  # fmt: skip


@settings(PROFILE, suppress_health_check=list(HealthCheck))
@given(request=any_request())
def test_any_request_gets_an_answer_of_the_standard(
    fuzzed: Lrs, request: tuple[str, str, dict[str, str], bytes, str, str | None]
) -> None:
    method, path, parameters, body, content_type, version = request
    answer = fuzzed(method, path, query_string=parameters, data=body, content_type=content_type, version=version)
    assert answer.status_code < 500, answer.text


@settings(PROFILE)
@given(TEXT | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", fullmatch=True))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    moment = parse_timestamp(text)
    assert moment is None or moment.utcoffset() is not None
