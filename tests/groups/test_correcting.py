"""A meeting that is reopened and put right: only what differs is taken back, and progress always follows."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.completion import completed_modules, course_complete
from course.schema import Course
from lrs_adapter.store import iterate
from tests.conftest import NOW
from tests.groups.circles import MEETING, Circle, progress, short, valid
from tests.tracker.taking import recorder_of, take_lesson
from tracker.certificates.models import Certificate, Form
from tracker.certificates.services import issue
from tracker.groups.closing import MeetingOpen, reopen
from tracker.groups.models import GroupAnswer, MeetingChange, Presence
from tracker.groups.pen import Outcome
from tracker.progress import projection
from tracker.progress.models import LessonProgress
from tracker.progress.queries import overview

LATER = NOW + timedelta(days=60)


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    return Circle(db, app, "Yusuf", "Lena", "Olle")


def _again(circle: Circle, number: int, **more: object) -> Callable[[], Outcome]:
    reopen(circle.db, circle.meeting(number), by=circle.leader, now=LATER)
    return lambda: circle.close(number, now=LATER, **more)


def _done(db: Session, course: Course, member: object) -> set[str]:
    return set(overview(db, member.registration.learner, course).lessons_done)  # type: ignore[attr-defined]


def _whole(circle: Circle) -> None:
    for number in (1, 2, 3):
        circle.was_there(number, circle.leader, *circle.members)
        circle.close(number, right=9 if number == 3 else None)


def test_nothing_changed_changes_nothing(circle: Circle, db: Session) -> None:
    _whole(circle)
    before = [one["id"] for one in valid(db)]

    outcome = _again(circle, 2)()

    assert (outcome.issued, outcome.voided) == (0, 0)
    assert [one["id"] for one in valid(db)] == before


def test_somebody_who_was_not_there_after_all_loses_exactly_that(circle: Circle, db: Session, course: Course) -> None:
    _whole(circle)
    yusuf, lena, _ = circle.members
    code = issue(db, yusuf.registration.learner, course, now=LATER).code
    lenas = [one["id"] for one in valid(db, lena)]
    close = _again(circle, 2)
    circle.was_there(2, yusuf, presence=Presence.ABSENT)

    outcome = close()

    assert _done(db, course, yusuf) == {*MEETING[0], *MEETING[2]}
    assert overview(db, yusuf.registration.learner, course).modules_done == {"m0", "m1", "m2", "m5", "m6"}
    assert not overview(db, yusuf.registration.learner, course).course_done
    assert [one["id"] for one in valid(db, lena)] == lenas
    # Seven lessons, the attendance, two modules, the course, and the percentages of meeting 2 and 3.
    assert (outcome.voided, outcome.withdrawn) == (13, 1)
    assert db.get(Certificate, code) is None
    percents = [
        one["result"]["extensions"]["https://w3id.org/xapi/cmi5/result/extensions/progress"]
        for one in valid(db, yusuf)
        if one["verb"]["id"].endswith("progressed")
    ]
    assert percents == [40]


def test_somebody_who_had_done_the_lessons_alone_keeps_them(circle: Circle, db: Session, course: Course) -> None:
    yusuf, lena, _ = circle.members
    for name in MEETING[1]:
        take_lesson(db, circle.app, yusuf.registration.learner, name, now=NOW)
    _whole(circle)
    # And here the lessons are taken alone after the meeting, when there is nothing to complete any more.
    for name in MEETING[1]:
        take_lesson(db, circle.app, lena.registration.learner, name, now=LATER)
    certificates = [issue(db, one.registration.learner, course, now=LATER) for one in (yusuf, lena)]
    assert [one.form for one in certificates] == [Form.BOTH, Form.GROUP]
    close = _again(circle, 2)
    circle.was_there(2, yusuf, lena, presence=Presence.ABSENT)

    close()

    for member in (yusuf, lena):
        done = overview(db, member.registration.learner, course)
        assert (len(done.lessons_done), len(done.modules_done), done.course_done) == (20, 7, True)
        assert done.lessons_in_group == {*MEETING[0], *MEETING[2]}
    db.expire_all()
    assert [one.form for one in certificates] == [Form.BOTH, Form.BOTH]


def test_a_lesson_taken_off_the_list_is_taken_from_everybody(circle: Circle, db: Session, course: Course) -> None:
    circle.was_there(1, *circle.members)
    circle.close(1)

    outcome = _again(circle, 1, lessons=[name for name in MEETING[0] if name != "2-3"])()

    assert outcome.voided == 3 * 3  # the lesson, module 2, and 40 per cent
    for member in circle.members:
        assert "2-3" not in _done(db, course, member)
        assert overview(db, member.registration.learner, course).modules_done == {"m0", "m1"}
        assert sum(one["verb"]["id"].endswith("progressed") for one in valid(db, member)) == 1


def test_a_lesson_taken_back_can_be_done_alone_and_completes_its_module_again(
    circle: Circle, db: Session, course: Course
) -> None:
    yusuf = circle.members[0]
    circle.was_there(1, *circle.members)
    circle.close(1)
    _again(circle, 1, lessons=[name for name in MEETING[0] if name != "2-3"])()
    take_lesson(db, circle.app, yusuf.registration.learner, "2-3", now=LATER)
    assert "m2" in overview(db, yusuf.registration.learner, course).modules_done

    # Taken back once more, by way of another lesson of the module, and done alone once more.
    _again(circle, 1, lessons=["1-1"])()
    for name in ("2-1", "2-2"):
        take_lesson(db, circle.app, yusuf.registration.learner, name, now=LATER)

    assert "m2" in overview(db, yusuf.registration.learner, course).modules_done
    assert sum(one["object"]["id"].endswith("module/m2") for one in valid(db, yusuf)) == 1


def test_times_that_were_an_hour_wrong_are_said_anew(circle: Circle, db: Session, course: Course) -> None:
    _whole(circle)
    held = circle.held(3)
    hour = timedelta(hours=1)

    _again(circle, 3, begins=held.begins - hour, ends=held.ends - hour, right=9)()

    yusuf = circle.members[0]
    here = [one for one in valid(db, yusuf) if str(circle.meeting(3).id) in str(one)]
    assert {one["timestamp"] for one in here} == {"2027-03-04T18:30:00.000Z"}
    assert overview(db, yusuf.registration.learner, course).course_done
    assert short(valid(db, yusuf)) == short(valid(db, circle.members[1]))


def test_a_corrected_answer_is_said_anew_and_the_check_follows(circle: Circle, db: Session, course: Course) -> None:
    circle.was_there(3, *circle.members)
    circle.close(3, right=9)
    yusuf = circle.members[0]
    assert "6-1" in _done(db, course, yusuf)

    _again(circle, 3, right=7)()

    assert "6-1" not in _done(db, course, yusuf)
    of_group = [one for one in valid(db) if one["actor"]["objectType"] == "Group"]
    assert [one["verb"]["id"].rsplit("/")[-1] for one in of_group] == ["failed"]


def test_a_member_removed_after_the_closing_keeps_the_credit(circle: Circle, db: Session, course: Course) -> None:
    yusuf = circle.members[0]
    circle.was_there(1, *circle.members)
    circle.close(1)
    yusuf.removed_at = LATER
    db.commit()

    _again(circle, 1)()

    assert _done(db, course, yusuf) == set(MEETING[0])


def test_a_member_of_two_groups_keeps_what_the_other_gave(
    circle: Circle, db: Session, app: Flask, course: Course
) -> None:
    yusuf = circle.members[0]
    other = Circle(db, app)
    same = other.join("Yusuf", yusuf.registration.learner)
    circle.was_there(1, yusuf)
    circle.close(1)
    other.was_there(1, same)
    other.close(1)
    close = _again(circle, 1)
    circle.was_there(1, yusuf, presence=Presence.ABSENT)

    close()

    assert _done(db, course, yusuf) == set(MEETING[0])
    rows = db.scalars(select(LessonProgress).where(LessonProgress.registration_id == yusuf.registration_id))
    assert {row.meeting_id for row in rows} == {other.meeting(1).id}


def test_only_a_closed_meeting_can_be_reopened(circle: Circle, db: Session) -> None:
    circle.close(1)
    reopen(db, circle.meeting(1), by=circle.leader, now=LATER)

    with pytest.raises(MeetingOpen):
        reopen(db, circle.meeting(1), by=circle.leader, now=LATER)


def test_each_change_leaves_a_line(circle: Circle, db: Session) -> None:
    circle.was_there(1, *circle.members)
    circle.close(1)
    close = _again(circle, 1)
    circle.was_there(1, circle.members[0], presence=Presence.ABSENT)
    close()

    lines = list(db.scalars(select(MeetingChange).order_by(MeetingChange.id)))

    assert [(one.what, one.member_id) for one in lines] == [
        (what, circle.leader.id) for what in ("closed", "reopened", "corrected")
    ]
    assert lines[2].details["changed"] == ["absent", "present"]
    assert lines[2].details["voided"] == 13
    assert "Yusuf" not in str([one.details for one in lines])


@pytest.mark.parametrize("seed", range(6))
def test_progress_always_equals_a_slow_simple_count(
    seed: int, db: Session, app: Flask, course: Course, make_learner: Callable[..., object]
) -> None:
    """Two meetings closed, reopened and corrected at random, between lessons taken alone."""
    chance = random.Random(seed)
    circle = Circle(db, app, "Yusuf", "Lena")
    people = [circle.leader, *circle.members]
    alone: dict[int, set[str]] = {member.id: set() for member in people}
    held: dict[int, tuple[set[int], list[str]]] = {}
    now = LATER
    for _ in range(14):
        now += timedelta(hours=1)
        if chance.random() < 0.4:
            member, name = chance.choice(people), chance.choice([*MEETING[0], *MEETING[1], *MEETING[2]])
            take_lesson(db, app, member.registration.learner, name, now=now)
            db.commit()
            alone[member.id].add(name)
        else:
            number = chance.choice((1, 2, 3))
            if number in held:
                reopen(db, circle.meeting(number), by=circle.leader, now=now)
            there = [member for member in people if chance.random() < 0.6]
            circle.was_there(number, *there)
            circle.was_there(number, *[one for one in people if one not in there], presence=Presence.ABSENT)
            lessons = [name for name in MEETING[number - 1] if chance.random() < 0.8]
            right = chance.choice((5, 9))
            circle.close(number, now=now, lessons=lessons, right=right)
            given = [name for name in lessons if name != "6-1" or _right(circle) >= 8]
            held[number] = ({member.id for member in there}, given)
        for member in people:
            expected = alone[member.id].union(*(names for there_, names in held.values() if member.id in there_))
            found = overview(db, member.registration.learner, course)
            assert found.lessons_done == expected
            assert found.modules_done == completed_modules(course, expected)
            assert found.course_done == course_complete(course, expected)
            completed = [one["object"]["id"] for one in valid(db, member) if "/module/" in one["object"]["id"]]
            assert len(completed) == len(set(completed)) == len(found.modules_done)

    before = progress(db)
    assert projection.rebuild(db, recorder_of(app).course.info.iri) == sum(1 for _ in iterate(db))
    assert progress(db) == before


def _right(circle: Circle) -> int:
    """The check is kept from the last time that it was among the meeting's lessons."""
    answer = circle.db.get(GroupAnswer, (circle.meeting(3).id, "6-1", "kunskapskoll"))
    return answer.response["right"] if answer is not None else 0
