"""How the words that the database keeps are read by people, in the order in which they are offered."""

from collections.abc import Mapping

from flask_babel.speaklater import LazyString

from tracker.i18n import _l
from tracker.learners.models import Capacity, OrganisationKind

__all__ = ["CAPACITIES", "ORGANISATION_KINDS"]

CAPACITIES: Mapping[Capacity, LazyString] = {
    Capacity.ELECTED: _l("Elected official"),
    Capacity.OFFICER: _l("Public officer"),
    Capacity.EMPLOYEE: _l("Employed in civil society"),
    Capacity.VOLUNTEER: _l("Active as a volunteer"),
    Capacity.OTHER: _l("Something else"),
}

ORGANISATION_KINDS: Mapping[OrganisationKind, LazyString] = {
    OrganisationKind.REGION: _l("Region"),
    OrganisationKind.MUNICIPALITY: _l("Municipality"),
    OrganisationKind.STATE: _l("State authority"),
    OrganisationKind.ASSOCIATION: _l("Association or other non-profit organisation"),
    OrganisationKind.STUDY_ASSOCIATION: _l("Study association"),
    OrganisationKind.OTHER: _l("Another kind of organisation"),
}
