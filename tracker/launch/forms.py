"""What an administrator may give in: a package, and whom something is waived for."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from tracker.i18n import _l

__all__ = ["EmptyForm", "PackageForm", "WaiveForm"]

REASONS = {
    "Tested Out": _l("Has shown the knowledge in a test"),
    "Equivalent AU": _l("Has done an equivalent part of the course"),
    "Equivalent Outside Activity": _l("Has done something equivalent elsewhere"),
    "Administrative": _l("Another decision by an administrator"),
}
"""The reasons of the standard (cmi5 9.5.5.2). Nothing else can be written: Statements hold no free text."""


class EmptyForm(FlaskForm):
    """Only the token: for what a button does."""


class PackageForm(FlaskForm):
    package = FileField(
        _l("The package"),
        [FileRequired(_l("Choose a file"))],
        description=_l("A zip with a cmi5.xml in it, or a cmi5.xml by itself. You can drop the file on the field."),
        render_kw={"accept": ".zip,.xml,application/zip,text/xml"},
    )


class WaiveForm(FlaskForm):
    email = StringField(
        _l("E-mail address of the learner"),
        [DataRequired(_l("Write the address that the learner signs in with"))],
        filters=[lambda typed: (typed or "").strip().lower()],
        render_kw={"type": "email", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"},
    )
    part = SelectField(_l("Part"), [InputRequired(_l("Choose a part"))], coerce=int, validate_choice=True)
    reason = RadioField(
        _l("Reason"),
        [InputRequired(_l("Choose a reason"))],
        choices=[SelectChoice(value, label) for value, label in REASONS.items()],
    )
