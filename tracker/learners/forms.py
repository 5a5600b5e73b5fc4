"""What a learner may say about herself. Everything is optional."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, ValidationError
from wtforms.validators import Length

from tracker.i18n import _, _l
from tracker.learners.labels import CAPACITIES, ORGANISATION_KINDS
from tracker.learners.models import Organisation

__all__ = ["LONGEST_NAME", "ProfileForm"]

LONGEST_NAME = 100


def _check_offered(field: SelectField) -> None:
    if field.data and field.data not in {str(value) for value, _label in field.choices}:
        raise ValidationError(_("Choose one of the answers in the list"))


class ProfileForm(FlaskForm):
    name = StringField(
        _l("Name on the certificate"),
        [Length(max=LONGEST_NAME, message=_l("Write a name of at most 100 characters"))],
        render_kw={"autocomplete": "name", "maxlength": False},  # cut off without a word is worse than a message
    )
    capacity = RadioField(_l("How do you take part?"), validate_choice=False)
    organisation_kind = SelectField(_l("What kind of organisation?"), validate_choice=False)
    organisation = SelectField(_l("Which organisation?"), validate_choice=False)

    def validate_capacity(self, field: RadioField) -> None:
        _check_offered(field)

    def validate_organisation_kind(self, field: SelectField) -> None:
        _check_offered(field)

    def validate_organisation(self, field: SelectField) -> None:
        _check_offered(field)

    def offer(self, organisations: Sequence[Organisation]) -> None:
        """What can be chosen. Called before the form is filled or checked."""
        self.capacity.choices = [*CAPACITIES.items(), ("", _("I would rather not say"))]
        self.organisation_kind.choices = [("", _("I would rather not say")), *ORGANISATION_KINDS.items()]
        listed = [(str(organisation.id), organisation.name) for organisation in organisations]
        self.organisation.choices = [("", _("None of these, or I would rather not say")), *listed]
