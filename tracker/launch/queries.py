"""Read-only: what others need to know of imported courses. Groups and reports read from here too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.launch.models import AuSession, AuState, CourseVersion, ImportedCourse, LaunchRegistration
from tracker.launch.registering import of_learner
from tracker.launch.satisfying import states
from tracker.launch.structure import Au, MoveOn, Structure
from tracker.learners.models import Learner

__all__ = [
    "AuStatus",
    "CourseStatus",
    "VersionFigures",
    "completed_learners",
    "courses",
    "for_learner",
    "status_of",
    "version_figures",
]


@dataclass(frozen=True, slots=True)
class AuStatus:
    """Where somebody stands in one AU. ``is_begun``: it has been opened at least once."""

    au: Au
    state: AuState | None
    is_begun: bool

    @property
    def is_completed(self) -> bool:
        return self.state is not None and self.state.completed_at is not None

    @property
    def is_passed(self) -> bool:
        return self.state is not None and self.state.passed_at is not None

    @property
    def is_failed(self) -> bool:
        """Failed, and not passed since."""
        return self.state is not None and self.state.failed_at is not None and not self.is_passed

    @property
    def is_waived(self) -> bool:
        return self.state is not None and self.state.waived_at is not None

    @property
    def is_satisfied(self) -> bool:
        return self.au.move_on is MoveOn.NOT_APPLICABLE or (
            self.state is not None and self.state.satisfied_at is not None
        )

    @property
    def is_done(self) -> bool:
        """Satisfied by something that the learner, or an administrator, has done."""
        return self.is_satisfied and (self.is_completed or self.is_passed or self.is_waived)

    @property
    def score(self) -> float | None:
        return None if self.state is None else self.state.score


@dataclass(frozen=True, slots=True)
class CourseStatus:
    """An imported course for one learner; ``registration`` None where it isn't begun."""

    course: ImportedCourse
    version: CourseVersion
    registration: LaunchRegistration | None
    aus: Sequence[AuStatus]

    @property
    def structure(self) -> Structure:
        return self.version.structure

    @property
    def satisfied_at(self) -> datetime | None:
        return None if self.registration is None else self.registration.satisfied_at

    @property
    def satisfied_count(self) -> int:
        """Of the parts that ask for something."""
        return sum(1 for one in self.aus if one.is_satisfied and one.au.move_on is not MoveOn.NOT_APPLICABLE)

    @property
    def asked_count(self) -> int:
        return sum(1 for one in self.aus if one.au.move_on is not MoveOn.NOT_APPLICABLE)

    @property
    def is_begun(self) -> bool:
        return any(one.is_begun for one in self.aus)


def courses(db: Session) -> list[ImportedCourse]:
    """The newest first."""
    return list(db.scalars(select(ImportedCourse).order_by(ImportedCourse.created_at.desc(), ImportedCourse.id)))


def for_learner(db: Session, learner: Learner | None) -> list[CourseStatus]:
    """Those that are published, and those that the learner has begun; the oldest first."""
    found = {one.id: one for one in courses(db) if one.published_at is not None}
    if learner is not None:
        begun = select(LaunchRegistration).where(LaunchRegistration.learner_id == learner.id)
        found |= {one.course_id: one.course for one in db.scalars(begun)}
    return [status_of(db, one, learner) for one in sorted(found.values(), key=lambda one: (one.created_at, one.id))]


def status_of(db: Session, course: ImportedCourse, learner: Learner | None) -> CourseStatus:
    registration = of_learner(db, course.id, learner) if learner is not None else None
    version = course.current if registration is None else registration.version
    known, opened = ({}, set()) if registration is None else (states(db, registration), _opened(db, registration))
    return CourseStatus(
        course,
        version,
        registration,
        [AuStatus(au, known.get(au.index), au.index in opened) for au in version.structure.aus],
    )


@dataclass(frozen=True, slots=True)
class VersionFigures:
    version: CourseVersion
    registered: int
    satisfied: int


def version_figures(db: Session, course: ImportedCourse) -> list[VersionFigures]:
    """How many take each version and have completed it, the newest first."""
    query = (
        select(
            LaunchRegistration.version_id,
            func.count(),
            func.count().filter(LaunchRegistration.satisfied_at.is_not(None)),
        )
        .where(LaunchRegistration.course_id == course.id)
        .group_by(LaunchRegistration.version_id)
    )
    counted = {version_id: (registered, satisfied) for version_id, registered, satisfied in db.execute(query)}
    return [VersionFigures(one, *counted.get(one.id, (0, 0))) for one in reversed(course.versions)]


def completed_learners(db: Session, course_id: UUID) -> dict[int, datetime]:
    """Our learners who have completed the course, and when first: for groups and reports."""
    query = (
        select(LaunchRegistration.learner_id, func.min(LaunchRegistration.satisfied_at))
        .where(
            LaunchRegistration.course_id == course_id,
            LaunchRegistration.learner_id.is_not(None),
            LaunchRegistration.satisfied_at.is_not(None),
        )
        .group_by(LaunchRegistration.learner_id)
    )
    return {learner_id: at for learner_id, at in db.execute(query) if learner_id is not None and at is not None}


def _opened(db: Session, registration: LaunchRegistration) -> set[int]:
    return set(db.scalars(select(AuSession.au_index).where(AuSession.registration_id == registration.id).distinct()))
