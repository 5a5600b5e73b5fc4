"""Names of members without an account are forgotten; what was credited is not."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW
from tests.groups.circles import MEETING, Circle
from tracker.groups.claiming import new_codes
from tracker.groups.upkeep import forget_names
from tracker.progress.queries import overview

DAYS = 365


def _names(db: Session, circle: Circle) -> list[str | None]:
    db.expire_all()
    return [member.name for member in circle.group.members]


def test_names_are_forgotten_a_set_time_after_the_last_meeting(db: Session, app: Flask, course: Course) -> None:
    circle = Circle(db, app, "Yusuf", "Lena")
    circle.was_there(1, *circle.members)
    circle.close(1)
    closed = circle.meeting(1).closed_at
    assert closed is not None

    assert forget_names(db, before=closed) == 0
    assert forget_names(db, before=closed + timedelta(minutes=1)) == 2

    assert _names(db, circle) == ["Karin", None, None]
    assert overview(db, circle.members[0].registration.learner, course).lessons_done == set(MEETING[0])
    # And the slip that the person has still works.
    assert len(new_codes(db, circle.group, secret="s")) == 2


def test_who_has_taken_over_the_record_keeps_the_name(db: Session, app: Flask) -> None:
    circle = Circle(db, app, "Yusuf", "Lena")
    circle.members[0].claimed_at = NOW
    circle.members[1].registration.learner.email = "lena@forening.example"
    db.commit()

    assert forget_names(db, before=NOW + timedelta(days=8 * DAYS)) == 0


def test_a_group_with_a_meeting_to_come_is_not_over(db: Session, app: Flask) -> None:
    circle = Circle(db, app, "Yusuf")
    circle.meeting(3).starts_at = NOW + timedelta(days=2 * DAYS)
    db.commit()

    assert forget_names(db, before=NOW + timedelta(days=DAYS)) == 0
