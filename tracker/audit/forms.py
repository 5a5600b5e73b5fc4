"""What an administrator looks for in the log."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import Field, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from tracker.audit.models import Action
from tracker.audit.queries import Choice
from tracker.audit.services import refs_of
from tracker.audit.wording import ACTIONS
from tracker.i18n import _, _l
from tracker.learners.models import Learner
from tracker.sorting import swedish

__all__ = ["AuditFilter", "day_of"]

SWEDEN = ZoneInfo("Europe/Stockholm")
_DAY = {"type": "date", "placeholder": "2027-02-04"}
_ADDRESS = {"autocomplete": "off", "spellcheck": "false"}


def day_of(typed: str) -> date:
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2999:
        raise ValidationError(_("Write a day as 2027-02-04"))
    return found


class AuditFilter(FlaskForm):
    person = StringField(_l("About whom, e-mail address"), [Optional()], render_kw=_ADDRESS)
    actor = StringField(_l("Who did it, e-mail address"), [Optional()], render_kw=_ADDRESS)
    action = SelectField(_l("What"), default="", validate_choice=False)
    since = StringField(_l("From and including"), [Optional()], render_kw=_DAY)
    until = StringField(_l("To and including"), [Optional()], render_kw=_DAY)

    class Meta:
        csrf = False  # it changes nothing

    def fill(self, db: Session) -> None:
        self._db = db
        self.learner: Learner | None = None
        self._refs: dict[str, tuple[UUID, ...]] = {}
        listed = sorted(((one.value, str(words)) for one, words in ACTIONS.items()), key=lambda one: swedish(one[1]))
        self.action.choices = [SelectChoice("", _("Everything")), *(SelectChoice(*one) for one in listed)]

    def validate_person(self, field: StringField) -> None:
        self.learner = self._look_up(field)
        self._refs["person"] = tuple(refs_of(self._db, self.learner))

    def validate_actor(self, field: StringField) -> None:
        self._refs["actor"] = tuple(refs_of(self._db, self._look_up(field)))

    def validate_action(self, field: SelectField) -> None:
        if field.data and field.data not in set(Action):
            raise ValidationError(_("Choose one of the answers in the list"))

    def validate_since(self, field: StringField) -> None:
        day_of(field.data)

    def validate_until(self, field: StringField) -> None:
        until = day_of(field.data)
        if self.since.data and not self.since.errors and until < day_of(self.since.data):
            raise ValidationError(_("The last day is before the first"))

    def _look_up(self, field: Field) -> Learner:
        found: Learner | None = self._db.scalar(select(Learner).where(Learner.email == field.data.strip().lower()))
        if found is None:
            raise ValidationError(_("Nobody has this address now"))
        return found

    @property
    def choice(self) -> Choice:
        """After it has been checked."""
        return Choice(
            actors=self._refs.get("actor"),
            subjects=self._refs.get("person"),
            action=self.action.data or None,
            since=_midnight(day_of(self.since.data)) if self.since.data else None,
            until=_midnight(day_of(self.until.data) + timedelta(days=1)) if self.until.data else None,
        )

    @property
    def address(self) -> dict[str, str]:
        return {field.name: field.data.strip() for field in self if field.data}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SWEDEN)
