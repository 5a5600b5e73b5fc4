"""What an administrator may type."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from tracker.i18n import _, _l
from tracker.learners.labels import ORGANISATION_KINDS
from tracker.learners.models import Organisation, OrganisationKind

__all__ = ["OrganisationForm", "RemoveForm", "VersionForm"]

LONGEST_NAME = 200


class VersionForm(FlaskForm):
    version = IntegerField(widget=HiddenInput(), default=0)
    """The version that the administrator saw, so that a change by somebody else in between is noticed."""

    def has_seen(self, version: int) -> None:
        """The next press knows what it overwrites. Everything else that was typed is kept."""
        self.version.raw_data = None  # it would be shown again instead of the number
        self.version.data = version


class OrganisationForm(VersionForm):
    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Write the name of the organisation")),
            Length(max=LONGEST_NAME, message=_l("Shorten the name to 200 characters at most")),
        ],
        filters=[lambda typed: " ".join((typed or "").split())],
        render_kw={"autocomplete": "off", "maxlength": False},  # cut off without a word is worse than a message
    )
    kind = RadioField(
        _l("Kind of organisation"),
        [InputRequired(_l("Choose what kind of organisation it is"))],
        choices=[SelectChoice(kind.value, label) for kind, label in ORGANISATION_KINDS.items()],
        validate_choice=False,
    )

    parent = SelectField(
        _l("Belongs to"),
        description=_l("Whoever is responsible for an organisation sees those that belong to it too."),
        validate_choice=False,
    )

    def offer(self, organisations: Iterable[Organisation], *, none: bool) -> None:
        """The organisations it may belong to. Called before the form is checked.

        :param none: whether it may belong to no other.
        """
        listed = [(str(organisation.id), organisation.name) for organisation in organisations]
        self.parent.choices = [("", _("No other organisation")), *listed] if none else listed

    def validate_parent(self, field: SelectField) -> None:
        if (field.data or "") not in {value for value, _label in field.choices}:
            raise ValidationError(_("Choose an organisation in the list"))

    @property
    def chosen_parent(self) -> int | None:
        return int(self.parent.data) if self.parent.data else None

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in set(OrganisationKind):
            raise ValidationError(_("Choose what kind of organisation it is"))

    @property
    def chosen_kind(self) -> OrganisationKind:
        return OrganisationKind(self.kind.data)


class RemoveForm(VersionForm):
    pass
