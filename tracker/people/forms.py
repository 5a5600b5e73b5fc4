"""What may be typed about people."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, RadioField, SelectField, StringField, ValidationError
from wtforms.widgets import HiddenInput

from tracker.auth.forms import AddressForm
from tracker.i18n import _, _l
from tracker.learners.models import Organisation, StaffRole
from tracker.people.wording import ROLES

__all__ = ["ImportForm", "InviteForm", "MergeForm", "PersonForm", "VersionForm"]


class VersionForm(FlaskForm):
    version = IntegerField(widget=HiddenInput(), default=0)
    """The version that was seen, so that a change by somebody else in between is noticed."""

    def has_seen(self, version: int) -> None:
        self.version.raw_data = None  # it would be shown again instead of the number
        self.version.data = version


class PersonForm(VersionForm):
    organisation = SelectField(_l("Organisation"), validate_choice=False)
    role = RadioField(_l("Role"), validate_choice=False, default="")
    role_holds_at = SelectField(
        _l("Where the role holds"),
        description=_l("The organisation and those that belong to it. An administrator has all of them."),
        validate_choice=False,
    )

    def offer(self, organisations: Iterable[Organisation], *, everything: bool) -> None:
        """What can be chosen, by somebody who may see everything or a part."""
        listed = [(str(one.id), one.name) for one in organisations]
        self.organisation.choices = [("", _("None")), *listed] if everything else listed
        self.role_holds_at.choices = [("", _("Everywhere")), *listed] if everything else [("", "–"), *listed]
        roles = [
            (role.value, words) for role, words in ROLES.items() if everything or role is not StaffRole.ADMINISTRATOR
        ]
        self.role.choices = [("", _("No role: takes the course")), *roles]

    def validate_organisation(self, field: SelectField) -> None:
        _check_offered(field)

    def validate_role(self, field: RadioField) -> None:
        _check_offered(field)

    def validate_role_holds_at(self, field: SelectField) -> None:
        _check_offered(field)

    @property
    def chosen_role(self) -> StaffRole | None:
        return StaffRole(self.role.data) if self.role.data else None


class InviteForm(AddressForm, PersonForm):
    pass


class MergeForm(VersionForm, AddressForm):
    sure = StringField(widget=HiddenInput(), default="")
    """The id of the account that stays, as it was shown with the other before somebody said yes."""


class ImportForm(FlaskForm):
    file = FileField(_l("File"), [FileRequired(_l("Choose a file"))], render_kw={"accept": ".csv,text/csv"})


def _check_offered(field: SelectField) -> None:
    if (field.data or "") not in {str(value) for value, _label in field.choices}:
        raise ValidationError(_("Choose one from the list"))
