"""What anyone may choose or write on the open pages."""

from datetime import time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length, Optional

from tracker.i18n import _, _l
from tracker.pages.display import THEMES, VIEWS

__all__ = ["DisplayForm", "FeedbackForm", "MeetingForm"]

LONGEST_MESSAGE = 5000


class DisplayForm(FlaskForm):
    theme = RadioField(
        _l("Colours"),
        choices=[
            SelectChoice("", _l("As the device")),
            SelectChoice("light", _l("Light")),
            SelectChoice("dark", _l("Dark")),
        ],
        default="",
        validate_choice=False,
    )
    view = RadioField(
        _l("Text"),
        choices=[
            SelectChoice("", _l("Ordinary")),
            SelectChoice("stor", _l("Larger")),
            SelectChoice("storbild", _l("Big screen")),
        ],
        default="",
        validate_choice=False,
    )
    next = HiddenField()

    def validate_theme(self, field: RadioField) -> None:
        _refuse_unknown(field, THEMES)

    def validate_view(self, field: RadioField) -> None:
        _refuse_unknown(field, VIEWS)


def _refuse_unknown(field: RadioField, known: tuple[str, ...]) -> None:
    if (field.data or "") not in known:
        raise ValidationError(_("Choose one of the answers in the list"))


class FeedbackForm(FlaskForm):
    message = TextAreaField(
        _l("What did not work?"),
        [
            DataRequired(_l("Write what did not work, so that we can put it right")),
            Length(max=LONGEST_MESSAGE, message=_l("Shorten the message to 5000 characters at most")),
        ],
        filters=[lambda typed: (typed or "").strip()],
        render_kw={"rows": 6, "maxlength": False},  # cut off without a word is worse than a message
    )
    page = StringField(
        _l("On which page?"),
        [Length(max=500, message=_l("Shorten the address to 500 characters at most"))],
        filters=[lambda typed: " ".join((typed or "").split())],
        render_kw={"autocomplete": "off", "maxlength": False},
    )
    email = EmailField(
        _l("Your e-mail address"),
        [
            Optional(),
            Email(_l("Write an e-mail address, for example name@association.example")),
            Length(max=254, message=_l("Write an e-mail address, for example name@association.example")),
        ],
        filters=[lambda typed: (typed or "").strip()],
        render_kw={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none", "maxlength": False},
    )
    trap = StringField(_l("Leave this field empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})
    """Nobody sees it, so only programs fill it in: no puzzle for people."""

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.trap.data:
            self.trap.process_data("")
            self.form_errors.append(_("A field that should be empty was filled in. It is empty now: send again"))
            return False
        return bool(valid)


class MeetingForm(FlaskForm):
    """When a meeting begins and in which pacing. In the address, so that a plan can be linked and printed again."""

    start = StringField(_l("Begins at"), render_kw={"type": "time"})
    pace = RadioField(
        _l("Pacing"), choices=[SelectChoice("a", "A"), SelectChoice("b", "B")], default="a", validate_choice=False
    )

    class Meta:
        csrf = False  # it changes nothing

    def validate_start(self, field: StringField) -> None:
        if field.data and self.begins is None:
            raise ValidationError(_("Write a time, for example 17:30"))

    @property
    def begins(self) -> time | None:
        hour, _separator, minute = (self.start.data or "").strip().replace(".", ":").partition(":")
        written = hour.isdecimal() and minute.isdecimal() and len(hour + minute) < 5
        if not written or int(hour) > 23 or int(minute) > 59:
            return None
        return time(int(hour), int(minute))

    @property
    def is_long(self) -> bool:
        return bool(self.pace.data == "b")
