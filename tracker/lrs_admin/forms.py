"""What an administrator may type about keys and outside LRSs."""

import re
from datetime import datetime, time, timedelta, tzinfo
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lrs_adapter.outbox import Destination
from lrs_adapter.validation.primitives import is_iri
from tracker.i18n import _, _l
from tracker.lrs_admin.services import Wish
from tracker.lrs_admin.wording import SCOPES, verb_choices

__all__ = ["CredentialForm", "DestinationForm", "EmptyForm", "ResendForm"]

ALL, VERBS, ACTIVITIES, BOTH = "all", "verbs", "activities", "both"

_MOMENT = timedelta(microseconds=1)
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def _tidy(typed: str | None) -> str:
    return " ".join((typed or "").split())


def _name(hint: str) -> StringField:
    return StringField(
        _l("Name"),
        [
            DataRequired(_l("Write a name that tells which system it is")),
            Length(max=200, message=_l("Shorten the name to 200 characters at most")),
        ],
        filters=[_tidy],
        description=hint,
        render_kw={"autocomplete": "off"},
    )


class _Checkboxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class EmptyForm(FlaskForm):
    """Only the token: for what a button does."""


class CredentialForm(FlaskForm):
    name = _name(_l("Which system will have the key? For example The region’s data store."))
    scopes = _Checkboxes(
        _l("What may the key do?"),
        [InputRequired(_l("Choose at least one thing that the key may do"))],
        choices=[SelectChoice(scope.value, label) for scope, (label, _explained) in SCOPES.items()],
        description=_l("Give it no more than the system needs."),
    )


class DestinationForm(FlaskForm):
    name = _name(_l("For example The region’s data store. Only administrators see it."))
    endpoint = StringField(
        _l("Address"),
        [DataRequired(_l("Write the address of the LRS, for example https://lrs.example/xapi"))],
        filters=[lambda typed: re.sub(r"/statements/?$", "", (typed or "").strip())],
        description=_l(
            "You get it from those who run the LRS, as well as key and secret. For example https://lrs.example/xapi"
        ),
        render_kw={**_PLAIN, "inputmode": "url"},
    )
    key = StringField(
        _l("Key"),
        [DataRequired(_l("Write the key"))],
        filters=[lambda typed: (typed or "").strip()],
        render_kw=_PLAIN,
    )
    secret = PasswordField(_l("Secret"), render_kw={"autocomplete": "off"})
    what = RadioField(
        _l("What is sent there?"),
        choices=[
            SelectChoice(ALL, _l("All Statements")),
            SelectChoice(VERBS, _l("Only some kinds of event")),
            SelectChoice(ACTIVITIES, _l("Only what is about some activities")),
            SelectChoice(BOTH, _l("Only some kinds of event about some activities")),
        ],
        default=ALL,
    )
    verbs = _Checkboxes(_l("Kinds of event"), validate_choice=False)
    other_verbs = TextAreaField(
        _l("Other verbs"),
        description=_l("One address (IRI) on each line. Leave it empty if the list above is enough."),
        render_kw={**_PLAIN, "rows": 3},
    )
    activities = TextAreaField(
        _l("Activities"),
        description=_l("One address (IRI) on each line, for example the address of a lesson in the course."),
        render_kw={**_PLAIN, "rows": 4},
    )
    earlier = BooleanField(_l("Send what is already stored too"))

    def __init__(self, known: Destination | None = None) -> None:
        """``known``: the one that is to be changed, which keeps its secret when none is written."""
        super().__init__(data=_data_of(known) if known is not None else None)
        self.known = known
        self.verbs.choices = [SelectChoice(iri, words) for iri, words in verb_choices()]

    def validate_endpoint(self, field: Field) -> None:
        try:
            parts = urlsplit(field.data)
            port = parts.port
        except ValueError:
            port = 0
        if port == 0 or parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", field.data):
            raise ValidationError(_("Write the whole address, beginning with https:// or http://"))
        if parts.username or parts.query or parts.fragment:
            raise ValidationError(_("Write only the address, without key and without anything after a question mark"))

    def validate_key(self, field: Field) -> None:
        if ":" in field.data:
            raise ValidationError(_("There can be no colon in a key. Perhaps the secret has come along?"))

    def validate_secret(self, field: Field) -> None:
        if field.data:
            return
        if self.known is None:
            raise ValidationError(_("Write the secret"))
        if (self.endpoint.data or "").rstrip("/") != self.known.endpoint.rstrip("/") or self.key.data != self.known.key:
            # What was entrusted to one address is not sent to another without somebody saying so.
            raise ValidationError(_("Write the secret again, since the address or the key is another"))

    def validate_verbs(self, field: Field) -> None:
        if self._asks_for(VERBS) and not field.data and not _lines(self.other_verbs.data):
            raise ValidationError(_("Choose at least one kind of event, or choose All Statements"))

    def validate_other_verbs(self, field: Field) -> None:
        if self._asks_for(VERBS):
            _refuse_broken(_lines(field.data))

    def validate_activities(self, field: Field) -> None:
        if self._asks_for(ACTIVITIES):
            if not _lines(field.data):
                raise ValidationError(_("Write at least one activity, or choose All Statements"))
            _refuse_broken(_lines(field.data))

    def _asks_for(self, kind: str) -> bool:
        return self.what.data in (kind, BOTH)

    @property
    def wish(self) -> Wish:
        chosen = [*self.verbs.data, *_lines(self.other_verbs.data)] if self._asks_for(VERBS) else []
        return Wish(
            name=self.name.data,
            endpoint=self.endpoint.data,
            key=self.key.data,
            secret=self.secret.data or None,
            verbs=list(dict.fromkeys(chosen)),
            activities=_lines(self.activities.data) if self._asks_for(ACTIVITIES) else [],
        )


class ResendForm(FlaskForm):
    first = DateField(_l("From and including"), [InputRequired(_l("Choose the first day"))])
    last = DateField(_l("To and including"), [Optional()], description=_l("Leave it empty to send up to now."))

    def validate_last(self, field: Field) -> None:
        if field.data is not None and self.first.data is not None and field.data < self.first.data:
            raise ValidationError(_("The last day is before the first. Choose another"))

    def span(self, zone: tzinfo) -> tuple[datetime, datetime | None]:
        """From the moment before the first day to the last moment of the last one; None: up to now."""
        first = datetime.combine(self.first.data, time.min, zone) - _MOMENT
        if self.last.data is None:
            return first, None
        return first, datetime.combine(self.last.data + timedelta(days=1), time.min, zone) - _MOMENT


def _data_of(known: Destination) -> dict[str, object]:
    ours = {iri for iri, _words in verb_choices()}
    return {
        "name": known.name,
        "endpoint": known.endpoint.rstrip("/"),
        "key": known.key,
        "what": BOTH
        if known.verbs and known.activities
        else VERBS
        if known.verbs
        else ACTIVITIES
        if known.activities
        else ALL,
        "verbs": [iri for iri in known.verbs if iri in ours],
        "other_verbs": "\n".join(iri for iri in known.verbs if iri not in ours),
        "activities": "\n".join(known.activities),
    }


def _lines(typed: str | None) -> list[str]:
    return list(dict.fromkeys((typed or "").split()))


def _refuse_broken(iris: list[str]) -> None:
    for iri in iris:
        if not is_iri(iri):
            raise ValidationError(
                _("“%(typed)s” is not a whole address (IRI). It begins with https://, for example", typed=iri[:80])
            )
