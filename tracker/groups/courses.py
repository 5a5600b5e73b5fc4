"""Imported courses that a group takes beside ours: a facilitator chooses them, each member takes them alone.

What an AU says is about the one who opened it (cmi5 9.2), so a meeting gives nobody credit in them. The group sees how
many have completed each, never who.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.groups.models import Group, GroupCourse
from tracker.launch import queries
from tracker.launch.models import ImportedCourse

__all__ = ["TakenTogether", "choose", "taken"]


@dataclass(frozen=True, slots=True)
class TakenTogether:
    """``completed`` of the ``members`` that the group has now."""

    course: ImportedCourse
    completed: int
    members: int


def taken(db: Session, group: Group) -> list[TakenTogether]:
    """Those chosen, the first imported first. One that is no longer published stays for as long as it is there."""
    chosen = db.scalars(
        select(ImportedCourse)
        .join(GroupCourse, GroupCourse.course_id == ImportedCourse.id)
        .where(GroupCourse.group_id == group.id)
        .order_by(ImportedCourse.created_at, ImportedCourse.id)
    ).all()
    if not chosen:
        return []
    present = [one for one in group.members if one.removed_at is None and one.approved_at is not None]
    learners = {one.registration.learner_id for one in present if one.registration is not None}
    return [
        TakenTogether(course, len(learners & queries.completed_learners(db, course.id).keys()), len(present))
        for course in chosen
    ]


def choose(db: Session, group: Group, *, offered: Sequence[ImportedCourse], chosen: Collection[UUID]) -> None:
    """``offered``: what could be chosen from. What the group had, and was not offered now, it keeps."""
    for course in offered:
        kept = db.get(GroupCourse, (group.id, course.id))
        if course.id in chosen and kept is None:
            db.add(GroupCourse(group_id=group.id, course_id=course.id))
        elif course.id not in chosen and kept is not None:
            db.delete(kept)
    db.flush()
