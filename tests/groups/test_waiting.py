"""Two who change a group at the same moment, in an order that is forced."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.groups.circles import Circle
from tests.tracker.taking import recorder_of
from tests.tracker.waiting import second_of, until_waiting
from tracker.certificates import services as certificates
from tracker.db import engine_of
from tracker.groups import joining, leading, services
from tracker.groups.access import GroupEnded
from tracker.groups.closing import close
from tracker.groups.models import Group, Meeting, Member
from tracker.learners.models import Learner
from tracker.learning.desk import begin
from tracker.progress.models import CourseCompletion
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

pytestmark = pytest.mark.locks


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
    found = second_of(
        app,
        _opening(circle, 1),
        _opening(circle, 2),
        read=lambda own: [*own.get_one(Group, circle.group.id).meetings],
    )

    assert isinstance(found, leading.AnotherIsOpen), found


def test_a_group_that_is_just_ending_opens_no_meeting(circle: Circle, app: Flask) -> None:
    group_id = circle.group.id

    found = second_of(
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
        until_waiting(app, 1, [second])
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

    second_of(
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

    found = second_of(
        app,
        corrected,
        lambda own, known: certificates.issue(own, known, course, now=NOW),
        read=lambda own: own.get_one(Learner, registration.learner_id),
    )

    assert isinstance(found, certificates.NotComplete), found
