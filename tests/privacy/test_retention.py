"""What a decision says is thrown away, and stands in the protocol; without one everything stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lrs_adapter.identity import INTERNAL, Authority
from lrs_adapter.models import StatementRow
from lrs_adapter.store import record
from tests.conftest import NOW, Visitor, signed_in
from tests.groups.circles import Circle
from tracker.audit import chain
from tracker.audit import services as audit
from tracker.audit.models import Action, AuditEntry
from tracker.config import Settings
from tracker.learners.models import Learner, SignIn
from tracker.privacy import erasing, retention, upkeep
from tracker.privacy.models import Destroyed, RetentionRule

LATER = NOW + timedelta(days=5000)


@pytest.fixture
def carry_out(db: Session, settings: Settings) -> Callable[..., int]:
    place = erasing.Place(settings.base_url, settings.protocol_folder, settings.instance / "mail")

    def run(*decided: str) -> int:
        for kind in decided:
            rule = retention.proposed(retention.KINDS[kind])
            db.add(RetentionRule(kind=kind, days=rule.days, decision="KS 2027/14", decided_on=NOW.date()))
        db.commit()
        return retention.carry_out(db, place=place, now=LATER, commit=db.commit)

    return run


def test_nothing_goes_without_a_decision(
    db: Session, karin: Learner, make_learner: Callable[..., Learner], carry_out: Callable[..., int]
) -> None:
    make_learner()
    signed_in(karin)
    db.add(RetentionRule(kind="inactive", days=1, decision=None, decided_on=None))

    assert carry_out() == 0
    assert db.scalar(select(func.count()).select_from(Learner)) == 2
    assert db.scalars(select(Destroyed)).all() == []


def test_names_of_members_go_as_they_were_promised(db: Session, circle: Circle, carry_out: Callable[..., int]) -> None:
    assert carry_out() == 2

    db.expire_all()
    assert [one.name for one in circle.group.members] == ["Karin", None, None]
    assert [(one.kind, one.decision) for one in db.scalars(select(Destroyed))] == [("member-names", None)]


def test_each_kind_takes_what_is_old_and_no_more(
    db: Session, karin: Learner, make_learner: Callable[..., Learner], carry_out: Callable[..., int]
) -> None:
    guest, here = make_learner(), make_learner(last_seen_on=LATER, email="ny@forening.example")
    chief = make_learner(email="chef@region.example", is_administrator=True)
    db.add(SignIn(learner_id=here.id, started_at=NOW, seen_on=NOW.date()))
    db.add(SignIn(learner_id=here.id, started_at=LATER, seen_on=LATER.date()))
    for authority in (INTERNAL, Authority("http://lrs.example", "another")):
        actor = {"account": {"homePage": "http://a.example", "name": "1"}}
        one = {"actor": actor, "verb": {"id": "http://v.example/v"}, "object": {"id": "http://o.example"}}
        record(db, [one], authority=authority, now=NOW)
    audit.note(db, Action.PEOPLE_LISTED, by=None, now=NOW)
    db.commit()

    carry_out("sign-ins", "unused-guests", "inactive", "statements", "log")

    assert set(db.scalars(select(Learner.id))) == {here.id, chief.id}, guest.id
    assert [one.seen_on for one in db.scalars(select(SignIn))] == [LATER.date()]
    assert list(db.scalars(select(StatementRow.authority_key))) == [INTERNAL.key]
    assert min(db.scalars(select(AuditEntry.at))) == LATER
    assert isinstance(chain.verify(db), chain.Head)
    assert {one.kind: one.count for one in db.scalars(select(Destroyed))} == {
        "sign-ins": 1, "unused-guests": 1, "inactive": 1, "statements": 1, "log": 1}  # fmt: skip


def test_the_protocol_is_a_page_and_files(
    db: Session, karin: Learner, administrator: Visitor, carry_out: Callable[..., int]
) -> None:
    carry_out("inactive")

    assert "KS 2027/14" in administrator.get("/sv/admin/privacy/protocol").text
    assert "KS 2027/14" in administrator.get("/sv/admin/privacy/protocol.csv").text
    assert administrator.get("/sv/admin/privacy/protocol.pdf").data.startswith(b"%PDF")


def test_the_head_of_the_log_is_written_outside_the_database(db: Session, app: Flask, settings: Settings) -> None:
    """Where cutting the log off is noticed: once, however often the server looks."""
    db.add(RetentionRule(kind="log", days=1, decision="KS 2027/14", decided_on=NOW.date()))
    audit.note(db, Action.PEOPLE_LISTED, by=None, now=NOW)
    db.commit()

    assert upkeep.tidy(app, at=LATER) == 1
    upkeep.tidy(app, at=LATER)

    [written] = (settings.protocol_folder / "audit-heads.txt").read_text().split()
    assert chain.verify(db, known=[chain.read_head(written)]) == chain.read_head(written)
