"""Two who come at the same moment, in an order that is forced: the second waits where the first holds what it wants.

On PostgreSQL only. SQLite has one writer at a time, and there the second begins when the first is done.
"""

import re
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from lrs_adapter import erasure, store
from lrs_adapter.models import StatementRow
from tests.conftest import NOW, Visitor
from tests.groups.circles import Circle
from tests.tracker.taking import recorder_of
from tracker.auth.joining import join
from tracker.auth.services import make_account
from tracker.certificates import services as certificates
from tracker.db import engine_of
from tracker.groups import joining, leading, services
from tracker.groups.access import GroupEnded
from tracker.groups.closing import close
from tracker.groups.models import Group, Meeting, Member
from tracker.learners.models import Learner
from tracker.learning.desk import begin
from tracker.privacy import retention
from tracker.privacy.erasing import Place
from tracker.privacy.models import RetentionRule
from tracker.progress.models import CourseCompletion
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

MakeLearner = Callable[..., Learner]
Read = TypeVar("Read")


@pytest.fixture(autouse=True)
def _with_locks(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--database") == "sqlite":
        pytest.skip("one writer at a time")


def _until_waiting(app: Flask, count: int, threads: Sequence[threading.Thread]) -> None:
    """For a lock. Or until one has ended without."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'"
    )
    with engine_of(app).connect().execution_options(isolation_level="AUTOCOMMIT") as look:
        while (look.scalar(waiting) or 0) < count and all(one.is_alive() for one in threads):
            threads[-1].join(0.01)


def _second_of(
    app: Flask,
    first: Callable[[Session], object],
    second: Callable[[Session, Read], Any],
    *,
    read: Callable[[Session], Read] = lambda _db: None,  # type: ignore[assignment, return-value]
) -> Any:
    """What the second came to, or its error. What it has ``read`` was so before the first began; the first commits when
    the second waits for it."""
    found: list[Any] = []
    has_read, go = threading.Event(), threading.Event()

    def run() -> None:
        with app.app_context(), Session(engine_of(app)) as own:
            known = read(own)
            has_read.set()
            go.wait()
            try:
                found.append(second(own, known))
                own.commit()
            except Exception as error:
                found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    has_read.wait()
    with app.app_context(), Session(engine_of(app)) as own:
        first(own)
        own.flush()
        go.set()
        _until_waiting(app, 1, [thread])
        own.commit()
    thread.join()
    return found[0]


# ---------------------------------------------------------------- groups


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    circle = Circle(db, app, "Yusuf")
    db.commit()
    return circle


def _opening(circle: Circle, number: int) -> Callable[..., None]:
    meeting_id, leader_id = circle.meeting(number).id, circle.leader.id

    def opens(own: Session, _known: object = None) -> None:
        leading.open_meeting(own, own.get_one(Meeting, meeting_id), own.get_one(Member, leader_id), now=NOW)

    return opens


def test_of_two_meetings_that_are_opened_one_is_first(circle: Circle, app: Flask) -> None:
    found = _second_of(
        app,
        _opening(circle, 1),
        _opening(circle, 2),
        read=lambda own: [*own.get_one(Group, circle.group.id).meetings],
    )

    assert isinstance(found, leading.AnotherIsOpen), found


def test_a_group_that_is_just_ending_opens_no_meeting(circle: Circle, app: Flask) -> None:
    group_id = circle.group.id

    found = _second_of(
        app,
        lambda own: services.end_group(own, own.get_one(Group, group_id), now=NOW),
        _opening(circle, 1),
        read=lambda own: [*own.get_one(Group, group_id).meetings],
    )

    assert isinstance(found, GroupEnded), found


def test_whoever_joins_while_a_meeting_is_closed_is_in_the_group(circle: Circle, db: Session, app: Flask) -> None:
    """Closing writes to the meeting twice, which asks for its group; joining holds the group and tells the meeting."""
    newcomer = Learner(created_at=NOW)
    db.add(newcomer)
    circle.was_there(1, *circle.members)
    db.commit()
    group_id, newcomer_id = circle.group.id, newcomer.id
    meeting_id, leader_id, held = circle.meeting(1).id, circle.leader.id, circle.held(1)

    def closing(own: Session) -> None:
        own.execute(select(Meeting.id).where(Meeting.id == meeting_id).with_for_update())
        second.start()
        _until_waiting(app, 1, [second])
        meeting, by = own.get_one(Meeting, meeting_id), own.get_one(Member, leader_id)
        close(own, meeting, held, by=by, recorder=recorder_of(app), now=NOW + timedelta(hours=3))

    def joins() -> None:
        with app.app_context(), Session(engine_of(app)) as own:
            desk = begin(own, own.get_one(Learner, newcomer_id), recorder_of(app), language="sv", now=NOW)
            joining.join(own, own.get_one(Group, group_id), desk, name="Nils")
            own.commit()

    second = threading.Thread(target=joins)
    with app.app_context(), Session(engine_of(app)) as own:
        closing(own)
        own.commit()
    second.join()

    db.expire_all()
    assert [one.name for one in circle.group.members] == ["Karin", "Yusuf", "Nils"]
    assert circle.meeting(1).closed_at is not None


def test_what_two_change_of_a_meeting_is_two_changes_to_its_devices(circle: Circle, db: Session, app: Flask) -> None:
    leading.open_meeting(db, circle.meeting(1), circle.leader, now=NOW)
    db.commit()
    meeting_id, before = circle.meeting(1).id, circle.meeting(1).revision

    _second_of(
        app,
        lambda own: leading.show(own, own.get_one(Meeting, meeting_id), screen="code"),
        lambda own, known: services.plan_meeting(
            own, known, starts_at=NOW, ends_at=NOW + timedelta(hours=2), location="Biblioteket", now=NOW
        ),
        read=lambda own: own.get_one(Meeting, meeting_id),
    )

    db.expire_all()
    assert circle.meeting(1).revision == before + 2


def test_no_certificate_of_what_is_taken_back_at_that_moment(circle: Circle, db: Session, app: Flask) -> None:
    registration, course = circle.members[0].registration, recorder_of(app).course
    assert registration is not None
    done = {"completed_at": NOW, "course_version": course.info.version, "minutes": 400, "lesson_count": 20}
    db.add(CourseCompletion(registration_id=registration.id, **done))
    db.commit()

    def corrected(own: Session) -> None:
        registrations.lock(own, own.get_one(Registration, registration.id))
        own.execute(delete(CourseCompletion))

    found = _second_of(
        app,
        corrected,
        lambda own, known: certificates.issue(own, known, course, now=NOW),
        read=lambda own: own.get_one(Learner, registration.learner_id),
    )

    assert isinstance(found, certificates.NotComplete), found


# ---------------------------------------------------------------- accounts


def test_a_guest_who_has_just_become_an_account_is_not_merged_into_another(
    app: Flask, db: Session, make_learner: MakeLearner
) -> None:
    """Two links, to two addresses, used at the same moment."""
    guest, other = make_learner().id, make_learner(email="annan@forening.example").id

    joined = _second_of(
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
            _until_waiting(app, count, threads[:count])
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
        _until_waiting(app, 1, [page])
        holding.commit()
    page.join()

    assert answers[0].status_code == 409
    assert re.search(r"<h1[^>]*>\s*Någon annan ändrade samma sak samtidigt", answers[0].text)


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

    erased = _second_of(
        app,
        comes_back,
        lambda own, _: retention.KINDS["inactive"].forget(own, NOW - timedelta(days=730), rule, place, NOW),
    )

    assert erased == 1
    assert db.scalars(select(Learner.email)).all() == ["ater@forening.example"]


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

    assert _second_of(app, erasing("first"), erasing("second")) == 1

    kept = db.scalar(select(StatementRow.statement)) or ""
    assert re.findall(r'"name":"([^"]+)"', kept)[:3] == ["somebody", "erased first", "erased second"]
