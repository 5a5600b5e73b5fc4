"""Who may do what. A fixed cast: one with everything, one for each scope, one bound to a session, strangers."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.credentials import (
    Binding,
    Scope,
    check_credential,
    create_credential,
    list_credentials,
    revoke_credential,
)
from lrs_adapter.models import CredentialRow
from tests.conformance.app import create_app, create_key
from tests.lrs_adapter.conftest import NOW, Lrs

Make = Callable[..., dict[str, Any]]
HOME = "https://course.example/xapi"
AGENT = {"account": {"homePage": "https://course.example", "name": "learner-1"}}
STATE = {"activityId": "https://course.example/lesson/1", "agent": orjson.dumps(AGENT).decode(), "stateId": "s"}
PROFILE = {"activityId": "https://course.example/lesson/1", "profileId": "p"}


def test_the_secret_is_seen_once_and_nowhere_stored(db: Session) -> None:
    made = create_credential(db, name="tool", home_page=HOME, now=NOW)
    row = db.scalars(select(CredentialRow)).one()
    assert made.secret.encode() not in row.secret_hash
    assert base64.b64decode(made.basic).decode() == f"{made.key}:{made.secret}"
    assert check_credential(db, made.key, made.secret, now=NOW) == made.credential
    assert check_credential(db, made.key, made.secret + "x", now=NOW) is None
    assert check_credential(db, "nobody", made.secret, now=NOW) is None


def test_an_expired_or_revoked_credential_opens_nothing(db: Session) -> None:
    short = create_credential(db, name="short", home_page=HOME, now=NOW, expires=NOW + timedelta(hours=1))
    assert check_credential(db, short.key, short.secret, now=NOW + timedelta(minutes=59)) is not None
    assert check_credential(db, short.key, short.secret, now=NOW + timedelta(hours=1)) is None
    long = create_credential(db, name="long", home_page=HOME, now=NOW)
    revoke_credential(db, long.credential.id, now=NOW)
    revoke_credential(db, long.credential.id, now=NOW + timedelta(days=1))
    assert check_credential(db, long.key, long.secret, now=NOW) is None
    assert {one.name: one.revoked for one in list_credentials(db)} == {"short": None, "long": NOW}


def test_those_of_a_session_are_listed_apart(db: Session) -> None:
    create_credential(db, name="au", home_page=HOME, now=NOW, binding=Binding(session_id="s1", actor=AGENT))
    create_credential(db, name="tool", home_page=HOME, now=NOW)
    assert [one.name for one in list_credentials(db)] == ["tool"]
    assert [one.binding.actor for one in list_credentials(db, bound=True)] == [AGENT]


def test_an_unknown_scope_is_refused(db: Session) -> None:
    with pytest.raises(ValueError, match="everything"):
        create_credential(db, name="tool", home_page=HOME, now=NOW, scopes=["everything"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !",
        "Basic Og==",
        "Bearer abc",
        "Basic " + base64.b64encode(b"\xff:\x00").decode(),
        "Basic eA==",
    ],
)
def test_without_good_credentials_nothing_is_open_but_about(lrs: Lrs, header: str) -> None:
    for path in ("statements", "activities", "agents", "activities/state", "activities/profile", "agents/profile"):
        answer = lrs("GET", path, headers={"Authorization": header}, key="-")
        answer = lrs.client.get(f"/xapi/{path}", headers={"Authorization": header, "X-Experience-API-Version": "1.0.3"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert lrs.client.get("/xapi/about", headers={"Authorization": header}).status_code == 200


ALLOWED: dict[Scope, set[str]] = {
    Scope.ALL: {"write", "read", "state write", "state read", "profile write", "profile read"},
    Scope.ALL_READ: {"read", "state read", "profile read"},
    Scope.STATEMENTS_WRITE: {"write"},
    Scope.STATEMENTS_READ: {"read"},
    Scope.STATEMENTS_READ_MINE: {"read"},
    Scope.STATE: {"state write", "state read"},
    Scope.PROFILE: {"profile write", "profile read"},
    Scope.DEFINE: set(),
}


@pytest.mark.parametrize("scope", list(Scope))
def test_each_scope_opens_what_the_standard_says(lrs: Lrs, statement: Make, scope: Scope) -> None:
    """Communication 4.2."""
    key = create_key(lrs.engine, scopes=[scope]).basic
    known = {"If-None-Match": "*"}
    answers = {
        "write": lrs("POST", "statements", json=statement(), key=key),
        "read": lrs("GET", "statements", key=key),
        "state write": lrs("PUT", "activities/state", query_string=STATE, data=b"x", key=key),
        "state read": lrs("GET", "activities/state", query_string={**STATE, "stateId": "none"}, key=key),
        "profile write": lrs("PUT", "activities/profile", query_string=PROFILE, data=b"x", headers=known, key=key),
        "profile read": lrs("GET", "activities/profile", query_string={**PROFILE, "profileId": "none"}, key=key),
    }
    assert {name for name, answer in answers.items() if answer.status_code != 403} == ALLOWED[scope]


def test_mine_are_those_with_my_authority(lrs: Lrs, statement: Make) -> None:
    mine, others = statement(), statement()
    lrs.store(others)
    key = create_key(lrs.engine, scopes=[Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE]).basic
    lrs.store(mine, key=key)
    answer = lrs("GET", "statements", key=key).get_json()
    assert [one["id"] for one in answer["statements"]] == [mine["id"]]
    assert lrs("GET", "statements", query_string={"statementId": others["id"]}, key=key).status_code == 404


class TestBoundToASession:
    registration = UUID("7c0f9b1e-0d3c-4f0e-8a55-5d1f2a3b4c5d")

    @pytest.fixture
    def key(self, lrs: Lrs) -> str:
        binding = Binding("s1", self.registration, "https://course.example/lesson/1", AGENT)
        return create_key(lrs.engine, binding=binding).basic

    def in_session(self, statement: Make, **changes: Any) -> dict[str, Any]:
        return statement(**{"context": {"registration": str(self.registration).upper()}, **changes})

    def test_writes_for_its_actor_in_its_registration_only(self, lrs: Lrs, key: str, statement: Make) -> None:
        good = self.in_session(statement)
        assert lrs("POST", "statements", json=good, key=key).status_code == 200
        for wrong in (
            statement(),
            self.in_session(statement, actor={"mbox": "mailto:a@example.com"}),
            statement(context={"registration": str(uuid4())}),
            self.in_session(
                statement,
                verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
                object={"objectType": "StatementRef", "id": good["id"]},
            ),
        ):
            assert lrs("POST", "statements", json=[self.in_session(statement), wrong], key=key).status_code == 403
        assert lrs.ids() == [good["id"]]

    def test_reads_only_those(self, lrs: Lrs, key: str, statement: Make) -> None:
        inside, outside = self.in_session(statement), statement()
        lrs.store(inside, outside)
        answer = lrs("GET", "statements", key=key).get_json()
        assert [one["id"] for one in answer["statements"]] == [inside["id"]]
        assert lrs("GET", "statements", query_string={"statementId": outside["id"]}, key=key).status_code == 404

    def test_reaches_only_its_documents(self, lrs: Lrs, key: str) -> None:
        own = {**STATE, "registration": str(self.registration)}
        assert lrs("PUT", "activities/state", query_string=own, data=b"x", key=key).status_code == 204
        for wrong in (
            STATE,
            {**own, "registration": str(uuid4())},
            {**own, "activityId": "https://course.example/lesson/2"},
            {**own, "agent": '{"mbox":"mailto:a@example.com"}'},
        ):
            assert lrs("GET", "activities/state", query_string=wrong, key=key).status_code == 403
        assert lrs("GET", "activities/profile", query_string=PROFILE, key=key).status_code == 404
        answer = lrs(
            "PUT", "activities/profile", query_string=PROFILE, data=b"x", headers={"If-None-Match": "*"}, key=key
        )
        assert answer.status_code == 403


def test_the_last_use_is_known_to_ten_minutes_without_a_write_per_request(lrs: Lrs) -> None:
    moments = [NOW]
    lrs.client = create_app(lrs.engine, now=lambda: moments[-1]).test_client()

    def last_used() -> datetime | None:
        with Session(lrs.engine) as db:
            return db.scalars(select(CredentialRow.last_used)).one()

    lrs("GET", "statements")
    assert last_used() == NOW
    moments.append(NOW + timedelta(minutes=9))
    lrs("GET", "statements")
    assert last_used() == NOW
    moments.append(NOW + timedelta(minutes=10))
    lrs("GET", "statements")
    assert last_used() == datetime(2026, 11, 2, 8, 40, 15, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.0", 200), ("1.0.0", 200), ("1.0.9", 200), ("2.0.0", 200), ("2.0", 200)]
    + [(wrong, 400) for wrong in (None, "", "0.95", "1.1.0", "1.0.x", "2.1.0", "3.0.0", "1", "1.0.0.0", "1.0.0-beta")],
)
def test_versions(lrs: Lrs, version: str | None, status: int) -> None:
    """Communication 3.3."""
    answer = lrs("GET", "statements", version=version)
    assert answer.status_code == status
    assert answer.headers["X-Experience-API-Version"] == ("2.0.0" if (version or "").startswith("2.") else "1.0.3")


def test_who_names_no_version_is_answered_in_the_last_one_spoken(lrs: Lrs) -> None:
    for spoken in ("2.0.0", "1.0.3", "2.0.0"):
        lrs("GET", "statements", version=spoken)
        assert lrs("GET", "statements", version=None).headers["X-Experience-API-Version"] == spoken


def test_a_revoked_credential_writes_nothing_more_although_it_was_just_used(lrs: Lrs, statement: Make) -> None:
    made = create_key(lrs.engine)
    for _ in range(3):
        lrs.store(statement(), key=made.basic)
    with Session(lrs.engine) as db:
        revoke_credential(db, made.credential.id, now=NOW)
        db.commit()
    for body in (statement(), [statement(), statement()]):
        assert lrs("POST", "statements", json=body, key=made.basic).status_code == 401
    assert len(lrs.ids()) == 3


def test_a_revoked_credential_reads_nothing_more_although_it_was_just_used(lrs: Lrs, statement: Make) -> None:
    made = create_key(lrs.engine)
    (stored,) = lrs.store(statement()).get_json()
    one = {"query_string": {"statementId": stored}, "key": made.basic}
    for _ in range(3):
        assert lrs("GET", "statements", **one).status_code == 200
    with Session(lrs.engine) as db:
        revoke_credential(db, made.credential.id, now=NOW)
        db.commit()
    assert lrs("GET", "statements", **one).status_code == 401
    assert lrs("GET", "statements", key=made.basic).status_code == 401
