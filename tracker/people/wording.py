"""How roles and faults are read by people."""

from collections.abc import Mapping

from flask_babel.speaklater import LazyString

from tracker.i18n import _l
from tracker.learners.models import StaffRole
from tracker.people.organisation_importing import OrganisationFault
from tracker.people.people_importing import Fault

__all__ = ["FAULTS", "ORGANISATION_FAULTS", "ROLES"]

ROLES: Mapping[StaffRole, LazyString] = {
    StaffRole.REPORT_READER: _l("Reads reports"),
    StaffRole.ORGANISATION_ADMINISTRATOR: _l("Responsible for an organisation"),
    StaffRole.ADMINISTRATOR: _l("Administrator"),
}

FAULTS: Mapping[Fault, LazyString] = {
    Fault.ADDRESS: _l("This is not an e-mail address"),
    Fault.TWICE: _l("The address stands on an earlier row too"),
    Fault.NAME: _l("The name is longer than 100 characters, or has characters that cannot be seen"),
    Fault.ORGANISATION: _l("The organisation is not on the list"),
    Fault.WHERE: _l("Write which organisation the person belongs to"),
    Fault.NOT_YOURS: _l("The person or the organisation belongs to somebody else's part"),
    Fault.CLOSED: _l("The account is closed"),
    Fault.COLUMNS: _l("The row has more cells than the first row"),
}

ORGANISATION_FAULTS: Mapping[OrganisationFault, LazyString] = {
    OrganisationFault.NAME: _l(
        "There is no name, it is longer than 200 characters, or has characters that cannot be seen"
    ),
    OrganisationFault.TWICE: _l("The organisation stands on an earlier row too"),
    OrganisationFault.KIND: _l("We do not know this kind of organisation"),
    OrganisationFault.KIND_MISSING: _l("A new organisation needs a kind"),
    OrganisationFault.PARENT: _l("What it belongs to is neither on the list nor in the file"),
    OrganisationFault.PARENT_WRONG: _l("What it belongs to stands on a row that is wrong"),
    OrganisationFault.RING: _l("It would belong to itself, directly or through others"),
    OrganisationFault.NOT_YOURS: _l("The organisation belongs to somebody else's part"),
    OrganisationFault.COLUMNS: _l("The row has more cells than the first row"),
}
