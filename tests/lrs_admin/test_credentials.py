"""An administrator makes keys to the LRS, sees the secret once, and takes keys back."""

import base64
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from lrs_adapter.credentials import NewCredential, create_credential, list_credentials, revoke_credential
from tests.conftest import NOW, Visitor
from tracker.learners.models import Learner

PAGE = "/sv/admin/lrs/credentials"


@pytest.fixture
def made(db: Session) -> NewCredential:
    credential = create_credential(db, name="Datalagret", home_page="http://localhost/xapi", scopes=["all"], now=NOW)
    db.commit()
    return credential


def _value(page: str, id_: str) -> str:
    found = re.search(rf'id="{id_}"[^>]*>([^<]+)<', page)
    assert found, page
    return found[1]


def _status(app: Flask, key: str, secret: str) -> int:
    """What the LRS answers to this key."""
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}
    return app.test_client().get("/xapi/statements", headers=headers).status_code


def test_the_secret_is_shown_once_and_opens_the_lrs(app: Flask, administrator: Visitor) -> None:
    answer = administrator.post(f"{PAGE}/new", {"name": "Datalagret", "scopes": ["statements/read"]})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    key, secret = _value(answer.text, "key"), _value(answer.text, "secret")
    assert _status(app, key, secret) == 200
    later = administrator.get(PAGE).text
    assert key in later
    assert secret not in later
    assert "Läsa alla händelser" in later


def test_loading_the_page_with_the_secret_again_makes_no_second_key(administrator: Visitor, db: Session) -> None:
    typed = {"name": "Datalagret", "scopes": ["statements/read"]}
    administrator.post(f"{PAGE}/new", typed)
    again = administrator.post(f"{PAGE}/new", {**typed, "name": " datalagret "})

    assert again.status_code == 422
    assert "Det finns redan en nyckel med det namnet" in again.text
    assert len(list_credentials(db)) == 1


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": "  ", "scopes": ["all"]}, "Skriv ett namn"),
        ({"name": "Datalagret"}, "Välj minst en sak"),
        ({"name": "Datalagret", "scopes": ["everything"]}, "Fel:"),
        ({"name": "x" * 201, "scopes": ["all"]}, "200 tecken"),
    ],
)
def test_a_form_with_faults_makes_nothing(
    administrator: Visitor, db: Session, typed: dict[str, object], message: str
) -> None:
    answer = administrator.post(f"{PAGE}/new", typed)

    assert answer.status_code == 422
    assert message in answer.text
    assert list_credentials(db) == []


def test_a_revoked_key_opens_nothing_and_its_name_is_free(
    app: Flask, administrator: Visitor, made: NewCredential
) -> None:
    address = f"{PAGE}/{made.credential.id}/revoke"
    assert "Återkalla nyckeln Datalagret?" in administrator.get(address).text
    assert _status(app, made.key, made.secret) == 200, "asking is not doing"

    administrator.post(address)

    assert _status(app, made.key, made.secret) == 401
    assert "Återkallad" in administrator.get(PAGE).text
    assert "redan återkallad" in administrator.get(address).text
    again = administrator.post(f"{PAGE}/new", {"name": "Datalagret", "scopes": ["all"]})
    assert again.status_code == 200


def test_the_last_use_is_listed(app: Flask, administrator: Visitor, made: NewCredential) -> None:
    assert "aldrig" in administrator.get(PAGE).text

    _status(app, made.key, made.secret)

    assert "aldrig" not in administrator.get(PAGE).text


def test_revoked_keys_stand_last(administrator: Visitor, made: NewCredential, db: Session) -> None:
    create_credential(db, name="Äldre", home_page="http://localhost/xapi", now=NOW.replace(year=2026))
    revoke_credential(db, made.credential.id, now=NOW)
    db.commit()

    page = administrator.get(PAGE).text

    assert page.index("Äldre") < page.index("Datalagret")


def test_a_key_that_is_not_there_is_not_found(administrator: Visitor) -> None:
    unknown = f"{PAGE}/00000000-0000-4000-8000-000000000000/revoke"
    assert administrator.get(unknown).status_code == 404
    assert administrator.post(unknown).status_code == 404


def test_nobody_else_makes_or_revokes(
    app: Flask,
    made: NewCredential,
    visitor: Visitor,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
) -> None:
    learner = sign_in(make_learner(email="karin@forening.example"))
    for person in (visitor, learner):
        assert person.post(f"{PAGE}/new", {"name": "Min", "scopes": ["all"]}).status_code == 403
        assert person.post(f"{PAGE}/{made.credential.id}/revoke").status_code == 403
    assert _status(app, made.key, made.secret) == 200


def test_a_form_without_its_token_does_nothing(administrator: Visitor, db: Session) -> None:
    answer = administrator.client.post(f"{PAGE}/new", data={"name": "Datalagret", "scopes": ["all"]})

    assert answer.status_code == 400
    assert list_credentials(db) == []
