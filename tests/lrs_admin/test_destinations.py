"""An administrator adds, changes and removes outside LRSs, and says what they get."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.destinations import decrypt
from lrs_adapter.models import DestinationRow
from tests.conftest import Visitor, signed_in
from tests.lrs_admin.making import COMPLETED, LESSON, PASSED, make
from tests.lrs_admin.outside import PAGE, Outside, deliver_all, queued, store
from tracker import delivery
from tracker.learners.models import Learner


def test_a_new_one_gets_what_happens_from_now_on(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    page = administrator.get(added).text
    assert "Inget har skickats än" in page
    assert "hemligheten" not in page
    ids = store(db, make(), make())

    deliver_all(app)

    assert outside.kept == ids
    assert "Senast levererat" in administrator.get(PAGE).text


def test_the_secret_is_stored_encrypted(app: Flask, db: Session, added: str) -> None:
    row = db.scalars(select(DestinationRow)).one()
    assert b"hemligheten" not in row.secret
    assert decrypt(row.secret, app.extensions["samverkan.settings"].secret_key) == "hemligheten"


def test_one_that_is_to_have_the_earlier_too_gets_them_step_by_step(
    app: Flask, db: Session, administrator: Visitor, typed: dict[str, Any], outside: Outside
) -> None:
    ids = store(db, *(make() for _ in range(7)))
    page = administrator.post(f"{PAGE}/new", {**typed, "earlier": "y"}).location
    assert "Tar fram tidigare händelser" in administrator.get(page).text
    assert "Allt har kommit fram" not in administrator.get(PAGE).text
    assert queued(db) == 0, "no request waits for it"

    deliver_all(app)

    assert outside.kept == ids
    assert "7 tidigare händelser lades i kön" in administrator.get(page).text


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"what": "verbs", "verbs": [PASSED]}, 1),
        ({"what": "verbs", "other_verbs": f"{PASSED}\n https://verbs.example/other "}, 1),
        ({"what": "activities", "activities": LESSON}, 2),
        ({"what": "all", "activities": "this is not looked at"}, 3),
    ],
)
def test_only_what_is_chosen_is_sent(
    app: Flask,
    db: Session,
    administrator: Visitor,
    typed: dict[str, Any],
    outside: Outside,
    what: dict[str, Any],
    expected: int,
) -> None:
    assert administrator.post(f"{PAGE}/new", {**typed, **what}).status_code == 302
    store(db, make(), make(verb={"id": PASSED}), make(object={"id": "https://other.example/lesson/2"}))

    deliver_all(app)

    assert len(outside.kept) == expected


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": " "}, "Skriv ett namn"),
        ({"endpoint": ""}, "Skriv LRS:ens adress"),
        ({"endpoint": "lrs.example/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "ftp://lrs.example/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "https://lrs.example:99999/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "https://[lrs/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "https://me@lrs.example/xapi"}, "utan nyckel"),
        ({"endpoint": "https://lrs.example/xapi?key=x"}, "utan nyckel"),
        ({"key": ""}, "Skriv nyckeln"),
        ({"key": "kursen:hemligheten"}, "kolon"),
        ({"secret": ""}, "Skriv hemligheten"),
        ({"what": "verbs"}, "minst ett slags händelse"),
        ({"what": "verbs", "other_verbs": "completed"}, "”completed” är ingen hel adress"),
        ({"what": "activities", "activities": ""}, "minst en aktivitet"),
        ({"what": "activities", "activities": f"{LESSON}\n1.1"}, "”1.1” är ingen hel adress"),
        ({"what": "nothing"}, "Fel:"),
    ],
)
def test_a_form_with_faults_adds_nothing_and_keeps_what_was_typed(
    db: Session, administrator: Visitor, typed: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    answer = administrator.post(f"{PAGE}/new", {**typed, **changed})

    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="hemligheten"' not in answer.text, "a secret is never written into a page"
    if "key" not in changed:
        assert 'value="kursen"' in answer.text
    assert db.scalar(select(DestinationRow.id)) is None


def test_the_same_address_and_key_twice_is_refused(administrator: Visitor, added: str, typed: dict[str, Any]) -> None:
    answer = administrator.post(f"{PAGE}/new", {**typed, "name": "En annan", "endpoint": typed["endpoint"] + "/"})

    assert answer.status_code == 422
    assert "Det finns redan en LRS med den adressen" in answer.text


def test_a_change_keeps_the_secret_unless_it_would_go_elsewhere(
    app: Flask, db: Session, administrator: Visitor, added: str, typed: dict[str, Any]
) -> None:
    quiet = {**typed, "secret": "", "name": "Nytt namn"}
    assert "hemligheten" not in administrator.get(f"{added}/change").text
    assert administrator.post(f"{added}/change", quiet).status_code == 302
    elsewhere = administrator.post(f"{added}/change", {**quiet, "endpoint": "https://elsewhere.example/xapi"})

    assert elsewhere.status_code == 422
    assert "Skriv hemligheten igen" in elsewhere.text
    row = db.scalars(select(DestinationRow)).one()
    assert row.name == "Nytt namn"
    assert row.endpoint == typed["endpoint"] + "/"
    assert decrypt(row.secret, app.extensions["samverkan.settings"].secret_key) == "hemligheten"


def test_a_change_of_what_is_sent_shows_what_was_chosen(
    administrator: Visitor, added: str, typed: dict[str, Any]
) -> None:
    other = "https://verbs.example/other"
    administrator.post(f"{added}/change", {**typed, "what": "verbs", "verbs": [COMPLETED], "other_verbs": other})

    page = administrator.get(f"{added}/change").text
    assert f'checked id="verbs-6" name="verbs" type="checkbox" value="{COMPLETED}"' in page
    assert other in page
    assert "slutförde" in administrator.get(added).text


def test_kinds_of_event_and_activities_together_survive_a_change(
    app: Flask, db: Session, administrator: Visitor, added: str, typed: dict[str, Any], outside: Outside
) -> None:
    both = {"what": "both", "verbs": [PASSED], "activities": LESSON}
    administrator.post(f"{added}/change", {**typed, **both})
    page = administrator.get(f"{added}/change").text
    shown = dict(re.findall(r'checked id="[^"]+" name="(what|verbs)" type="[^"]+" value="([^"]+)"', page))
    written = re.search(r'<textarea[^>]*name="activities"[^>]*>\s*([^<]+?)\s*</textarea>', page)
    assert written
    administrator.post(f"{added}/change", {**typed, "name": "Nytt namn", **shown, "activities": written[1]})
    elsewhere = {"id": "https://other.example/lesson/2"}
    wanted = make(verb={"id": PASSED})
    store(db, make(), wanted, make(verb={"id": PASSED}, object=elsewhere))

    deliver_all(app)

    assert outside.kept == [wanted["id"]]
    assert LESSON in administrator.get(added).text


def test_one_that_is_removed_gets_nothing_more(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    store(db, make())
    assert "1 händelse som väntar skickas aldrig dit." in administrator.get(f"{added}/remove").text
    assert db.scalar(select(DestinationRow.id)) is not None, "asking is not doing"

    administrator.post(f"{added}/remove")
    deliver_all(app)

    assert outside.kept == []
    assert "Inget skickas någonstans." in administrator.get(PAGE).text
    assert administrator.get(added).status_code == 404
    for action in ("pause", "try-again", "test", "resend", "change", "remove", "refused/1/try-again"):
        assert administrator.post(f"{added}/{action}").status_code == 404, action


def test_the_one_in_the_settings_is_marked(
    make_app: Callable[..., Flask], make_learner: Callable[..., Learner], outside: Outside
) -> None:
    app = make_app(lrs_endpoint=outside.address, lrs_key="kursen", lrs_secret="hemligheten")
    delivery.ensure_configured(app)
    learner = make_learner(email="chef@region.example", is_administrator=True)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = signed_in(learner), True

    assert "SAMVERKAN_LRS_ENDPOINT" in client.get(f"{PAGE}/1/change").text
    assert "SAMVERKAN_LRS_ENDPOINT" in client.get(f"{PAGE}/1/remove").text


def test_nobody_else_looks_or_changes(
    db: Session,
    added: str,
    typed: dict[str, Any],
    visitor: Visitor,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
) -> None:
    learner = sign_in(make_learner(email="karin@forening.example"))
    for person in (visitor, learner):
        assert person.post(f"{PAGE}/new", {**typed, "key": "min"}).status_code == 403
        for action in ("pause", "try-again", "test", "resend", "change", "remove", "refused/1/try-again"):
            assert person.post(f"{added}/{action}", typed).status_code == 403, action
    assert [one.paused for one in db.scalars(select(DestinationRow))] == [None]
