"""A session from its launch to its end, and sessions after one another (cmi5 7.1, 8, 9.3)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.launch import packages
from tests.launch.conftest import ACTOR, ADL, MASTERY, SESSION, Api, Au, Lrs, refused

EXPERIENCED = f"{ADL}experienced"
EXTENSION = "https://w3id.org/xapi/cmi5/context/extensions/"


# ---------------------------------------------------------------- the launch


def test_a_launch_has_the_five_parameters(au: Au, imported: dict[str, Any]) -> None:
    assert set(au.parameters) == {"endpoint", "fetch", "actor", "registration", "activityId"}
    assert au.actor == {"objectType": "Agent", **ACTOR}
    assert au.parameters["registration"] == au.launched["registration"]
    assert au.parameters["activityId"] == imported["aus"][0]["lms_id"] != imported["aus"][0]["publisher_id"]
    assert "%7B%22" in au.launched["launch_url"], "every value is URL-encoded"


def test_launched_and_launch_data_can_be_read_before_the_au_does_anything(
    api: Api, lrs: Lrs, imported: dict[str, Any]
) -> None:
    au = api.launch(imported, return_url="https://portal.example/kurs?id=1")
    registration = au.launched["registration"]

    [launched] = lrs.statements(registration)
    extensions = launched["context"]["extensions"]
    assert launched["verb"]["id"] == f"{ADL}launched"
    assert launched["actor"]["account"] == ACTOR["account"]
    assert launched["object"]["id"] == imported["aus"][0]["lms_id"]
    assert extensions.pop(f"{EXTENSION}launchurl") == au.launched["launch_url"].partition("?")[0]
    assert extensions == {
        SESSION: au.session_id,
        MASTERY: 0.8,
        f"{EXTENSION}launchmode": "Normal",
        f"{EXTENSION}moveon": "CompletedAndPassed",
    }
    data = lrs.get(
        "activities/state",
        activityId=au.parameters["activityId"],
        agent=au.parameters["actor"],
        registration=registration,
        stateId="LMS.LaunchData",
    )
    assert data.json == {
        "contextTemplate": {
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": imported["aus"][0]["publisher_id"]}]},
            "extensions": {SESSION: au.session_id},
        },
        "launchMode": "Normal",
        "launchMethod": "AnyWindow",
        "moveOn": "CompletedAndPassed",
        "masteryScore": 0.8,
        "returnURL": "https://portal.example/kurs?id=1",
    }


def test_what_the_author_gave_reaches_the_au(api: Api, lrs: Lrs) -> None:
    inside = "<launchParameters> Start=1 </launchParameters><entitlementKey>xyz-123</entitlementKey>"
    au = api.launch(api.add(packages.zipped(packages.course(packages.au(inside=inside)))))

    data = au.sit_down().data

    assert (data["launchParameters"], data["entitlementKey"]) == ("Start=1", {"courseStructure": "xyz-123"})
    launched = lrs.statements(au.launched["registration"])[-1]
    assert launched["context"]["extensions"][f"{EXTENSION}launchparameters"] == "Start=1"


def test_the_url_keeps_its_own_query_and_fragment(api: Api, lrs: Lrs) -> None:
    au = api.launch(api.add(packages.one_au(url="index.html?a=1&b=2#sida")))

    address = au.launched["launch_url"]
    assert "index.html?a=1&b=2&endpoint=" in address
    assert address.endswith("#sida")
    launched = lrs.statements(au.launched["registration"])[-1]
    assert launched["context"]["extensions"][f"{EXTENSION}launchurl"].endswith("index.html?a=1&b=2#sida")


def test_an_au_elsewhere_is_launched_where_it_is(api: Api) -> None:
    au = api.launch(api.add(packages.course(packages.au(url="https://innehall.example/kurs/"))))

    assert au.launched["launch_url"].startswith("https://innehall.example/kurs/?endpoint=")


def test_the_same_au_has_the_same_activity_id_in_every_launch(api: Api, imported: dict[str, Any], au: Au) -> None:
    again = api.launch(imported, registration=au.launched["registration"])

    assert again.parameters["activityId"] == au.parameters["activityId"]
    assert again.session_id != au.session_id


@pytest.mark.parametrize("method", ["OwnWindow", "AnyWindow"])
def test_the_launch_method_is_told(api: Api, method: str) -> None:
    au = api.launch(api.add(packages.one_au(launchMethod=method)))

    assert au.launched["launch_method"] == method
    assert au.sit_down().data["launchMethod"] == method


# ---------------------------------------------------------------- the token


def test_the_token_is_given_once(au: Au) -> None:
    first, second = au.fetch(), au.fetch()

    assert (first.status_code, first.mimetype, list(first.json)) == (200, "application/json", ["auth-token"])
    assert (second.status_code, second.mimetype, second.json["error-code"]) == (200, "application/json", "1")
    assert "auth-token" not in second.json


def test_an_address_that_belongs_to_no_session_gives_no_token(au: Au) -> None:
    answer = au.client.post("/launch/fetch/nobodys")

    assert (answer.status_code, answer.json["error-code"]) == (200, "2")


def test_fetching_takes_a_post(au: Au) -> None:
    assert au.client.get("/launch/fetch/nobodys").status_code == 405


def test_without_the_token_nothing_opens_and_nobody_is_asked_for_a_password(au: Au) -> None:
    for token in ("", "Y2F0YXB1bHQ6ZmlyZQ==", "%%%"):
        au.token = token
        answer = au.state()
        assert answer.status_code == 401
        assert "WWW-Authenticate" not in answer.headers


def test_the_token_opens_nothing_when_the_session_is_over(au: Au) -> None:
    au.begin()
    au.send("terminated")

    answers = [au.state(), au.preferences(), au.request("GET", "statements"), au.state("PUT", "plats", body={})]

    assert {refused(answer) for answer in answers} == {"8.1.2.0-2 (d)"}
    assert not any("WWW-Authenticate" in answer.headers for answer in answers)


def test_a_session_that_is_over_gives_no_token(api: Api, au: Au) -> None:
    api.send("POST", f"/sessions/{au.session_id}/abandon", {})

    assert au.fetch().json["error-code"] == "1"


# ---------------------------------------------------------------- the order of things


def test_nothing_comes_before_initialized(au: Au, lrs: Lrs) -> None:
    au.sit_down()

    assert refused(au.put(au.statement(EXPERIENCED))) == "9.3.0.0-4 (d2)"
    assert lrs.verbs(au.launched["registration"]) == ["launched"]


def test_initialized_waits_for_the_preferences(au: Au) -> None:
    au.token = au.fetch().json["auth-token"]
    au.data = au.state().json

    assert refused(au.put(au.statement("initialized"))) == "11.0.0.0-3 (d2)"
    au.preferences()
    assert au.put(au.statement("initialized")).status_code == 204


def test_nothing_comes_after_terminated(au: Au, lrs: Lrs) -> None:
    au.begin()
    experienced = au.send(EXPERIENCED)
    terminated = au.send("terminated")
    before = lrs.verbs(au.launched["registration"])

    for statement in (experienced, terminated, au.statement(EXPERIENCED), au.statement("completed")):
        assert refused(au.put(statement)) == "9.3.0.0-5 (d2)"
    assert lrs.verbs(au.launched["registration"]) == before


def test_terminated_is_the_last_by_its_timestamp(au: Au) -> None:
    au.begin()
    early = au.statement("terminated")
    au.send(EXPERIENCED)

    assert refused(au.put(early)) == "9.3.0.0-5 (d2)"


def test_several_at_once_are_taken_by_their_timestamps_all_or_none(au: Au, lrs: Lrs) -> None:
    au.sit_down()
    first, second, last = au.statement("initialized"), au.statement(EXPERIENCED), au.statement("terminated")
    late = au.statement(EXPERIENCED)

    assert refused(au.post(second, first, last, late)) == "9.3.0.0-5 (d2)"
    assert lrs.verbs(au.launched["registration"]) == ["launched"]
    assert au.post(last, second, first).status_code == 200
    assert refused(au.put(late)) == "9.3.0.0-5 (d2)"


def test_what_is_sent_again_because_the_answer_was_lost_counts_once(au: Au, api: Api, lrs: Lrs) -> None:
    au.begin()
    completed = au.send("completed")

    assert au.put(completed).status_code == 204
    assert lrs.verbs(au.launched["registration"]).count("completed") == 1
    changed = {**completed, "result": {**completed["result"], "duration": "PT1H"}}
    assert au.put(changed).status_code == 409


def test_a_verb_is_used_once_in_a_session(au: Au) -> None:
    au.begin()
    au.send("completed")
    au.send("failed")

    assert refused(au.put(au.statement("completed"))) == "9.3.0.0-2 (d)"
    assert refused(au.put(au.statement("failed"))) == "9.3.0.0-2 (d)"
    assert refused(au.put(au.statement("passed"))) == "9.3.0.0-3 (d)"


def test_failed_does_not_follow_passed(au: Au) -> None:
    au.begin()
    au.send("passed", score={"scaled": 0.8})

    assert refused(au.put(au.statement("failed"))) == "9.3.0.0-8 (d)"


def test_completed_and_passed_are_said_once_in_a_registration(api: Api, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    au.send("completed")
    au.send("passed")
    au.send("terminated")

    again = api.launch(imported, registration=au.launched["registration"]).begin()

    assert refused(again.put(again.statement("completed"))) == "9.3.0.0-6 (d2)"
    assert refused(again.put(again.statement("passed"))) == "9.3.0.0-7 (d2)"
    assert refused(again.put(again.statement("failed"))) == "9.3.0.0-8 (d)"
    assert again.put(again.statement("terminated")).status_code == 204


def test_one_who_failed_can_pass_in_the_next_session(api: Api, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    au.send("failed", score={"scaled": 0.5})
    au.send("terminated")

    again = api.launch(imported, registration=au.launched["registration"]).begin()
    again.send("passed", score={"scaled": 0.9})

    [one] = api.registration(au.launched["registration"])["aus"]
    assert one == {
        "index": 0,
        "completed": False,
        "passed": True,
        "failed": True,
        "waived": False,
        "satisfied": False,
        "score": 0.9,
    }


@pytest.mark.parametrize(("mode", "requirement"), [("Browse", "10.2.2.0-2 (d)"), ("Review", "10.2.2.0-3 (d)")])
def test_looking_around_and_looking_back_leave_no_result(
    api: Api, imported: dict[str, Any], mode: str, requirement: str
) -> None:
    au = api.launch(imported, launch_mode=mode).begin()

    assert au.data["launchMode"] == mode
    for verb in ("completed", "passed", "failed"):
        assert refused(au.put(au.statement(verb))) == requirement
    assert au.put(au.statement(EXPERIENCED)).status_code == 204
    au.send("terminated")


# ---------------------------------------------------------------- abandoned


def test_the_next_launch_abandons_what_is_still_open(api: Api, lrs: Lrs, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    au.clock += timedelta(seconds=60)
    au.send(EXPERIENCED)
    registration = au.launched["registration"]

    api.launch(imported, registration=registration)

    assert lrs.verbs(registration) == ["launched", "initialized", "experienced", "abandoned", "launched"]
    abandoned = lrs.statements(registration)[3]
    assert abandoned["context"]["extensions"][SESSION] == au.session_id
    assert abandoned["context"]["contextActivities"]["grouping"] == [
        {"objectType": "Activity", "id": imported["aus"][0]["publisher_id"]}
    ]
    assert abandoned["object"]["id"] == au.parameters["activityId"]
    assert abandoned["result"]["duration"].startswith("PT01M00."), "from Launched to what the AU said last"
    assert refused(au.put(au.statement("terminated"))) == "9.3.6.0-2 (d2)"
    assert refused(au.state()) == "8.1.2.0-2 (d)"


def test_abandoning_again_changes_nothing(api: Api, lrs: Lrs, au: Au) -> None:
    au.begin()

    answers = [api.send("POST", f"/sessions/{au.session_id}/abandon", {}) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[1].json == {"session_id": au.session_id, "state": "abandoned"}
    assert lrs.verbs(au.launched["registration"]).count("abandoned") == 1


def test_a_session_that_ended_well_is_not_abandoned(api: Api, lrs: Lrs, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    au.send("terminated")

    answer = api.send("POST", f"/sessions/{au.session_id}/abandon", {})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "session_terminated")
    api.launch(imported, registration=au.launched["registration"])
    assert "abandoned" not in lrs.verbs(au.launched["registration"])
