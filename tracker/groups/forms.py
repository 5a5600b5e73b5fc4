"""What a facilitator and a member may type."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from tracker.groups.models import Meeting, Pacing
from tracker.i18n import _, _l

__all__ = [
    "ChangeGroupForm",
    "CodeForm",
    "EmptyForm",
    "InviteForm",
    "JoinForm",
    "MeetingForm",
    "NamesForm",
    "RenameForm",
    "StartGroupForm",
    "one_line",
    "read_time",
]

SWEDEN = ZoneInfo("Europe/Stockholm")
FEWEST, MOST = 3, 20
LONGEST_NAME, LONGEST_PLACE = 80, 200


def one_line(typed: str | int | None) -> str:
    """What was typed without the blanks around it; a number that is shown to be changed, too."""
    return " ".join(str("" if typed is None else typed).split())


class EmptyForm(FlaskForm):
    """A button: nothing but the token."""


class _GroupForm(FlaskForm):
    name = StringField(
        _l("The group’s name"),
        [
            DataRequired(_l("Write a name for the group")),
            Length(max=LONGEST_NAME, message=_l("Shorten the name to 80 characters at most")),
        ],
        description=_l("For example the evening you meet and the place: The Thursday group in Älvbro."),
        filters=[one_line],
        render_kw={"autocomplete": "off", "maxlength": False},
    )
    municipality = StringField(
        _l("Municipality (optional)"),
        [Length(max=LONGEST_NAME, message=_l("Shorten the name to 80 characters at most"))],
        filters=[one_line],
        render_kw={"autocomplete": "off", "maxlength": False},
    )


class StartGroupForm(_GroupForm):
    pacing = RadioField(
        _l("Pacing"),
        [InputRequired(_l("Choose a pacing"))],
        choices=[SelectChoice(pacing.value, pacing.value) for pacing in Pacing],
        default=Pacing.A.value,
        validate_choice=False,
    )
    meetings = StringField(
        _l("How many meetings, if you make your own plan"),
        default="4",
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
        filters=[one_line],
    )
    facilitator_name = StringField(
        _l("Your name in the group"),
        [
            DataRequired(_l("Write the name that the group calls you")),
            Length(max=LONGEST_NAME, message=_l("Shorten the name to 80 characters at most")),
        ],
        filters=[one_line],
        render_kw={"autocomplete": "given-name", "maxlength": False},
    )

    def validate_pacing(self, field: RadioField) -> None:
        if field.data not in set(Pacing):
            raise ValidationError(_("Choose a pacing"))

    def validate_meetings(self, field: StringField) -> None:
        if self.pacing.data == Pacing.OWN and self.meeting_count is None:
            raise ValidationError(_("Write a number from 1 to 12"))

    @property
    def meeting_count(self) -> int | None:
        typed = self.meetings.data or ""
        whole = typed.isascii() and typed.isdecimal() and len(typed) < 10
        return int(typed) if whole and 1 <= int(typed) <= 12 else None

    @property
    def chosen_pacing(self) -> Pacing:
        return Pacing(self.pacing.data)


class ChangeGroupForm(_GroupForm):
    version = IntegerField(widget=HiddenInput(), default=0)
    member_cap = StringField(
        _l("How many can be in the group, you included"),
        filters=[one_line],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "size": 3},
    )
    approves_joins = BooleanField(
        _l("I let in each one who joins with the code"),
        description=_l("Until then they wait, and see nothing of the group."),
    )
    keeps_texts = BooleanField(
        _l("Keep what the group writes together"),
        description=_l(
            "Only if the whole group agrees. Otherwise your shared sentences stay in the browser of the one who writes."
        ),
    )

    def validate_member_cap(self, _field: StringField) -> None:
        if self.cap is None:
            raise ValidationError(_("Write a number from 3 to 20"))

    @property
    def cap(self) -> int | None:
        typed = str(self.member_cap.data or "")
        whole = typed.isascii() and typed.isdecimal() and len(typed) < 10
        return int(typed) if whole and FEWEST <= int(typed) <= MOST else None


class MeetingForm(FlaskForm):
    day = StringField(_l("Day"), render_kw={"type": "date"}, filters=[one_line])
    begins = StringField(_l("Begins at"), render_kw={"type": "time"}, filters=[one_line])
    ends = StringField(_l("Ends at"), render_kw={"type": "time"}, filters=[one_line])
    location = StringField(
        _l("Place"),
        [Length(max=LONGEST_PLACE, message=_l("Shorten the place to 200 characters at most"))],
        filters=[one_line],
        render_kw={"autocomplete": "off", "maxlength": False},
    )

    @classmethod
    def of(cls, meeting: Meeting, minutes: int, **more: Any) -> "MeetingForm":
        """:param minutes: how long a meeting of the plan is, where no end is known."""
        begins, ends = meeting.starts_at, meeting.ends_at
        if begins is None:
            return cls(location=meeting.location, begins="17:30", ends=_clock(_later(time(17, 30), minutes)), **more)
        begins = begins.astimezone(SWEDEN)
        return cls(
            day=begins.date().isoformat(),
            begins=_clock(begins.timetz()),
            ends=_clock(ends.astimezone(SWEDEN).timetz()) if ends else "",
            location=meeting.location,
            **more,
        )

    def validate_day(self, field: StringField) -> None:
        if field.data and self._day is None:
            raise ValidationError(_("Write a day, for example 2027-02-04"))

    def validate_begins(self, field: StringField) -> None:
        if self.day.data and read_time(field.data) is None:
            raise ValidationError(_("Write a time, for example 17:30"))

    def validate_ends(self, field: StringField) -> None:
        begins, ends = read_time(self.begins.data), read_time(field.data)
        if self.day.data and ends is None:
            raise ValidationError(_("Write a time, for example 19:30"))
        if self.day.data and begins is not None and ends is not None and ends <= begins:
            raise ValidationError(_("The meeting must end after it begins"))

    @property
    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self.day.data or "")
        except ValueError:
            return None

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        day, begins, ends = self._day, read_time(self.begins.data), read_time(self.ends.data)
        if day is None or begins is None or ends is None:
            return None, None
        return datetime.combine(day, begins, SWEDEN), datetime.combine(day, ends, SWEDEN)


def read_time(typed: str | None) -> time | None:
    """``17.30`` and ``17:30``; None for what is no time."""
    hour, _separator, minute = (typed or "").replace(".", ":").partition(":")
    minute = minute[:2]
    written = hour.isdecimal() and minute.isdecimal() and len(hour) < 3
    if not written or int(hour) > 23 or int(minute) > 59:
        return None
    return time(int(hour), int(minute))


def _later(begins: time, minutes: int) -> time:
    return (datetime.combine(date(2000, 1, 1), begins) + timedelta(minutes=minutes)).time()


def _clock(when: time) -> str:
    return f"{when:%H:%M}"


class CodeForm(FlaskForm):
    code = StringField(
        _l("The group’s code"),
        [DataRequired(_l("Write the code that is on the screen"))],
        description=_l("Four letters and four digits, for example HAKT 4729."),
        filters=[one_line],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": False},
    )


class JoinForm(FlaskForm):
    name = StringField(
        _l("Your name"),
        [
            DataRequired(_l("Write a name, so that the facilitator can tick you off")),
            Length(max=LONGEST_NAME, message=_l("Shorten the name to 80 characters at most")),
        ],
        description=_l("The first name is enough. A made-up name is fine too."),
        filters=[one_line],
        render_kw={"autocomplete": "given-name", "maxlength": False},
    )
    says_to_be = StringField(widget=HiddenInput())

    @property
    def chosen_member(self) -> int | None:
        typed = self.says_to_be.data or ""
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else None


class NamesForm(FlaskForm):
    names = TextAreaField(
        _l("Names, one on each line"),
        [Length(max=2000, message=_l("Write at most twenty names"))],
        render_kw={"rows": 4, "autocomplete": "off", "maxlength": False},
    )

    def validate_names(self, field: TextAreaField) -> None:
        if not self.lines:
            raise ValidationError(_("Write at least one name"))
        if any(len(line) > LONGEST_NAME for line in self.lines):
            raise ValidationError(_("Shorten the name to 80 characters at most"))

    @property
    def lines(self) -> list[str]:
        return [name for line in (self.names.data or "").splitlines() if (name := one_line(line))]


class RenameForm(FlaskForm):
    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Write a name")),
            Length(max=LONGEST_NAME, message=_l("Shorten the name to 80 characters at most")),
        ],
        filters=[one_line],
        render_kw={"autocomplete": "off", "maxlength": False},
    )


class InviteForm(FlaskForm):
    email = EmailField(
        _l("E-mail address"),
        [
            DataRequired(_l("Write an e-mail address, for example name@association.example")),
            Email(_l("Write an e-mail address, for example name@association.example")),
            Length(max=254, message=_l("Write an e-mail address, for example name@association.example")),
        ],
        filters=[one_line],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "maxlength": False},
    )
    leads = BooleanField(_l("Will lead the group together with me"))


class CoursesForm(FlaskForm):
    courses = SelectMultipleField(
        _l("Courses that the group takes"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,  # one that was taken away while the page was open counts for nothing
    )
