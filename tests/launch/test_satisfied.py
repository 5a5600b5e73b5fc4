"""When an AU, a block and a course are satisfied, and that it is said once, in time (cmi5 9.3.7, 9.3.9, 13.1.4)."""

from itertools import permutations
from typing import Any

import pytest

from tests.launch import packages
from tests.launch.conftest import CMI5, MOVE_ON, SESSION, Api, Lrs
from tests.launch.packages import PUBLISHER, au, block, course, zipped

REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"


@pytest.mark.parametrize(
    ("move_on", "said", "satisfied"),
    [
        ("Completed", ["completed"], True),
        ("Completed", ["passed"], False),
        ("Passed", ["completed"], False),
        ("Passed", ["failed"], False),
        ("Passed", ["passed"], True),
        ("CompletedOrPassed", ["completed"], True),
        ("CompletedOrPassed", ["passed"], True),
        ("CompletedOrPassed", ["failed"], False),
        ("CompletedAndPassed", ["completed"], False),
        ("CompletedAndPassed", ["passed"], False),
        ("CompletedAndPassed", ["completed", "passed"], True),
        ("CompletedAndPassed", ["passed", "completed"], True),
    ],
)
def test_an_au_is_satisfied_as_move_on_says(api: Api, lrs: Lrs, move_on: str, said: list[str], satisfied: bool) -> None:
    one = api.launch(api.add(packages.one_au(moveOn=move_on))).begin()
    for verb in said:
        one.send(verb)

    found = api.registration(one.launched["registration"])

    assert (found["aus"][0]["satisfied"], found["satisfied"]) == (satisfied, satisfied)
    assert lrs.verbs(one.launched["registration"])[2:] == [*said, *(["satisfied"] if satisfied else [])]


def test_satisfied_is_said_of_the_block_then_of_the_course(api: Api, lrs: Lrs) -> None:
    made = api.add(zipped(course(block("a", au("ett", moveOn="Completed"), block("b", au("två", moveOn="Completed"))))))
    first = api.launch(made).begin()
    registration = first.launched["registration"]
    first.send("completed")
    first.send("terminated")
    assert "satisfied" not in lrs.verbs(registration)

    second = api.launch(made, 1, registration=registration).begin()
    second.send("completed")

    told = [one for one in lrs.statements(registration) if one["verb"]["id"].endswith("/satisfied")]
    grouping = [one["context"]["contextActivities"]["grouping"][0]["id"] for one in told]
    assert grouping == [f"{PUBLISHER}/block/b", f"{PUBLISHER}/block/a", PUBLISHER]
    kinds = [one["object"]["definition"]["type"].rpartition("/")[2] for one in told]
    assert kinds == ["block", "block", "course"]
    assert {one["context"]["extensions"][SESSION] for one in told} == {second.session_id}
    ids = [one["object"]["id"] for one in told]
    assert len({*ids, *grouping}) == 6, "ours and the publisher's ids are all different"
    assert ids[2] == made["lms_id"]
    for one in told:
        assert one["context"]["contextActivities"]["category"][0]["id"] == CMI5


def test_satisfied_is_there_when_the_answer_comes(api: Api, lrs: Lrs) -> None:
    one = api.launch(api.add(packages.one_au(moveOn="Completed"))).begin()
    completed = one.statement("completed")

    assert one.put(completed).status_code == 204
    assert lrs.verbs(one.launched["registration"])[-1] == "satisfied"
    one.put(completed)
    one.send("passed")
    one.send("terminated")
    assert lrs.verbs(one.launched["registration"]).count("satisfied") == 1


def test_what_asks_for_nothing_is_satisfied_at_registration(api: Api, lrs: Lrs) -> None:
    made = api.add(zipped(course(block("a", au("ett")), au("två", moveOn="NotApplicable"))))
    one = api.launch(made)
    registration = one.launched["registration"]

    assert lrs.verbs(registration) == ["satisfied", "satisfied", "launched"]
    assert api.registration(registration)["satisfied"] is True
    sessions = {each["context"]["extensions"][SESSION] for each in lrs.statements(registration)[:2]}
    assert one.session_id not in sessions
    api.launch(made, 1, registration=registration)
    assert lrs.verbs(registration).count("satisfied") == 2


def test_waiving_counts_and_says_why(api: Api, lrs: Lrs) -> None:
    made = api.add(zipped(course(au("ett", moveOn="Passed"), au("två", moveOn="Passed"))))
    one = api.launch(made).begin()
    registration = one.launched["registration"]

    answer = api.send("POST", f"/registrations/{registration}/aus/0/waive", {"reason": "Administrative"})
    assert answer.status_code == 201
    assert answer.json == {
        "registration": registration,
        "au_index": 0,
        "session_id": answer.json["session_id"],
        "reason": "Administrative",
        "satisfied": True,
        "course_satisfied": False,
    }
    waived = lrs.statements(registration)[-1]
    assert waived["verb"]["id"].endswith("/waived")
    assert waived["result"] == {"success": True, "completion": True, "extensions": {REASON: "Administrative"}}
    assert waived["object"]["id"] == made["aus"][0]["lms_id"]
    assert {each["id"] for each in waived["context"]["contextActivities"]["category"]} == {CMI5, MOVE_ON}
    session = waived["context"]["extensions"][SESSION]
    assert session == answer.json["session_id"] != one.session_id

    last = api.send("POST", f"/registrations/{registration}/aus/1/waive", {"reason": "Tested Out"})
    assert last.json["course_satisfied"] is True
    told = lrs.statements(registration)[-1]
    assert told["verb"]["id"].endswith("/satisfied")
    assert told["context"]["extensions"][SESSION] == last.json["session_id"]


def test_what_is_satisfied_is_not_waived(api: Api, lrs: Lrs) -> None:
    made = api.add(zipped(course(au("ett", moveOn="Passed"), au("två"))))
    registration = api.launch(made).launched["registration"]
    path = f"/registrations/{registration}/aus"
    api.send("POST", f"{path}/0/waive", {"reason": "Administrative"})

    for index in (0, 1):
        answer = api.send("POST", f"{path}/{index}/waive", {"reason": "Administrative"})
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "already_satisfied")
    assert lrs.verbs(registration).count("waived") == 1
    for body in ({}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 201}, {"reason": "två\nrader"}, []):
        assert api.send("POST", f"{path}/0/waive", body).status_code == 422
    assert api.send("POST", f"{path}/2/waive", {"reason": "Administrative"}).status_code == 404


@pytest.mark.parametrize("order", list(permutations(["completed", "passed", "terminated"]))[:2])
def test_one_request_with_all_of_a_session_counts_too(api: Api, lrs: Lrs, order: tuple[str, ...]) -> None:
    one = api.launch(api.add(packages.one_au(moveOn="CompletedAndPassed"))).sit_down()
    statements: list[dict[str, Any]] = [one.statement("initialized"), *(one.statement(verb) for verb in order)]
    if order[-1] == "terminated":
        assert one.post(*statements).status_code == 200
        assert api.registration(one.launched["registration"])["satisfied"] is True
        assert lrs.verbs(one.launched["registration"])[-1] == "satisfied"
    else:
        assert one.post(*statements).status_code == 403
        assert lrs.verbs(one.launched["registration"]) == ["launched"]


def test_a_score_is_told_scaled(api: Api) -> None:
    one = api.launch(api.add(packages.one_au(moveOn="Passed"))).begin()
    one.send("passed", score={"raw": 15, "min": 10, "max": 20})

    assert api.registration(one.launched["registration"])["aus"][0]["score"] == 0.5
