"""What each view is called."""

from collections.abc import Mapping

from tracker.i18n import _
from tracker.reports.models import Frequency
from tracker.reports.tables import View

__all__ = ["often", "titles"]


def often(frequency: Frequency | None) -> str:
    """How often a link to a saved view is mailed."""
    return {None: _("Never"), Frequency.WEEKLY: _("Every week"), Frequency.MONTHLY: _("Every month")}[frequency]


def titles() -> Mapping[View, str]:
    return {
        View.MODULES: _("By part of the course"),
        View.ORGANISATIONS: _("By organisation"),
        View.KINDS: _("By kind of organisation"),
        View.ROLES: _("By capacity"),
        View.GROUPS: _("By group"),
        View.MONTHS: _("Over time"),
        View.FINISHED: _("By month of completion"),
        View.IMPORTED: _("Courses made by others"),
        View.PEOPLE: _("By person"),
    }
