"""From a closed meeting to Statements, and from a corrected one to what differs.

What should be said is built from the meeting; what has been said is read from the store. What is said and should not
be is voided, what should be said and is not is recorded. So closing for the first time, closing again and closing with
nothing changed are one and the same thing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.iri import lesson_iri
from course.schema import Lesson
from lrs_adapter.vocabulary import ATTENDED
from tracker.groups import answers
from tracker.groups.attendance import credited_lessons
from tracker.groups.correcting import make_up, take_back
from tracker.groups.models import Attendance, Meeting, Member, Presence
from tracker.groups.pen import Json, Outcome, Pen, is_credit, meaning
from tracker.groups.study_hours import hours_of, minutes_there
from tracker.learners.models import Learner
from tracker.learning.completing import complete_together
from tracker.learning.desk import Recorder
from tracker.progress.queries import overview
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

__all__ = ["credit", "minutes_held"]


@dataclass(frozen=True)
class _Credit:
    """What one registration gets from the meeting."""

    registration: Registration
    row: Attendance
    lessons: tuple[Lesson, ...]


def credit(db: Session, meeting: Meeting, *, recorder: Recorder, by: Member, now: datetime) -> Outcome:
    """Make the store say what the meeting says. Nothing changes where it does already."""
    pen = Pen(db, meeting, recorder, by, now)
    given = answers.creditable(pen.course, meeting)
    found = {one.registration.id: one for one in _credits(pen, given)}
    # In the order of their ids, so that two meetings that are closed at once never wait for each other. Whose they are
    # is read again: somebody may just have taken over a record with a personal code, or have been erased.
    held = select(Registration).where(Registration.id.in_(found)).order_by(Registration.id)
    held = held.with_for_update(of=Registration).execution_options(populate_existing=True)
    by_learner: dict[int, list[_Credit]] = defaultdict(list)
    for registration in db.scalars(held).all():
        by_learner[registration.learner_id].append(found[registration.id])
    for owed in by_learner.values():
        _credit_learner(pen, owed[0].registration.learner, owed)
    _credit_group(pen)
    return pen.outcome


def minutes_held(meeting: Meeting) -> int:
    """Without the breaks. 0 where it is not known when the meeting was."""
    if meeting.held_from is None or meeting.held_to is None:
        return 0
    return minutes_there(
        meeting.held_from, meeting.held_to, arrived=None, left=None, break_minutes=meeting.break_minutes
    )


def _credits(pen: Pen, given: Collection[str]) -> Iterator[_Credit]:
    for row in pen.meeting.attendance:
        registration = row.member.registration
        if registration is not None:  # of somebody who has been erased nothing is said any more
            names = credited_lessons(pen.course, pen.meeting, row)
            yield _Credit(registration, row, tuple(pen.course.lesson(name) for name in names if name in given))


def _credit_learner(pen: Pen, learner: Learner, owed: list[_Credit]) -> None:
    """Several where one person was in the group under two names, before the records were joined."""
    db, iri = pen.db, pen.course.info.iri
    before = overview(db, learner, pen.course).lessons_done
    of_learner = [one.id for one in registrations.of_learner(db, learner, pen.course)]
    said = pen.said(of_learner) if pen.meeting.corrections else []
    held = {meaning(one): one for one in said if pen.is_here(one) and is_credit(iri, one)}
    wanted = [(one, list(_statements(pen, one))) for one in owed]
    meanings = {meaning(statement) for _, statements in wanted for statement in statements}
    gone = [one for key, one in held.items() if key not in meanings]
    if not gone and meanings <= held.keys():
        return
    fresh = {statement["id"] for _, found in wanted for statement in found if meaning(statement) not in held}
    coming = {
        lesson.id
        for one, _ in wanted
        for lesson in one.lessons
        if pen.desk(one.registration).writer.completed_lesson(lesson)["id"] in fresh
    }
    if said:
        take_back(pen, learner, said, gone, before=before, coming=coming)
    for one, found in wanted:
        pen.record(
            statement for statement in found if statement["id"] in fresh and statement["verb"]["id"] == ATTENDED.id
        )
        places = {statement["object"]["id"] for statement in found if statement["id"] in fresh}
        lessons = [lesson for lesson in one.lessons if lesson_iri(iri, lesson.id) in places]
        pen.outcome.finished += complete_together(db, pen.desk(one.registration), lessons).course
    if said:
        make_up(pen, learner, said, [lesson for one in owed for lesson in one.lessons], coming)


def _statements(pen: Pen, one: _Credit) -> Iterator[Json]:
    if one.row.presence is Presence.ABSENT:
        return
    writer = pen.desk(one.registration).writer
    yield writer.attended(duration=_duration(pen.meeting, one.row), study_hours=hours_of(minutes_held(pen.meeting)))
    for lesson in one.lessons:
        yield writer.completed_lesson(lesson)


def _duration(meeting: Meeting, row: Attendance) -> timedelta | None:
    """How long somebody was there; None where only a part of it is known to be a part."""
    if meeting.held_from is None or meeting.held_to is None:
        return None
    if row.presence is Presence.WHOLE:
        return timedelta(minutes=minutes_held(meeting))
    if row.arrived_at is None and row.left_at is None:
        return None
    there = minutes_there(
        meeting.held_from,
        meeting.held_to,
        arrived=row.arrived_at,
        left=row.left_at,
        break_minutes=meeting.break_minutes,
    )
    return timedelta(minutes=there)


def _credit_group(pen: Pen) -> None:
    """The joint answers, in the group's own name."""
    group = pen.meeting.group
    said = [one for one in pen.said([group.registration]) if pen.is_here(one)] if pen.meeting.corrections else []
    held = {meaning(one): one for one in said}
    done = {one.lesson_id for one in pen.meeting.lessons if one.done}
    wanted = {meaning(one): one for one in answers.statements(pen.group_writer, pen.meeting, lessons=done)}
    pen.void(one for key, one in held.items() if key not in wanted)
    pen.record(one for key, one in wanted.items() if key not in held)
