"""What somebody types before data goes, or is taken out."""

from datetime import date
from enum import StrEnum

from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from tracker.audit.forms import day_of
from tracker.groups.models import Group
from tracker.i18n import _, _l
from tracker.learners.models import Learner
from tracker.sorting import swedish

__all__ = ["EmptyForm", "EraseForm", "ExtractForm", "RuleForm", "What"]


class EmptyForm(FlaskForm):
    pass


class EraseForm(FlaskForm):
    word = StringField(
        _l("Write the word erase"), render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
    )
    version = IntegerField(widget=HiddenInput(), default=0)
    """Of the person that an administrator saw; not asked for of oneself."""

    def validate_word(self, field: StringField) -> None:
        if (field.data or "").strip().casefold() != _("erase"):
            raise ValidationError(_("Write the word erase, if you are sure"))


class RuleForm(FlaskForm):
    days = IntegerField(
        _l("Kept for, days"),
        [InputRequired(_l("Write a number of days")), NumberRange(1, 36500, _l("Write a number from 1 to 36,500"))],
        render_kw={"inputmode": "numeric"},
    )
    decision = StringField(
        _l("Reference to the decision"),
        [Length(max=200, message=_l("Shorten the reference to 200 characters at most"))],
        filters=[lambda typed: " ".join((typed or "").split())],
        description=_l("For example KS 2027/114 § 12. Empty: nothing is thrown away, it is only proposed."),
        render_kw={"autocomplete": "off", "maxlength": False},  # cut off without a word is worse than a message
    )
    decided_on = StringField(_l("Day of the decision"), [Optional()], render_kw={"type": "date"})
    version = IntegerField(widget=HiddenInput(), default=0)
    """Of the rule that the administrator saw."""

    def validate_decided_on(self, field: StringField) -> None:
        day_of(field.data)

    def validate_decision(self, field: StringField) -> None:
        if field.data and not self.decided_on.data:
            raise ValidationError(_("Write the day of the decision too"))

    @property
    def decided(self) -> date | None:
        return day_of(self.decided_on.data) if self.decision.data else None


class What(StrEnum):
    PERSON = "person"
    GROUP = "group"
    REPORT = "report"
    LOG = "log"


class ExtractForm(FlaskForm):
    what = RadioField(
        _l("What is asked for?"),
        [InputRequired(_l("Choose what is asked for"))],
        choices=[
            SelectChoice(What.PERSON, _l("All about a person")),
            SelectChoice(What.GROUP, _l("All about a study circle")),
            SelectChoice(What.REPORT, _l("Completed courses, person by person")),
            SelectChoice(What.LOG, _l("The audit log")),
        ],
        validate_choice=False,
    )
    person = StringField(_l("The person’s e-mail address"), render_kw={"autocomplete": "off", "spellcheck": "false"})
    group = SelectField(_l("Study circle"), default="", validate_choice=False)
    since = StringField(_l("From and including"), [Optional()], render_kw={"type": "date"})
    until = StringField(_l("To and including"), [Optional()], render_kw={"type": "date"})
    masked = BooleanField(
        _l("Mask personal data"),
        default=True,
        description=_l("Names and addresses become Person 1, Person 2 and so on, the same in all of the extract."),
    )
    reference = StringField(
        _l("Reference number of the request"),
        [Length(max=100, message=_l("Shorten the reference to 100 characters at most"))],
        description=_l("Stands on the cover sheet and is not stored."),
        render_kw={"autocomplete": "off", "maxlength": False},
    )

    def fill(self, db: Session) -> None:
        self._db = db
        self.learner: Learner | None = None
        groups = db.execute(select(Group.id, Group.name, Group.created_at).where(Group.is_rehearsal.is_(False)))
        named = sorted(groups, key=lambda one: swedish(one.name))
        self.group.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(one.id), f"{one.name} ({one.created_at:%Y-%m-%d})") for one in named),
        ]

    def validate_what(self, field: RadioField) -> None:
        if field.data not in set(What):
            raise ValidationError(_("Choose what is asked for"))

    def validate_person(self, field: StringField) -> None:
        if self.what.data == What.PERSON:
            typed = (field.data or "").strip().lower()
            self.learner = self._db.scalar(select(Learner).where(Learner.email == typed)) if typed else None
            if self.learner is None:
                raise ValidationError(_("Nobody has this address now"))

    def validate_group(self, field: SelectField) -> None:
        if self.what.data == What.GROUP and field.data not in {one.value for one in field.choices[1:]}:
            raise ValidationError(_("Choose a study circle in the list"))

    def validate_since(self, field: StringField) -> None:
        day_of(field.data)

    def validate_until(self, field: StringField) -> None:
        until = day_of(field.data)
        if self.since.data and not self.since.errors and until < day_of(self.since.data):
            raise ValidationError(_("The last day is before the first"))

    @property
    def period(self) -> tuple[date | None, date | None]:
        return (
            day_of(self.since.data) if self.since.data else None,
            day_of(self.until.data) if self.until.data else None,
        )
