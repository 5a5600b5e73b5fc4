"""Two who do something at the same moment: real connections, each in a thread of its own."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.store import count_statements
from tests.conftest import NOW
from tests.groups.circles import MEETING, Circle, valid
from tests.tracker.taking import recorder_of, take_lesson
from tracker import db as tracker_db
from tracker.groups import claiming, leading, voting
from tracker.groups.attendance import Mark, mark_each
from tracker.groups.closing import close
from tracker.groups.models import Ballot, Meeting, Member, Presence
from tracker.groups.turns import MeetingClosed
from tracker.learners.models import Learner
from tracker.progress.queries import overview


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    circle = Circle(db, app, "Yusuf", "Lena", "Olle")
    circle.was_there(1, *circle.members)
    db.commit()
    return circle


def _at_once(app: Flask, db: Session, *works: Callable[[Session], object]) -> list[object]:
    """What each came to, or the error that it met. They begin together."""
    db.rollback()
    gate = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int) -> None:
        with app.app_context(), Session(tracker_db.db.engine) as own:
            gate.wait()
            try:
                results[place] = works[place](own)
                own.commit()
            except Exception as error:
                own.rollback()
                results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.expire_all()
    return results


def test_two_facilitators_close_at_the_same_moment(circle: Circle, db: Session, app: Flask) -> None:
    meeting_id, leader_id, held = circle.meeting(1).id, circle.leader.id, circle.held(1)

    def work(own: Session) -> object:
        meeting, by = own.get_one(Meeting, meeting_id), own.get_one(Member, leader_id)
        return close(own, meeting, held, by=by, recorder=recorder_of(app), now=NOW + timedelta(hours=3))

    results = _at_once(app, db, work, work)

    assert sum(isinstance(one, MeetingClosed) for one in results) == 1, results
    for member in circle.members:
        assert sum(one["verb"]["id"].endswith("attended") for one in valid(db, member)) == 1
    assert count_statements(db) == 4 + 3 * 13


def test_a_phone_that_votes_twice_at_the_same_moment_has_one_vote(circle: Circle, db: Session, app: Flask) -> None:
    meeting_id = circle.meeting(1).id
    leading.open_meeting(db, circle.meeting(1), circle.leader, now=NOW)
    circle.meeting(1).slide = question = "2-3.insandaren.insandaren.vote"
    db.commit()

    def vote(choice: str) -> Callable[[Session], None]:
        return lambda own: voting.cast(
            own, own.get_one(Meeting, meeting_id), question=question, choice=choice, device="a phone", secret="s"
        )

    assert _at_once(app, db, vote("svara-oppet"), vote("skjut-upp")) == [None, None]
    assert db.scalar(select(func.count()).select_from(Ballot)) == 1


def test_two_facilitators_who_press_next_at_the_same_moment(circle: Circle, db: Session, app: Flask) -> None:
    course, meeting_id = recorder_of(app).course, circle.meeting(1).id
    leading.open_meeting(db, circle.meeting(1), circle.leader, now=NOW)
    db.commit()

    def press(own: Session) -> object:
        meeting = own.get_one(Meeting, meeting_id)
        shown = leading.programme_of(own, meeting, course, "sv")
        return leading.move(own, meeting, course, shown, seen="start", to="next", now=NOW).key

    results = _at_once(app, db, press, press)

    assert sum(isinstance(one, leading.StalePress) for one in results) == 1, results
    assert circle.meeting(1).slide == "0-1.title"


def test_a_tick_at_the_moment_of_closing_counts_or_is_refused(
    circle: Circle, db: Session, app: Flask, course: Course
) -> None:
    meeting_id, leader_id, held = circle.meeting(1).id, circle.leader.id, circle.held(1)

    def closing(own: Session) -> object:
        meeting, by = own.get_one(Meeting, meeting_id), own.get_one(Member, leader_id)
        return close(own, meeting, held, by=by, recorder=recorder_of(app), now=NOW + timedelta(hours=3))

    def ticking(own: Session) -> object:
        meeting, member = own.get_one(Meeting, meeting_id), own.get_one(Member, leader_id)
        return mark_each(own, meeting, [Mark(member, Presence.WHOLE)], now=NOW)

    _closed, ticked = _at_once(app, db, closing, ticking)

    assert circle.leader.registration is not None
    done = overview(db, circle.leader.registration.learner, course).lessons_done
    assert done == (set() if isinstance(ticked, MeetingClosed) else set(MEETING[0])), ticked


def test_the_same_code_used_at_the_same_moment(circle: Circle, db: Session, app: Flask) -> None:
    member_id = circle.members[0].id
    people = [Learner(created_at=NOW, email=f"{name}@forening.example") for name in ("a", "b")]
    db.add_all(people)
    db.commit()
    ids = [one.id for one in people]

    def work(learner_id: int) -> Callable[[Session], object]:
        return lambda own: (
            claiming.claim(
                own,
                own.get_one(Member, member_id),
                by=own.get_one(Learner, learner_id),
                recorder=recorder_of(app),
                now=NOW,
            ).id
        )

    results = _at_once(app, db, *map(work, ids))

    assert sum(isinstance(one, claiming.ClaimUsed) for one in results) == 1, results
    [winner] = [one for one in results if not isinstance(one, Exception)]
    assert circle.members[0].registration is not None
    assert circle.members[0].registration.learner_id == winner


def test_somebody_does_a_lesson_alone_while_the_meeting_is_closed(
    circle: Circle, db: Session, app: Flask, course: Course
) -> None:
    yusuf = circle.members[0]
    assert yusuf.registration is not None
    meeting_id, leader_id, held = circle.meeting(1).id, circle.leader.id, circle.held(1)
    learner_id = yusuf.registration.learner_id

    def closing(own: Session) -> object:
        meeting, by = own.get_one(Meeting, meeting_id), own.get_one(Member, leader_id)
        return close(own, meeting, held, by=by, recorder=recorder_of(app), now=NOW + timedelta(hours=3))

    def alone(own: Session) -> object:
        for name in ("2-3", "3-1"):
            take_lesson(own, app, own.get_one(Learner, learner_id), name, now=NOW)
        return True

    results = _at_once(app, db, closing, alone)

    assert not [one for one in results if isinstance(one, Exception)], results
    done = overview(db, yusuf.registration.learner, course)
    assert done.lessons_done == {*MEETING[0], "3-1"}
    modules = [one["object"]["id"] for one in valid(db, yusuf) if "/module/" in one["object"]["id"]]
    assert len(modules) == len(set(modules)) == 3
