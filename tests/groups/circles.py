"""Study circles for tests, made straight in the database: who is in them, and what their meetings said."""

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lrs_adapter.store import INTERNAL, iterate, voided_among
from lrs_adapter.vocabulary import VOIDED
from tests.conftest import NOW
from tests.tracker.taking import recorder_of
from tracker.groups.attendance import Mark, mark_each
from tracker.groups.closing import Held, close
from tracker.groups.models import Group, Meeting, Member, Pacing, Presence
from tracker.groups.pen import Json, Outcome
from tracker.learners.models import Learner
from tracker.learning.desk import begin
from tracker.progress.models import ActivityResult, CourseCompletion, LessonProgress, ModuleProgress

MEETING = [("0-1", "0-2", "1-1", "1-2", "1-3", "2-1", "2-2", "2-3"), ("3-1", "3-2", "3-3", "3-4", "4-1", "4-2", "4-3")]
MEETING.append(("5-1", "5-2", "5-3", "6-1", "6-2"))


class Circle:
    """``karin`` leads; the others have no account."""

    def __init__(self, db: Session, app: Flask, *names: str, now: datetime = NOW, **columns: object) -> None:
        self.db, self.app, self.now = db, app, now
        email = f"karin{db.scalar(select(func.count()).select_from(Group)) or ''}@forening.example"
        course = recorder_of(app).course
        self.group = Group(
            course_id=course.info.id,
            course_version=course.info.version,
            name="Torsdagsgruppen",
            pacing=Pacing.A,
            language="sv",
            created_at=now,
            **columns,
        )
        for number, plan in enumerate(course.meetings.meetings, 1):
            self.group.meetings.append(Meeting(number=number, plan_id=plan.id))
        db.add(self.group)
        self.leader = self.join("Karin", Learner(created_at=now, email=email), is_facilitator=True)
        self.members = [self.join(name) for name in names]
        db.commit()

    def join(self, name: str, learner: Learner | None = None, **columns: object) -> Member:
        learner = learner or Learner(created_at=self.now)
        self.db.add(learner)
        self.db.flush()
        desk = begin(self.db, learner, recorder_of(self.app), language="sv", now=self.now)
        member = Member(registration=desk.registration, name=name, joined_at=self.now, approved_at=self.now, **columns)
        self.group.members.append(member)
        self.db.flush()
        return member

    def meeting(self, number: int) -> Meeting:
        return self.group.meetings[number - 1]

    def was_there(self, number: int, *members: Member, presence: Presence = Presence.WHOLE, **more: object) -> None:
        marks = [Mark(member, presence, **more) for member in members]  # type: ignore[arg-type]
        mark_each(self.db, self.meeting(number), marks, now=self.now)

    def held(self, number: int, **more: object) -> Held:
        begins = self.now + timedelta(days=14 * (number - 1))
        said = {"begins": begins, "ends": begins + timedelta(hours=2), "break_minutes": 10}
        return Held(**{**said, "lessons": MEETING[number - 1], **more})  # type: ignore[arg-type]

    def close(self, number: int, *, now: datetime | None = None, by: Member | None = None, **more: object) -> Outcome:
        held = self.held(number, **more)
        outcome = close(
            self.db,
            self.meeting(number),
            held,
            by=by or self.leader,
            recorder=recorder_of(self.app),
            now=now or held.ends + timedelta(minutes=5),
        )
        self.db.commit()
        return outcome


def valid(db: Session, member: Member | None = None) -> list[Json]:
    """What is recorded and holds, of one member or of all, without the voids themselves."""
    registration = member.registration_id if member is not None else None
    found = list(iterate(db, authority=INTERNAL, registration=registration))
    voided = voided_among(db, [one.statement_id for one in found])
    return [
        one.statement for one in found if one.statement_id not in voided and one.statement["verb"]["id"] != VOIDED.id
    ]


def short(statements: list[Json]) -> list[str]:
    """``completed lesson/1-1`` and so on, sorted."""
    return sorted(
        f"{one['verb']['id'].rsplit('/')[-1]} {'/'.join(one['object']['id'].rsplit('/', 2)[-2:])}" for one in statements
    )


def progress(db: Session) -> list[list[tuple[object, ...]]]:
    """Every row of the projection."""
    db.flush()
    return [
        sorted(tuple(row) for row in db.execute(select(*model.__table__.columns)))
        for model in (ActivityResult, LessonProgress, ModuleProgress, CourseCompletion)
    ]
