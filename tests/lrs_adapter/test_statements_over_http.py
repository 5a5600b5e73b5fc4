"""The Statement resource beyond what the conformance suite asks. Each test names its section of xAPI 1.0.3."""

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest

from lrs_adapter.formats import parse_accept_language
from tests.lrs_adapter.conftest import Lrs

Make = Callable[..., dict[str, Any]]
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}


def voiding(statement: Make, target: str) -> dict[str, Any]:
    return statement(verb=VOIDED, object={"objectType": "StatementRef", "id": target})


def test_a_statement_comes_back_in_its_own_words(lrs: Lrs) -> None:
    """Data 2.2: no other serialization; 2.3.1: immutable."""
    text = (
        b'{"verb":{"id":"http:\\/\\/example.com\\/did","display":{"sv":"gj\\u00f6rde"}},'
        b'"actor":{"mbox":"mailto:a@example.com"},"object":{"id":"http://example.com/a"},'
        b'"result":{"score":{"raw":1.10,"max":1e2},"duration":"P1M",'
        b'"extensions":{"http://example.com/x":[123456789012345678901234567890,0.1000000000000000055511151231257827,null]}},'
        b'"timestamp":"2026-01-01T12:00:00.123456789+01:00"}'
    )
    answer = lrs("POST", "statements", data=text, content_type="application/json")
    (statement_id,) = answer.get_json()
    got = lrs("GET", "statements", query_string={"statementId": statement_id}).get_data()
    assert got.startswith(text[:-1])


def test_the_same_again_changes_nothing(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.2, Data 2.3.1: definitions, displays and the order of members don't count."""
    group = {"objectType": "Group", "member": [{"mbox": "mailto:a@example.com"}, {"mbox": "mailto:b@example.com"}]}
    sent = statement(actor=group)
    lrs.store(sent)
    before = lrs("GET", "statements", query_string={"statementId": sent["id"]}).get_data()
    again = {
        **sent,
        "actor": {**group, "member": group["member"][::-1]},
        "verb": {"id": sent["verb"]["id"]},
        "object": {"id": sent["object"]["id"], "objectType": "Activity"},
        "timestamp": "2026-11-02T09:30:00+01:00",
    }
    assert lrs("POST", "statements", json=again).get_json() == [sent["id"]]
    assert lrs("PUT", "statements", query_string={"statementId": sent["id"]}, json=again).status_code == 204
    assert lrs("GET", "statements", query_string={"statementId": sent["id"]}).get_data() == before


@pytest.mark.parametrize(
    "change",
    [
        {"result": {"success": True}},
        {"timestamp": "2026-11-02T08:30:01.000Z"},
        {"verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}},
        {"context": {"registration": "8f1f9b1e-0d3c-4f0e-8a55-5d1f2a3b4c5d"}},
    ],
)
def test_another_statement_under_the_id_is_a_conflict(lrs: Lrs, statement: Make, change: dict[str, Any]) -> None:
    """Communication 2.1.1: 409, and nothing is modified, not even by the rest of the batch."""
    sent, fresh = statement(), statement()
    lrs.store(sent)
    assert lrs("POST", "statements", json=[fresh, {**sent, **change}]).status_code == 409
    assert lrs.ids() == [sent["id"]]


def test_a_duration_is_compared_as_text_but_for_its_finest_digits(lrs: Lrs, statement: Make) -> None:
    """Data 2.3.1 and 4.6."""
    sent = statement(result={"duration": "PT60.123S"})
    lrs.store(sent)
    assert lrs("POST", "statements", json={**sent, "result": {"duration": "PT60.129S"}}).status_code == 200
    assert lrs("POST", "statements", json={**sent, "result": {"duration": "PT1M0.12S"}}).status_code == 409


@pytest.mark.parametrize(
    "numbers",
    [
        ("0.10000000000000000001", "0.1000000000000000000100", "0.1"),
        # No Decimal holds these.
        ("1e-99999999999999999999", "1e-99999999999999999999", "1e-99999999999999999998"),
    ],
)
def test_numbers_are_compared_to_the_last_digit(lrs: Lrs, numbers: tuple[str, ...]) -> None:
    """Data 2.2."""
    text = (
        '{"id":"8f1f9b1e-0d3c-4f0e-8a55-5d1f2a3b4c5d","actor":{"mbox":"mailto:a@example.com"},'
        '"verb":{"id":"http://example.com/did"},"object":{"id":"http://example.com/a"},'
        '"result":{"extensions":{"http://example.com/e":%s}}}'
    )
    answers = [
        lrs("POST", "statements", data=text % number, content_type="application/json").status_code for number in numbers
    ]
    assert answers == [200, 200, 409]


def test_a_name_that_comes_twice_among_very_many_is_found(lrs: Lrs, statement: Make) -> None:
    """Comparing each with each would take a quarter of an hour of every thread's time."""
    names = [f"http://example.com/{number}" for number in range(100_000)]
    extensions = ",".join(f'"{name}":1' for name in [*names, names[-1]]).encode()
    text = orjson.dumps(statement(result={"extensions": {}})).replace(b'"extensions":{}', b'"extensions":{%b}')

    answer = lrs("POST", "statements", data=text % extensions, content_type="application/json")

    assert answer.status_code == 400
    assert "example.com/99999' is used more than once" in answer.get_json()["error"]


def test_of_very_many_languages_the_best_are_looked_for() -> None:
    """Each is compared with every language of every text in the answer."""
    asked = ",".join(f"x{number};q=0.{number % 9 + 1}" for number in range(10_000)) + ",sv"

    found = parse_accept_language(asked)

    assert len(found) == 50
    assert found[0] == ("sv", 1.0)


def test_long_texts_are_not_kept_in_memory(lrs: Lrs, statement: Make) -> None:
    """Good or bad, one request could leave megabytes there, and the next one more."""
    long = "x" * 600_000
    asked = [statement(object={"id": f"http://example.com/{long}{number}"}, attachments=[{}]) for number in range(3)]
    asked += [
        statement(verb={"id": "http://example.com/did", "display": {f"{long}{number}": ""}}) for number in range(3)
    ]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for one in asked:
            assert lrs("POST", "statements", json=one).status_code == 400
        lrs("GET", "about")
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert kept < len(long)


def test_the_authority_is_ours_whatever_is_sent(lrs: Lrs, statement: Make) -> None:
    """Data 2.4.9."""
    sent = statement(authority={"mbox": "mailto:someone@example.com"}, stored="1999-01-01T00:00:00Z")
    lrs.store(sent)
    got = lrs("GET", "statements", query_string={"statementId": sent["id"]}).get_json()
    assert got["authority"]["account"]["homePage"] == "http://127.0.0.1/xapi"
    assert got["stored"] > "2026"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"actor":1,"actor":2}', "the property 'actor' is used more than once"),
        (b'{"actor":{"mbox":"mailto:a@b.se","mbox" :"mailto:c@d.se"}}', "the property 'mbox' is used more than once"),
        (b'{"actor\\\\":1,"verb":1,"verb":2}', "the property 'verb' is used more than once"),
        (b'{"actor":"\xff"}', "not JSON in UTF-8"),
        (b'{"actor":NaN}', "not JSON in UTF-8"),
        (b"[" * 5000, "not JSON in UTF-8"),
        (b"[" * 200 + b"]" * 200, "nested too deeply"),
        (b"", "not JSON in UTF-8"),
        (b"null", "$: must be an object, not null"),
        (b"[[]]", "$[0]: must be an object, not an array"),
        (b'{"actor":{"mbox":"mailto:a@b.se"},"Verb":{}}', "'Verb' is not allowed here; write 'verb'"),
    ],
)
def test_what_is_no_statement_is_refused_with_place_and_rule(lrs: Lrs, text: bytes, message: str) -> None:
    """Data 2.2."""
    answer = lrs("POST", "statements", data=text, content_type="application/json")
    assert answer.status_code == 400
    assert message in answer.get_json()["error"]


def test_a_deep_extension_is_kept(lrs: Lrs, statement: Make) -> None:
    """Data 4.1: nothing is refused for the values of its extensions."""
    deep: Any = None
    for _ in range(80):
        deep = [deep]
    sent = statement(result={"extensions": {"http://example.com/x": {"a": deep, "": "", "null": None}}})
    lrs.store(sent)
    assert lrs("GET", "statements", query_string={"statementId": sent["id"]}).get_json()["result"] == sent["result"]


def test_paging_reads_each_statement_once(lrs: Lrs, statement: Make) -> None:
    """Data 2.5, also while others write."""
    sent = [statement() for _ in range(7)]
    lrs.store(*sent)
    answer = lrs("GET", "statements", query_string={"limit": 3})
    lrs.store(statement())
    found = [one["id"] for one in answer.get_json()["statements"]]
    while more := answer.get_json()["more"]:
        answer = lrs("GET", more.removeprefix("/xapi/"))
        found += [one["id"] for one in answer.get_json()["statements"]]
    assert found == [one["id"] for one in reversed(sent)]
    assert lrs.ids(limit=2, ascending="true")[:7] == [one["id"] for one in sent]


def test_since_excludes_and_until_includes_its_moment(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.3."""
    first, second, third = (statement() for _ in range(3))
    for one in (first, second, third):
        lrs.store(one)
    moment = lrs("GET", "statements", query_string={"statementId": second["id"]}).get_json()["stored"]
    assert lrs.ids(since=moment) == [third["id"]]
    assert lrs.ids(until=moment) == [second["id"], first["id"]]


def test_the_agent_filter_finds_actor_object_and_members(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.3; the domain of a mail address has no case."""
    anna = {"mbox": "mailto:Anna@Example.com"}
    as_actor = statement(actor=anna)
    as_object = statement(object={"objectType": "Agent", **anna})
    as_member = statement(actor={"objectType": "Group", "member": [anna, {"mbox": "mailto:b@example.com"}]})
    as_instructor = statement(context={"instructor": anna})
    inside = statement(
        object={
            "objectType": "SubStatement",
            "actor": anna,
            "verb": {"id": "http://example.com/did"},
            "object": {"id": "http://example.com/a"},
        }
    )
    lrs.store(as_actor, as_object, as_member, as_instructor, inside, statement())
    agent = orjson.dumps({"mbox": "mailto:Anna@example.COM"}).decode()
    narrow = {as_actor["id"], as_object["id"], as_member["id"]}
    assert set(lrs.ids(agent=agent)) == narrow
    assert set(lrs.ids(agent=agent, related_agents="true")) == narrow | {as_instructor["id"], inside["id"]}
    assert set(lrs.ids(agent=agent, limit=1)) == narrow


def test_the_activity_filter_and_its_relations(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.3."""
    module = "https://course.example/module/9"
    about = statement(object={"id": module})
    within = statement(context={"contextActivities": {"parent": {"id": module}}})
    lrs.store(about, within, statement())
    assert lrs.ids(activity=module) == [about["id"]]
    assert lrs.ids(activity=module, related_activities="true") == [within["id"], about["id"]]


def test_filters_add_up(lrs: Lrs, statement: Make) -> None:
    registration = str(uuid4())
    right = statement(context={"registration": registration}, verb={"id": "http://example.com/did"})
    lrs.store(
        right, statement(context={"registration": registration}), statement(verb={"id": "http://example.com/did"})
    )
    agent = orjson.dumps(right["actor"]).decode()
    assert lrs.ids(registration=registration, verb="http://example.com/did", agent=agent) == [right["id"]]


def test_a_voided_statement_is_found_only_as_voided(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.4. The voiding Statement stays, and can't be voided itself (Data 2.3.2)."""
    sent = statement()
    void = voiding(statement, sent["id"])
    lrs.store(sent, void)
    assert lrs("GET", "statements", query_string={"statementId": sent["id"]}).status_code == 404
    assert lrs("GET", "statements", query_string={"voidedStatementId": sent["id"]}).get_json()["id"] == sent["id"]
    assert lrs.ids() == [void["id"]]
    undo = voiding(statement, void["id"])
    lrs.store(undo)
    assert lrs.ids() == [undo["id"], void["id"]]
    assert lrs("GET", "statements", query_string={"voidedStatementId": void["id"]}).status_code == 404


def test_a_statement_can_be_voided_before_it_comes(lrs: Lrs, statement: Make) -> None:
    """Data 2.3.2."""
    late = statement()
    void = voiding(statement, late["id"])
    lrs.store(void)
    lrs.store(late)
    assert lrs.ids() == [void["id"]]


def test_a_filter_follows_references(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.3, Filter Conditions for StatementRefs: recursively, through a voided one, not in context."""
    root = statement(verb={"id": "http://example.com/explained"})
    confirming = statement(object={"objectType": "StatementRef", "id": root["id"]})
    doubting = statement(object={"objectType": "StatementRef", "id": confirming["id"]})
    beside = statement(context={"statement": {"objectType": "StatementRef", "id": root["id"]}})
    lrs.store(doubting, confirming, root, beside)
    assert lrs.ids(verb="http://example.com/explained") == [root["id"], confirming["id"], doubting["id"]]
    void = voiding(statement, root["id"])
    lrs.store(void)
    assert set(lrs.ids(verb="http://example.com/explained")) == {void["id"], confirming["id"], doubting["id"]}


def test_references_in_a_circle_end(lrs: Lrs, statement: Make) -> None:
    one, other = statement(), statement()
    one["object"] = {"objectType": "StatementRef", "id": other["id"]}
    other["object"] = {"objectType": "StatementRef", "id": one["id"]}
    lrs.store(one, other)
    assert set(lrs.ids(verb=one["verb"]["id"])) == {one["id"], other["id"]}


def test_each_language_map_is_cut_to_the_reader(lrs: Lrs, statement: Make) -> None:
    """Communication 2.1.3, canonical: definitions as last told, one language in each map."""
    activity = "https://course.example/lesson/7"
    lrs.store(statement(object={"id": activity, "definition": {"name": {"en-GB": "Colour", "sv": "Färg"}}}))
    later = statement(object={"id": activity, "definition": {"description": {"de": "Text"}}})
    lrs.store(later)
    parameters = {"statementId": later["id"], "format": "canonical"}
    wanted = {"Accept-Language": "en;q=0.5, sv-SE, sv;q=0.9"}
    got = lrs("GET", "statements", query_string=parameters, headers=wanted).get_json()
    assert got["object"]["definition"] == {"name": {"sv": "Färg"}, "description": {"de": "Text"}}
    got = lrs("GET", "statements", query_string=parameters, headers={"Accept-Language": "en"}).get_json()
    assert got["object"]["definition"]["name"] == {"en-GB": "Colour"}


def test_a_2_0_timestamp_comes_back_in_utc_with_all_digits(lrs: Lrs, statement: Make) -> None:
    """IEEE 9274.1.1."""
    sent = statement(timestamp="2026-01-01T00:30:00.1234567+02:00")
    lrs.store(sent, version="2.0.0")
    got = lrs("GET", "statements", query_string={"statementId": sent["id"]}, version="2.0.0").get_json()
    assert got["timestamp"] == "2025-12-31T22:30:00.1234567Z"
    assert got["version"] == "2.0.0"
    assert lrs("POST", "statements", json=sent, version="2.0.0").status_code == 200


def test_context_agents_are_of_2_0_only_and_related(lrs: Lrs, statement: Make) -> None:
    """IEEE 9274.1.1 4.2.2.5."""
    helper = {"mbox": "mailto:helper@example.com"}
    sent = statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": helper}]})
    assert lrs("POST", "statements", json=sent).status_code == 400
    lrs.store(sent, version="2.0.0")
    agent = orjson.dumps(helper).decode()
    assert lrs.ids(agent=agent, version="2.0.0") == []
    assert lrs.ids(agent=agent, related_agents="true", version="2.0.0") == [sent["id"]]


@pytest.mark.parametrize(
    "parameters",
    [
        {"statementid": "x"},
        {"limit": "-1"},
        {"limit": "one"},
        {"since": "yesterday"},
        {"agent": "{"},
        {"agent": '{"mbox":"x"}'},
        {"agent": '{"objectType":"Group","member":[{"mbox":"mailto:a@b.se"}]}'},
        {"verb": "did"},
        {"registration": "1"},
        {"format": "Exact"},
        {"ascending": "TRUE"},
        {"attachments": "1"},
        {"limit": ["1", "2"]},
    ],
)
def test_a_wrong_parameter_is_refused(lrs: Lrs, parameters: dict[str, Any]) -> None:
    """Communication 3.2."""
    assert lrs("GET", "statements", query_string=parameters).status_code == 400


@pytest.mark.parametrize(
    "token", ["x", "bnVsbA", "W10", "WzEsMl0", "W3siYSI6MX0sIjEiXQ", "%ff", "W3t9LCI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ"]
)
def test_an_invented_more_is_refused(lrs: Lrs, token: str) -> None:
    assert lrs("GET", f"statements/more/{token}").status_code == 400
