"""Two who change accounts, or are erased, at the same moment, in an order that is forced."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lrs_adapter import erasure, store
from lrs_adapter.models import StatementRow
from tests.conftest import NOW, Visitor
from tests.tracker.waiting import second_of, until_waiting
from tracker import db as tracker_db
from tracker.admin import services as organisations
from tracker.auth.joining import join
from tracker.auth.services import make_account
from tracker.db import engine_of
from tracker.learners.models import Learner, Organisation, OrganisationKind
from tracker.permissions import Role, allow
from tracker.privacy import retention
from tracker.privacy.erasing import Place
from tracker.privacy.models import RetentionRule

MakeLearner = Callable[..., Learner]


pytestmark = pytest.mark.locks


# ---------------------------------------------------------------- accounts


def test_a_guest_who_has_just_become_an_account_is_not_merged_into_another(
    app: Flask, db: Session, make_learner: MakeLearner
) -> None:
    """Two links, to two addresses, used at the same moment."""
    guest, other = make_learner().id, make_learner(email="annan@forening.example").id

    joined = second_of(
        app,
        lambda own: make_account(own, "ny@forening.example", own.get_one(Learner, guest), now=NOW),
        lambda own, known: join(own, guest=known[0], into=known[1]),
        read=lambda own: (own.get_one(Learner, guest), own.get_one(Learner, other)),
    )

    assert joined is False
    assert set(db.scalars(select(Learner.email))) == {"ny@forening.example", "annan@forening.example"}


def test_two_who_merge_the_same_two_in_opposite_directions(
    app: Flask, db: Session, make_learner: MakeLearner, sign_in: Callable[[Learner], Visitor]
) -> None:
    one, other = make_learner(email="ett@forening.example"), make_learner(email="tva@forening.example")
    answers: dict[int, int] = {}

    def merging(by: str, gone: Learner, into: Learner) -> threading.Thread:
        visitor = sign_in(make_learner(email=by, is_administrator=True))
        asked = {"email": into.email, "version": "1", "sure": str(into.id)}
        address = f"/sv/admin/people/{gone.id}/merge"
        return threading.Thread(target=lambda: answers.update({gone.id: visitor.post(address, asked).status_code}))

    threads = [merging("chef@region.example", one, other), merging("chef@alvbro.example", other, one)]
    with Session(engine_of(app)) as holding:
        holding.execute(select(Learner.id).where(Learner.id == one.id).with_for_update())
        for count, thread in enumerate(threads, 1):
            thread.start()
            until_waiting(app, count, threads[:count])
    for thread in threads:
        thread.join()

    assert answers == {one.id: 302, other.id: 422}
    db.expire_all()
    assert set(db.scalars(select(Learner.email).where(~Learner.email.startswith("chef")))) == {"tva@forening.example"}


def test_who_is_erased_while_a_page_is_sent_gets_a_page_that_says_so(
    app: Flask, make_learner: MakeLearner, sign_in: Callable[[Learner], Visitor]
) -> None:
    learner = make_learner(email="karin@forening.example")
    visitor, answers = sign_in(learner), []

    page = threading.Thread(target=lambda: answers.append(visitor.post("/sv/profile", {"name": "Karin Örn"})))
    with Session(engine_of(app)) as holding:
        holding.execute(delete(Learner).where(Learner.id == learner.id))
        page.start()
        until_waiting(app, 1, [page])
        holding.commit()
    page.join()

    assert answers[0].status_code == 409
    assert re.search(r"<h1[^>]*>\s*Någon annan ändrade samma sak samtidigt", answers[0].text)


def test_what_was_to_be_stored_twice_stands_in_no_log(
    app: Flask, client: FlaskClient, db: Session, make_learner: MakeLearner, caplog: pytest.LogCaptureFixture
) -> None:
    make_learner(email="karin@forening.example")

    @app.get("/sv/twice")
    @allow(Role.ANYONE)
    def twice() -> None:
        tracker_db.db.session.add(Learner(created_at=NOW, email="karin@forening.example"))
        tracker_db.db.session.flush()

    assert client.get("/sv/twice").status_code == 409
    assert "uq_learner_email" in caplog.text
    assert "karin" not in caplog.text


def test_who_comes_back_while_the_inactive_are_erased_stays(
    app: Flask, db: Session, make_learner: MakeLearner, tmp_path: Path
) -> None:
    long_ago = NOW - timedelta(days=1000)
    gone, back = (
        make_learner(email=f"{name}@forening.example", created_at=long_ago, last_seen_on=long_ago)
        for name in ("borta", "ater")
    )
    place = Place("http://localhost", tmp_path / "protocol", tmp_path / "mail")
    rule = RetentionRule(kind="inactive", days=730, decision="KS 2027:1", version=1)

    def comes_back(own: Session) -> None:
        own.execute(select(Learner.id).where(Learner.id == gone.id).with_for_update())
        own.get_one(Learner, back.id).last_seen_on = NOW

    erased = second_of(
        app,
        comes_back,
        lambda own, _: retention.KINDS["inactive"].forget(own, NOW - timedelta(days=730), rule, place, NOW),
    )

    assert erased == 1
    assert db.scalars(select(Learner.email)).all() == ["ater@forening.example"]


def test_who_leaves_an_organisation_while_its_kind_is_changed(
    app: Flask, db: Session, make_learner: MakeLearner, municipality: Organisation
) -> None:
    """One writes to the person and asks for the other organisation; one holds them all, and writes to people."""
    other = Organisation(name="Öppna Köket", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
    db.add(other)
    learner = make_learner(organisation_id=municipality.id)

    def moves() -> None:
        with app.app_context(), Session(engine_of(app)) as own:
            own.get_one(Learner, learner.id).organisation_id = other.id
            own.commit()

    second = threading.Thread(target=moves)
    with Session(engine_of(app)) as own:
        organisations.hold_organisations(own)
        second.start()
        until_waiting(app, 1, [second])
        found = own.get_one(Organisation, municipality.id)
        organisations.change_organisation(own, found, name="Älvbro", kind=OrganisationKind.REGION, version=1)
        own.commit()
    second.join()

    db.expire_all()
    assert (learner.organisation_id, municipality.kind) == (other.id, OrganisationKind.REGION)


# ---------------------------------------------------------------- Statements


def _agent(name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": "http://localhost", "name": name}}


def test_of_two_who_are_erased_neither_is_left_in_a_statement_that_names_both(app: Flask, db: Session) -> None:
    statement = {
        "actor": _agent("somebody"),
        "verb": {"id": "http://verbs.example/asked"},
        "object": {"id": "http://things.example/one"},
        "context": {
            "instructor": _agent("first"),
            "team": {"objectType": "Group", "member": [_agent("second")]},
        },
    }
    store.record(db, [statement], authority=store.INTERNAL, now=NOW)
    db.commit()

    def erasing(name: str) -> Callable[..., int]:
        return lambda own, *_: erasure.erase(own, [_agent(name)], [], stand_in=_agent(f"erased {name}")).rewritten

    assert second_of(app, erasing("first"), erasing("second")) == 1

    kept = db.scalar(select(StatementRow.statement)) or ""
    assert re.findall(r'"name":"([^"]+)"', kept)[:3] == ["somebody", "erased first", "erased second"]
