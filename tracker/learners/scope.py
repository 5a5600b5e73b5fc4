"""Which organisations somebody may see: the one place that says it, for people, organisations and reports."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.learners.models import Learner, Organisation, StaffRole

__all__ = ["organisations_seen_by", "with_those_under"]


def organisations_seen_by(db: Session, learner: Learner) -> frozenset[int] | None:
    """The ids of the organisations whose people and figures the learner may see. None: all, and people without one too.

    Somebody without a role sees none, which is the empty set.
    """
    match learner.staff_role:
        case StaffRole.ADMINISTRATOR:
            return None
        case StaffRole.REPORT_READER if learner.staff_organisation_id is None:
            return None
        case StaffRole.REPORT_READER | StaffRole.ORGANISATION_ADMINISTRATOR:
            top = learner.staff_organisation_id
            return with_those_under(db, [top]) if top is not None else frozenset()
    return frozenset()


def with_those_under(db: Session, organisation_ids: Collection[int]) -> frozenset[int]:
    """The organisations, and all that belong to them directly or through others."""
    if not organisation_ids:
        return frozenset()
    tree = select(Organisation.id).where(Organisation.id.in_(organisation_ids)).cte(recursive=True)
    # UNION and not UNION ALL: it ends even if two organisations should have come to belong to each other.
    tree = tree.union(select(Organisation.id).join(tree, Organisation.parent_id == tree.c.id))
    return frozenset(db.scalars(select(tree.c.id)))
