"""Once a day: who is counted, and what is told of whom. Pages show what was told last.

Nothing is done when an answer is recorded. Everybody's values are read, and only those who are new or have changed
come out of the database. What may be told of them is for ``blocks`` to say.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.db import begin_writing
from tracker.launch.models import ImportedCourse
from tracker.reports import reading
from tracker.reports.blocks import THRESHOLD
from tracker.reports.edition import Edition, latest_of
from tracker.reports.minutes import median_minutes
from tracker.reports.models import CountedPerson, Publication, PublishedBlock

__all__ = ["alone", "is_due", "latest", "publish"]

EVERY: Final = timedelta(days=1)
_LOCK: Final = 7_301_174
"""Any number, the same in each process: who holds it publishes."""


def latest(db: Session, course: Course, *, with_demo: bool) -> Publication | None:
    return latest_of(db, course.info.id, with_demo=with_demo)


def is_due(db: Session, course: Course, *, with_demo: bool, now: datetime, least: int = THRESHOLD) -> bool:
    """Once a day. At once when there is nothing yet, or the parts of the course or the threshold are others."""
    last = latest(db, course, with_demo=with_demo)
    if last is None or last.least != least or not {module.id for module in course.modules} <= {*last.parts}:
        return True
    return now >= last.published_at + EVERY


def alone(db: Session) -> bool:
    """Whether nobody else is publishing, until the end of the transaction. On SQLite ``publish`` finds out."""
    if db.get_bind().dialect.name == "sqlite":
        return True
    return bool(db.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}))


def publish(db: Session, course: Course, *, with_demo: bool, now: datetime, least: int = THRESHOLD) -> Publication:
    """Read everybody and tell what may be told. The caller commits; until then reports show what they showed.

    On SQLite what the session had not committed before is lost.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        # Sums over everybody are made in memory, and not on disk.
        db.execute(text("SET LOCAL work_mem = '64MB'"))
    last = latest(db, course, with_demo=with_demo)
    last_id = last.id if last is not None else None
    editions = [Edition(db, course.info.id, [module.id for module in course.modules], with_demo, least, now)]
    minutes = median_minutes(db, course, with_demo=with_demo, least=least, until=now, before=editions[0].last_minutes)
    editions[0].read(reading.of_course(db, course, editions[0].parts, with_demo=with_demo, now=now))
    for imported in db.scalars(select(ImportedCourse)):
        edition = Edition(db, str(imported.id), [reading.PASSED], with_demo, least, now)
        edition.read(reading.of_imported(db, imported, with_demo=with_demo, now=now))
        editions.append(edition)
    if db.get_bind().dialect.name == "sqlite":
        # Reading takes its time, and only now do others have to wait.
        begin_writing(db)
        newest = latest(db, course, with_demo=with_demo)
        if newest is not None and newest.id != last_id:
            return newest  # somebody else was quicker
    for edition in editions[1:]:
        edition.write({})
    _forget_courses(db, [edition.course_id for edition in editions])
    return editions[0].write(minutes)


def _forget_courses(db: Session, kept: Sequence[str]) -> None:
    """Of imported courses that have been deleted."""
    for table in (CountedPerson, PublishedBlock, Publication):
        db.execute(delete(table).where(table.course_id.not_in(kept)))
