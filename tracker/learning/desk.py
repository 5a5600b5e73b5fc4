"""Where a learner sits: whose registration, which course, in which language, when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from course.schema import Course, Language
from lrs_adapter.store import INTERNAL, OnStored, get_statement, record
from tracker.learners.models import Learner
from tracker.learning.recording import Together, Writer
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

__all__ = ["Desk", "Recorder", "begin", "sit_down"]


@dataclass(frozen=True)
class Recorder:
    """How this server records: the same for every learner."""

    course: Course
    home_page: str
    on_stored: OnStored


@dataclass(frozen=True)
class Desk:
    """Where one learner sits, at one moment; with a group or alone."""

    recorder: Recorder
    registration: Registration
    language: Language
    now: datetime
    together: Together | None = None
    at: datetime | None = None
    """When it happened, where that was before it is recorded."""

    @property
    def course(self) -> Course:
        return self.recorder.course

    @property
    def writer(self) -> Writer:
        return Writer(
            course=self.course,
            home_page=self.recorder.home_page,
            registration=self.registration.id,
            account=self.registration.account,
            language=self.language,
            now=self.at or self.now,
            together=self.together,
        )

    def anew(self, db: Session, build: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """The Statement that ``build`` makes of the first free key: one that was taken back keeps its id."""
        keys = ("" if number == 0 else f"again {number}" for number in count())
        return next(made for made in map(build, keys) if get_statement(db, UUID(made["id"])) is None)

    def record(self, db: Session, statements: Iterable[Mapping[str, Any]]) -> None:
        found = list(statements)
        if found:
            record(db, found, authority=INTERNAL, now=self.now, on_stored=self.recorder.on_stored)


def begin(db: Session, learner: Learner, recorder: Recorder, *, language: Language, now: datetime) -> Desk:
    """The learner's place in the course. The first time the learner is registered, and that is recorded."""
    before = registrations.find(db, learner, recorder.course)
    registration = before or registrations.register(db, learner, recorder.course, now=now)
    desk = Desk(recorder, registration, language, now)
    if before is None and registration.created_at == now:
        desk.record(db, [desk.writer.registered()])
    return desk


def sit_down(db: Session, learner: Learner, recorder: Recorder, *, language: Language, now: datetime) -> Desk | None:
    """The same for reading: None where the learner has not begun."""
    registration = registrations.find(db, learner, recorder.course)
    return Desk(recorder, registration, language, now) if registration is not None else None
