"""Closing a meeting: who is credited with what, once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.store import count_statements
from tests.conftest import NOW
from tests.groups.circles import MEETING, Circle, progress, short, valid
from tests.tracker.taking import recorder_of, take_lesson
from tracker.certificates.models import Form
from tracker.certificates.services import issue
from tracker.groups.models import Attendance, Ballot, GroupAnswer, MeetingChange, Presence
from tracker.groups.turns import MeetingClosed
from tracker.learners.models import Learner
from tracker.progress import projection
from tracker.progress.queries import overview


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    return Circle(db, app, "Yusuf", "Lena", "Olle")


def _done(db: Session, course: Course, member: object) -> set[str]:
    return set(overview(db, member.registration.learner, course).lessons_done)  # type: ignore[attr-defined]


def test_everybody_present_is_credited_and_nobody_else(circle: Circle, db: Session, course: Course) -> None:
    yusuf, lena, olle = circle.members
    circle.was_there(1, circle.leader, yusuf, lena)

    circle.close(1)

    for member in (circle.leader, yusuf, lena):
        assert short(valid(db, member)) == sorted(
            [
                "registered " + "/".join(course.info.iri.rsplit("/", 2)[-2:]),
                f"attended meeting/{circle.meeting(1).id}",
                *(f"completed lesson/{name}" for name in MEETING[0]),
                "completed module/m0",
                "completed module/m1",
                "completed module/m2",
                "progressed " + "/".join(course.info.iri.rsplit("/", 2)[-2:]),
            ]
        )
        assert _done(db, course, member) == set(MEETING[0])
    assert [one["verb"]["id"].rsplit("/")[-1] for one in valid(db, olle)] == ["registered"]
    assert db.get_one(Attendance, (circle.meeting(1).id, olle.id)).presence is Presence.ABSENT


def test_closing_twice_records_nothing_twice(circle: Circle, db: Session) -> None:
    circle.was_there(1, *circle.members)
    circle.close(1)
    before = count_statements(db)

    with pytest.raises(MeetingClosed):
        circle.close(1, by=circle.members[0])
    db.rollback()

    assert count_statements(db) == before
    assert db.scalars(select(MeetingChange.what)).all() == ["closed"]


def test_nobody_is_ticked_after_the_closing(circle: Circle, db: Session) -> None:
    circle.close(1)

    with pytest.raises(MeetingClosed):
        circle.was_there(1, circle.members[0])


def test_who_was_there_for_a_part_gets_what_was_done_then(circle: Circle, db: Session, course: Course) -> None:
    yusuf, lena, _ = circle.members
    held = circle.held(1)
    late = {"presence": Presence.PART, "arrived_at": held.begins + timedelta(minutes=60)}
    circle.was_there(1, yusuf, **late)
    circle.was_there(1, lena, presence=Presence.PART, lessons=["1-1", "3-3"])

    circle.close(1)

    # Eight lessons of a quarter of an hour: the first four were over.
    assert _done(db, course, yusuf) == set(MEETING[0][4:])
    assert _done(db, course, lena) == {"1-1"}
    [attended] = [one for one in valid(db, yusuf) if one["verb"]["id"].endswith("attended")]
    assert attended["result"]["duration"] == "PT50M00S"


def test_the_check_counts_only_when_the_group_passed_it_together(circle: Circle, db: Session, course: Course) -> None:
    circle.was_there(3, *circle.members)

    circle.close(3, right=7)
    assert "6-1" not in _done(db, course, circle.members[0])
    group = circle.group.registration
    [failed] = [one for one in valid(db) if one["context"]["registration"] == str(group)]
    assert failed["verb"]["id"].endswith("failed")
    assert failed["actor"] == {
        "objectType": "Group",
        "account": {"homePage": "http://localhost", "name": str(circle.group.account)},
    }
    assert failed["result"]["score"] == {"raw": 7, "min": 0, "max": 10, "scaled": 0.7}


def test_the_whole_course_in_a_group_gives_a_certificate_that_says_so(
    circle: Circle, db: Session, course: Course
) -> None:
    yusuf, lena, olle = circle.members
    for number in (1, 2, 3):
        circle.was_there(number, circle.leader, yusuf, *([lena] if number != 2 else []))
        outcome = circle.close(number, right=8 if number == 3 else None)
    assert outcome.finished == 2
    for name in MEETING[1]:
        take_lesson(db, circle.app, lena.registration.learner, name, now=NOW + timedelta(days=40))
    for name in [*MEETING[0], *MEETING[1], *MEETING[2]]:
        take_lesson(db, circle.app, olle.registration.learner, name, now=NOW + timedelta(days=40))

    minutes = [course.lesson(name).info.minutes for name in MEETING[1]]
    made = {member.name: issue(db, member.registration.learner, course, now=NOW) for member in circle.group.members}

    assert {name: (one.form, one.minutes) for name, one in made.items()} == {
        "Karin": (Form.GROUP, 280),
        "Yusuf": (Form.GROUP, 280),
        "Lena": (Form.BOTH, 280 - sum(one.group - one.solo for one in minutes)),
        "Olle": (Form.ALONE, 108),
    }
    assert str(made["Karin"].completed_on) == "2027-03-04"


def test_a_rehearsal_records_nothing(db: Session, app: Flask) -> None:
    circle = Circle(db, app, "Yusuf", is_rehearsal=True)
    before = count_statements(db)
    circle.was_there(1, *circle.members)

    circle.close(1)

    assert count_statements(db) == before
    assert circle.meeting(1).closed_at is not None


def test_votes_are_thrown_away(circle: Circle, db: Session) -> None:
    db.add(Ballot(meeting_id=circle.meeting(1).id, question="q", token="t", choice="a"))
    db.commit()

    circle.close(1)

    assert db.scalar(select(func.count()).select_from(Ballot)) == 0


def test_a_joint_answer_is_the_groups_and_nobody_elses(circle: Circle, db: Session, course: Course) -> None:
    cards = course.lesson("1-1").activities["sv"]["falten"].cards
    response = {card.id: card.accepts[0] for card in cards}
    circle.meeting(1).answers.append(
        GroupAnswer(lesson_id="1-1", activity_id="falten", response=response, sentence="Vi är eniga", updated_at=NOW)
    )
    circle.was_there(1, circle.members[0])

    circle.close(1)

    [answer] = [one for one in valid(db) if one["actor"]["objectType"] == "Group"]
    assert answer["verb"]["id"].endswith("answered")
    assert answer["result"]["success"] is True
    assert "member" not in answer["actor"]
    assert "eniga" not in str(answer)
    assert progress(db)[0] == []


def test_somebody_without_a_registration_any_more_is_left_out(circle: Circle, db: Session) -> None:
    yusuf, lena, _ = circle.members
    circle.was_there(1, yusuf, lena)
    db.delete(db.get_one(Learner, yusuf.registration.learner_id))
    db.commit()
    db.expire_all()

    circle.close(1)

    assert yusuf.registration is None
    assert len([one for one in valid(db) if one["verb"]["id"].endswith("attended")]) == 1


def test_done_alone_before_is_still_done_once(circle: Circle, db: Session, course: Course) -> None:
    yusuf = circle.members[0]
    take_lesson(db, circle.app, yusuf.registration.learner, "1-1", now=NOW)
    circle.was_there(1, yusuf)

    circle.close(1)

    done = overview(db, yusuf.registration.learner, course)
    assert "1-1" not in done.lessons_in_group
    assert done.lessons_in_group == set(MEETING[0]) - {"1-1"}
    modules = [one for one in valid(db, yusuf) if "/module/" in one["object"]["id"]]
    assert len(modules) == len({one["object"]["id"] for one in modules}) == 3


def test_progress_made_again_from_the_statements_is_the_same(circle: Circle, db: Session, course: Course) -> None:
    circle.was_there(1, circle.leader, *circle.members)
    circle.close(1)
    before = progress(db)

    projection.rebuild(db, recorder_of(circle.app).course.info.iri)

    assert progress(db) == before
    assert all(row[6] == circle.meeting(1).id for row in before[1])
