"""Each rule on what an AU says: refused with 403 and the requirement's id, and nothing is stored."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.launch.conftest import ADL, CMI5, MASTERY, MOVE_ON, SESSION, Au, Lrs

Change = Callable[[dict[str, Any]], Any]
EXPERIENCED = f"{ADL}experienced"


def _refused(answer: Any) -> str:
    assert answer.status_code == 403, answer.text
    assert "WWW-Authenticate" not in answer.headers
    return str(answer.json["requirement"])


def _category(statement: dict[str, Any]) -> list[dict[str, str]]:
    return statement["context"]["contextActivities"].setdefault("category", [])


WRONG: list[tuple[str, str, Change]] = [
    ("9.7.0.0-1 (d)", EXPERIENCED, lambda s: s.pop("timestamp")),
    ("9.7.0.0-2 (d)", EXPERIENCED, lambda s: s.update(timestamp=s["timestamp"].replace("Z", "+01:00"))),
    ("9.2.0.0-2", "passed", lambda s: s["actor"].update(objectType="Group")),
    ("9.2.0.0-3", "passed", lambda s: s.update(actor={"mbox": "mailto:karin@forening.example"})),
    ("8.1.3.0-3 (d)", EXPERIENCED, lambda s: s["actor"]["account"].update(name="4712")),
    ("6.3.0.0-1", f"{ADL}voided", lambda s: s.update(object={"objectType": "StatementRef", "id": s["id"]})),
    ("8.1.5.0-6 (d)", "passed", lambda s: s["object"].update(id="https://forlag.example/annat")),
    ("9.6.0.0-1 (d)", "passed", lambda s: s.pop("context")),
    ("10.2.1.0-6 (d)", EXPERIENCED, lambda s: s.pop("context")),
    ("9.6.1.0-1 (d)", "passed", lambda s: s["context"].pop("registration")),
    (
        "9.6.1.0-1 (d)",
        "passed",
        lambda s: s["context"].update(registration="ccaf384c-f8d4-4e7a-8304-49af58f0b176"),
    ),
    ("8.1.4.0-3 (d)", EXPERIENCED, lambda s: s["context"].pop("registration")),
    ("9.6.3.1-4 (d)", EXPERIENCED, lambda s: s["context"]["extensions"].pop(SESSION)),
    ("9.6.3.1-4 (d)", "passed", lambda s: s["context"]["extensions"].update({SESSION: "annan"})),
    ("9.6.2.0-1 (d)", "passed", lambda s: s["context"]["contextActivities"].pop("grouping")),
    ("10.2.1.0-6 (d)", EXPERIENCED, lambda s: s["context"]["contextActivities"].pop("grouping")),
    ("9.5.3.0-2 (d)", "passed", lambda s: s["result"].update(completion=True)),
    ("9.5.2.0-3 (d)", "completed", lambda s: s["result"].update(success=True)),
    ("9.5.3.0-1 (d1)", "completed", lambda s: s["result"].pop("completion")),
    ("9.5.3.0-1 (d1)", "completed", lambda s: s["result"].update(completion=False)),
    ("9.5.1.0-2 (d)", "completed", lambda s: s["result"].update(score={"scaled": 0.5})),
    ("9.5.4.1-1 (d)", "terminated", lambda s: s.pop("result")),
    ("9.5.4.1-1 (d)", "terminated", lambda s: s["result"].pop("duration")),
    ("9.5.4.1-2 (d)", "completed", lambda s: s["result"].pop("duration")),
    ("9.5.4.1-3 (d)", "passed", lambda s: s["result"].pop("duration")),
    ("9.5.4.1-4 (d)", "failed", lambda s: s["result"].pop("duration")),
    ("9.5.2.0-1 (d1)", "passed", lambda s: s["result"].pop("success")),
    ("9.5.2.0-1 (d1)", "passed", lambda s: s["result"].update(success=False)),
    ("9.5.2.0-2 (d)", "failed", lambda s: s["result"].pop("success")),
    ("9.5.2.0-2 (d)", "failed", lambda s: s["result"].update(success=True)),
    ("9.3.4.0-2 (d2)", "passed", lambda s: s["result"].update(score={"scaled": 0.79})),
    ("9.3.5.0-2 (d)", "failed", lambda s: s["result"].update(score={"scaled": 0.8})),
    ("9.3.5.0-2 (d)", "failed", lambda s: s["result"].update(score={"scaled": 0.9})),
    ("9.5.1.0-3 (d1)", "passed", lambda s: s["result"].update(score={"raw": 9, "max": 10, "scaled": 0.9})),
    ("9.5.1.0-3 (d2)", "passed", lambda s: s["result"].update(score={"raw": 9, "min": 0, "scaled": 0.9})),
    ("9.6.2.2-1 (d1)", "completed", lambda s: _category(s).remove({"id": MOVE_ON})),
    ("9.6.2.2-1 (d2)", "passed", lambda s: _category(s).remove({"id": MOVE_ON})),
    ("9.6.2.2-1 (d3)", "failed", lambda s: _category(s).remove({"id": MOVE_ON})),
    ("9.6.2.2-2 (d)", EXPERIENCED, lambda s: _category(s).append({"id": MOVE_ON})),
    ("9.6.2.2-2 (d)", "terminated", lambda s: _category(s).append({"id": MOVE_ON})),
    (
        "9.6.3.2-2 (d)",
        "passed",
        lambda s: (s["result"].update(score={"scaled": 0.9}), s["context"]["extensions"].pop(MASTERY)),
    ),
    ("9.6.3.2-2 (d)", "passed", lambda s: s["context"]["extensions"].update({MASTERY: 0.7})),
    ("9.3.0.0-1", EXPERIENCED, lambda s: _category(s).append({"id": CMI5})),
    ("9.3.2.0-3 (d)", "initialized", lambda s: None),
    ("9.3.0.0-4 (d2)", EXPERIENCED, lambda s: s.update(timestamp="2020-02-02T17:30:00.000Z")),
]


@pytest.mark.parametrize(("requirement", "verb", "change"), WRONG, ids=lambda one: one if isinstance(one, str) else "")
def test_a_wrong_statement_is_refused(
    launched: Callable[..., Au], lrs: Lrs, requirement: str, verb: str, change: Change
) -> None:
    au = launched(masteryScore="0.8")
    before = lrs.statements(au.launched["registration"])
    statement = au.statement(verb)
    change(statement)

    assert _refused(au.put(statement)) == requirement
    assert lrs.statements(au.launched["registration"]) == before


def test_a_statement_without_an_id_is_refused(launched: Callable[..., Au]) -> None:
    au = launched()
    statement = au.statement(EXPERIENCED)
    del statement["id"]

    assert _refused(au.post(statement)) == "9.1.0.0-1 (d)"


@pytest.mark.parametrize("verb", ["launched", "abandoned", "waived", "satisfied"])
def test_what_only_the_lms_says_is_refused(launched: Callable[..., Au], verb: str) -> None:
    au = launched()
    statement = au.statement("initialized")
    statement["verb"]["id"] = (ADL if verb == "launched" else "https://w3id.org/xapi/adl/verbs/") + verb

    assert _refused(au.put(statement)) == "9.3.0.0-1"


def test_any_verb_is_allowed_without_the_category(launched: Callable[..., Au], lrs: Lrs) -> None:
    """cmi5-allowed: also "completed" of something else, and a raw score without more."""
    au = launched()
    statement = au.statement(
        f"{ADL}completed",
        object={"id": "https://forlag.example/sida/1"},
        result={"completion": True, "score": {"raw": 3}},
    )

    assert au.put(statement).status_code == 204
    assert lrs.verbs(au.launched["registration"]) == ["launched", "initialized", "completed"]


def test_one_context_activity_may_stand_without_a_list(launched: Callable[..., Au]) -> None:
    au = launched()
    statement = au.statement(EXPERIENCED)
    statement["context"]["contextActivities"]["grouping"] = statement["context"]["contextActivities"]["grouping"][0]

    assert au.put(statement).status_code == 204
