"""Median minutes for each module, over everybody. Not a sum of blocks, so protected in its own way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Float, cast, extract, func, select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.learners.models import Learner
from tracker.progress.models import ModuleProgress
from tracker.registrations.models import Registration

__all__ = ["median_minutes"]

_LONGEST: Final = 8 * 60
"""Between beginning and completing a module. Who takes longer went home in between."""
_WHOLE: Final = 5
"""To so many minutes it is rounded: the one in the middle is told with all who took about as long."""


def median_minutes(
    db: Session, course: Course, *, with_demo: bool, least: int, until: datetime, before: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """Module id: minutes, and of how many who completed it within one sitting.

    Told when two times ``least`` have done so, and anew only when at least so many more have, and a tenth more. Between
    two that are told there are always that many people, and none of their times is told.
    """
    minutes = func.round(_minutes(db))
    ordered = (
        select(
            ModuleProgress.module_id,
            minutes.label("minutes"),
            func.row_number().over(partition_by=ModuleProgress.module_id, order_by=minutes).label("place"),
            func.count().over(partition_by=ModuleProgress.module_id).label("people"),
        )
        .join(Registration, Registration.id == ModuleProgress.registration_id)
        .join(Learner, Learner.id == Registration.learner_id)
        .where(
            Registration.course_id == course.info.id,
            ModuleProgress.completed_at <= until,
            minutes <= _LONGEST,
            *([] if with_demo else [Learner.is_demo.is_(False)]),
        )
        .subquery("ordered")
    )
    query = select(ordered.c.module_id, ordered.c.minutes, ordered.c.people).where(
        ordered.c.people >= 2 * least, ordered.c.place == (ordered.c.people + 1) // 2
    )
    told = dict(before)
    for module_id, found, people in db.execute(query):
        was = told.get(module_id)
        if was is None or people >= was[1] + max(2 * least, was[1] // 10):
            told[module_id] = [max(_WHOLE, _WHOLE * round(int(found) / _WHOLE)), people]
    return told


def _minutes(db: Session) -> ColumnElement[float]:
    if db.get_bind().dialect.name == "sqlite":
        days = func.julianday(ModuleProgress.completed_at) - func.julianday(ModuleProgress.started_at)
        return cast(days * 24 * 60, Float)
    return cast(extract("epoch", ModuleProgress.completed_at - ModuleProgress.started_at) / 60, Float)
