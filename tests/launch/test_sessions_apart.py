"""Each session for itself: documents, Statements, preferences, two tabs (cmi5 10, 11)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.launch.conftest import ADL, Api, Au, Lrs, refused

EXPERIENCED = f"{ADL}experienced"
EXTENSION = "https://w3id.org/xapi/cmi5/context/extensions/"


def test_a_session_reaches_only_its_own_documents(api: Api, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    other = api.launch(imported, actor={"account": {"homePage": "https://portal.example", "name": "4712"}})

    assert refused(au.state(activityId="https://forlag.example/annat")) == "10.1.0.0-3"
    assert refused(au.state(agent=other.parameters["actor"])) == "8.1.3.0-3 (d)"
    assert refused(au.state(registration=other.launched["registration"])) == "8.1.4.0-3 (d)"
    assert refused(au.state(registration=None)) == "8.1.4.0-3 (d)"
    assert refused(au.preferences(agent=other.parameters["actor"])) == "11.0.0.0-1 (d)"
    assert refused(au.preferences(profile_id="annan-profil")) == "11.0.0.0-4"
    assert au.preferences(agent=None).status_code == 400


def test_state_follows_the_learner_through_the_sessions_of_a_registration(
    api: Api, imported: dict[str, Any], au: Au
) -> None:
    au.begin()
    assert au.state("PUT", "plats", body={"sida": 3}).status_code == 204
    au.send("terminated")

    again = api.launch(imported, registration=au.launched["registration"]).begin()
    elsewhere = api.launch(imported).begin()

    assert again.state(state_id="plats").json == {"sida": 3}
    assert elsewhere.state(state_id="plats").status_code == 404


def test_a_session_reads_only_the_statements_of_its_registration(api: Api, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    other = api.launch(imported).begin()
    other.send(EXPERIENCED)

    found = au.request("GET", "statements").json["statements"]

    assert {one["context"]["registration"] for one in found} == {au.launched["registration"]}


def test_an_au_leaves_the_launch_data_as_they_are(au: Au) -> None:
    au.begin()

    assert refused(au.state("PUT", body={"test": True})) == "10.2.1.0-5 (d)"
    assert refused(au.state("POST", body={"test": True})) == "10.2.1.0-5 (d)"
    assert refused(au.state("DELETE")) == "10.2.1.0-5 (d)"
    assert refused(au.state("DELETE", state_id=None)) == "10.2.1.0-5 (d)"
    assert au.state().json == au.data


# ---------------------------------------------------------------- preferences


def test_the_learners_preferences_are_there_and_can_be_changed(api: Api, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    found = au.preferences()
    assert found.json == {"languagePreference": "sv,en", "audioPreference": "on"}

    changed = {"languagePreference": "en-US, fr-FR", "audioPreference": "off"}
    assert au.preferences("PUT", json=changed, headers={"If-Match": found.headers["ETag"]}).status_code == 204

    again = api.launch(imported, registration=au.launched["registration"]).sit_down()
    assert again.preferences().json == changed


@pytest.mark.parametrize(
    ("requirement", "content"),
    [
        ("11.0.0.0-5 (d)", {"data": "text", "content_type": "text/plain"}),
        ("11.0.0.0-5 (d)", {"json": ["sv", "on"]}),
        ("11.0.0.0-5 (d)", {"json": {"audioPreference": "on"}}),
        ("11.0.0.0-5 (d)", {"json": {"languagePreference": "sv"}}),
        ("11.0.0.0-5 (d)", {"json": {"languagePreference": "sv", "audioPreference": "loud"}}),
        ("11.1.0.0-1 (d)", {"json": {"languagePreference": "not a list", "audioPreference": "on"}}),
        ("11.1.0.0-1 (d)", {"json": {"languagePreference": "", "audioPreference": "on"}}),
        ("11.1.0.0-1 (d)", {"json": {"languagePreference": ["sv"], "audioPreference": "on"}}),
    ],
)
def test_preferences_stay_what_they_are(au: Au, requirement: str, content: dict[str, Any]) -> None:
    au.begin()

    assert refused(au.preferences("PUT", **content)) == requirement
    assert refused(au.preferences("DELETE")) == "11.0.0.0-5 (d)"
    assert au.preferences().json["languagePreference"] == "sv,en"


# ---------------------------------------------------------------- races and leftovers


def test_a_course_deleted_while_somebody_is_in_it(api: Api, lrs: Lrs, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    statements = lrs.statements(au.launched["registration"])

    assert api.send("DELETE", f"/courses/{imported['id']}").status_code == 204

    assert refused(au.put(au.statement("completed"))) == "8.1.2.0-2 (d)"
    assert refused(au.state()) == "8.1.2.0-2 (d)"
    assert lrs.statements(au.launched["registration"]) == statements, "Statements stay"
    assert au.open().status_code == 404


def test_of_two_tabs_the_second_is_the_one_that_counts(api: Api, lrs: Lrs, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    second = api.launch(imported, registration=au.launched["registration"]).begin()

    assert refused(au.put(au.statement("completed"))) == "9.3.6.0-2 (d2)"
    second.send("completed")
    assert lrs.verbs(au.launched["registration"]).count("completed") == 1


def test_a_token_used_for_another_session_is_refused(api: Api, imported: dict[str, Any], au: Au) -> None:
    au.begin()
    other = api.launch(imported).begin()
    stranger = other.statement("completed")

    assert refused(au.put(stranger)) == "9.6.1.0-1 (d)"
    stranger["context"]["registration"] = au.launched["registration"]
    assert refused(au.put({**stranger, "id": str(uuid.uuid4())})) == "9.6.3.1-4 (d)"


def test_the_lrs_answers_the_token_at_its_own_address_too(launched: Callable[..., Au]) -> None:
    au = launched()
    headers = {"Authorization": f"Basic {au.token}", "X-Experience-API-Version": "1.0.3"}

    assert au.client.get("/xapi/statements", headers=headers).status_code == 200
