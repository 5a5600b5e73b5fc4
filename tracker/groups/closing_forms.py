"""How a meeting was: when, which lessons, and for each member whether he or she was there."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectMultipleField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from course.completion import has_check
from course.schema import Course, KnowledgeCheck, Lesson
from tracker.groups.attendance import Mark, Seat
from tracker.groups.closing import Held
from tracker.groups.forms import SWEDEN, one_line, read_time
from tracker.groups.models import Meeting, Member, Presence
from tracker.i18n import _, _l

__all__ = ["AttendanceForm", "ClosingForm", "attendance_form", "closing_form"]

LONGEST_DAY = timedelta(hours=6)
"""A meeting that has been open for longer has been forgotten; then the plan says when it ended."""
A_LITTLE = timedelta(minutes=30)
"""Who closes a meeting before all have gone writes when it ends. A clock that is an hour wrong is found out."""
WRITE_A_TIME = _l("Write a time, for example 17:30")


class _Ticks(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AttendanceForm(FlaskForm):
    """For each member ``presence_7``, ``arrived_7``, ``left_7`` and ``lessons_7``; made by ``attendance_form``."""

    seats: Sequence[Seat] = ()

    def presence_of(self, member: Member) -> RadioField:
        return self[f"presence_{member.id}"]

    def arrived_of(self, member: Member) -> StringField:
        return self[f"arrived_{member.id}"]

    def left_of(self, member: Member) -> StringField:
        return self[f"left_{member.id}"]

    def lessons_of(self, member: Member) -> _Ticks:
        field: _Ticks = self[f"lessons_{member.id}"]
        return field

    def called(self, field: Field) -> str:
        """In a list of faults: whose time it is, too."""
        for seat in self.seats:
            if field.name in {f"arrived_{seat.member.id}", f"left_{seat.member.id}"}:
                return f"{seat.member.name or _('Name deleted')}, {field.label.text}"
        return str(field.label.text)

    def marks(self, day: date) -> list[Mark]:
        """What the form says, when the meeting was on this day."""
        return [self._mark(seat.member, day) for seat in self.seats]

    def _mark(self, member: Member, day: date) -> Mark:
        def moment(field: StringField) -> datetime | None:
            found = read_time(field.data)
            return datetime.combine(day, found, SWEDEN) if found is not None else None

        return Mark(
            member,
            Presence(self.presence_of(member).data),
            moment(self.arrived_of(member)),
            moment(self.left_of(member)),
            self.lessons_of(member).data or None,
        )

    def validate(self, extra_validators: Any = None) -> bool:
        is_right: bool = super().validate(extra_validators)
        for seat in self.seats:
            is_right &= self._check(seat.member)
        return is_right

    def _check(self, member: Member) -> bool:
        if self.presence_of(member).data != Presence.PART:
            return True
        times = [field for field in (self.arrived_of(member), self.left_of(member)) if field.data]
        for field in times:
            if read_time(field.data) is None:
                field.errors = [WRITE_A_TIME]
                return False
        if not times and not self.lessons_of(member).data:
            name = member.name or _("Name deleted")
            self.presence_of(member).errors = [_("Say when %(name)s came or left, or tick the lessons", name=name)]
            return False
        return True


class ClosingForm(AttendanceForm):
    day = StringField(_l("Day"), render_kw={"type": "date"}, filters=[one_line])
    begins = StringField(_l("Began at"), render_kw={"type": "time"}, filters=[one_line])
    ends = StringField(_l("Ended at"), render_kw={"type": "time"}, filters=[one_line])
    break_minutes = StringField(
        _l("Minutes of break"), render_kw={"inputmode": "numeric", "autocomplete": "off"}, filters=[one_line]
    )
    lessons = _Ticks(_l("What did you do?"))
    right = StringField(
        _l("How many right answers did the group have?"),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
        filters=[one_line],
    )

    nobody = BooleanField(_l("Nobody was there"))

    is_asked_for_somebody = False
    """A meeting that was held in the room, and is closed for the first time: who forgot to tick finds it out."""
    check: KnowledgeCheck | None = None
    """The one whose answers are on paper, if it is."""
    check_lesson: str = ""
    now: datetime

    def called(self, field: Field) -> str:
        return _("Attendance") if field is self.nobody else super().called(field)

    def propose_everybody(self) -> None:
        for seat in self.seats:
            presence = self.presence_of(seat.member)
            if presence.data == Presence.ABSENT:
                presence.data = Presence.WHOLE.value

    def validate_nobody(self, field: BooleanField) -> None:
        absent = all(self.presence_of(seat.member).data == Presence.ABSENT for seat in self.seats)
        if self.is_asked_for_somebody and absent and not field.data:
            raise ValidationError(
                _("Everybody stands as not there. Change it for those who came, or tick that nobody was there")
            )

    def validate_day(self, field: StringField) -> None:
        if self._day is None:
            raise ValidationError(_("Write a day, for example 2027-02-04"))
        if self._day > self.now.astimezone(SWEDEN).date():
            raise ValidationError(_("That day has not been yet"))

    def validate_begins(self, field: StringField) -> None:
        begins = self._moment(field)
        if read_time(field.data) is None:
            raise ValidationError(WRITE_A_TIME)
        if begins is not None and begins > self.now:
            raise ValidationError(_("That time has not been yet"))

    def validate_ends(self, field: StringField) -> None:
        begins, ends = read_time(self.begins.data), read_time(field.data)
        if ends is None:
            raise ValidationError(WRITE_A_TIME)
        if begins is not None and ends <= begins:
            raise ValidationError(_("The meeting must end after it begins"))
        moment = self._moment(field)
        if moment is not None and moment > self.now + A_LITTLE:
            raise ValidationError(_("It is not that late yet. Write when the meeting ended"))

    def validate_break_minutes(self, field: StringField) -> None:
        length = self._length
        if _number(field.data, 600) is None or (length is not None and self.rest >= length):
            raise ValidationError(_("Write how many minutes, 0 if there was no break"))

    def validate_right(self, field: StringField) -> None:
        if self.check is not None and self.check_lesson in (self.lessons.data or []) and self._right is None:
            raise ValidationError(_("Write a number from 0 to %(most)s", most=self.check.draw))

    def _moment(self, field: StringField) -> datetime | None:
        """None where the day or the time can't be read, or the day itself has not been."""
        day, clock = self._day, read_time(field.data)
        if day is None or clock is None or day > self.now.astimezone(SWEDEN).date():
            return None
        return datetime.combine(day, clock, SWEDEN)

    @property
    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self.day.data or "")
        except ValueError:
            return None

    @property
    def _length(self) -> int | None:
        begins, ends = read_time(self.begins.data), read_time(self.ends.data)
        if begins is None or ends is None:
            return None
        return (ends.hour - begins.hour) * 60 + ends.minute - begins.minute

    @property
    def rest(self) -> int:
        return _number(self.break_minutes.data, 600) or 0

    @property
    def _right(self) -> int | None:
        return _number(self.right.data, self.check.draw) if self.check is not None else None

    @property
    def chosen_day(self) -> date:
        assert self._day is not None
        return self._day

    def held(self, *, on_paper: bool) -> Held:
        """Of a form that is right."""
        begins, ends = read_time(self.begins.data), read_time(self.ends.data)
        assert begins is not None
        assert ends is not None
        return Held(
            begins=datetime.combine(self.chosen_day, begins, SWEDEN),
            ends=datetime.combine(self.chosen_day, ends, SWEDEN),
            break_minutes=self.rest,
            lessons=self.lessons.data or [],
            right=self._right,
            on_paper=on_paper,
        )


def attendance_form(seats: Sequence[Seat], lessons: Iterable[Lesson], *, unmarked: Presence) -> AttendanceForm:
    """:param unmarked: what is proposed for those about whom nothing is known."""
    return _made(AttendanceForm, seats, lessons, unmarked, {})


def closing_form(
    meeting: Meeting,
    course: Course,
    seats: Sequence[Seat],
    *,
    planned: Sequence[Lesson],
    minutes: int,
    rest: int,
    unmarked: Presence,
    now: datetime,
) -> ClosingForm:
    """
    :param planned: the lessons of the meeting's plan; proposed where nothing is known of the meeting at all.
    :param minutes: how long the meeting was to be; ``rest`` of them break.
    """
    begins = meeting.held_from or meeting.opened_at or meeting.starts_at or _days_start(now)
    ends = meeting.held_to or _ended(meeting, begins, minutes, now)
    # Of a meeting held here it is known what the room came to; nobody is credited with the rest by a slip of the hand.
    seen = [held.lesson_id for held in meeting.lessons if held.done]
    done = seen if meeting.lessons else [lesson.id for lesson in planned]
    data = {
        "day": begins.astimezone(SWEDEN).date().isoformat(),
        "begins": f"{begins.astimezone(SWEDEN):%H:%M}",
        "ends": f"{ends.astimezone(SWEDEN):%H:%M}",
        # Who has sat for an hour has had the break of the plan: nobody counts it as study time by forgetting it.
        "break_minutes": str(
            meeting.break_minutes if meeting.corrections else rest if ends - begins >= timedelta(hours=1) else 0
        ),
        "lessons": done,
    }
    form = _made(ClosingForm, seats, course.lessons, unmarked, data)
    assert isinstance(form, ClosingForm)
    form.lessons.choices = [SelectChoice(lesson.id, lesson.id) for lesson in course.lessons]
    form.now = now
    _ask_for_check(form, meeting, course)
    return form


def _ask_for_check(form: ClosingForm, meeting: Meeting, course: Course) -> None:
    """Where the group's answers to the check are not here, somebody has to say how many were right."""
    for lesson in filter(has_check, course.core_lessons):
        [name] = [name for name, one in lesson.activities["sv"].items() if isinstance(one, KnowledgeCheck)]
        check = lesson.activities["sv"][name]
        assert isinstance(check, KnowledgeCheck)
        answer = next((one for one in meeting.answers if one.activity_id == name and one.response), None)
        if answer is None or set(answer.response) == {"right"}:
            form.check, form.check_lesson = check, lesson.id
            if answer is not None and form.right.raw_data is None:
                form.right.data = str(answer.response["right"])


def _made(
    base: type[AttendanceForm],
    seats: Sequence[Seat],
    lessons: Iterable[Lesson],
    unmarked: Presence,
    data: dict[str, Any],
) -> AttendanceForm:
    choices = [SelectChoice(lesson.id, lesson.id) for lesson in lessons]
    presences = [SelectChoice(presence.value, presence.value) for presence in Presence]
    fields: dict[str, Any] = {}
    for seat in seats:
        key, row = seat.member.id, seat.row
        fields[f"presence_{key}"] = RadioField(
            seat.member.name or _l("Name deleted"), choices=presences, validate_choice=True
        )
        fields[f"arrived_{key}"] = StringField(_l("Came at"), render_kw={"type": "time"}, filters=[one_line])
        fields[f"left_{key}"] = StringField(_l("Left at"), render_kw={"type": "time"}, filters=[one_line])
        fields[f"lessons_{key}"] = _Ticks(_l("Took part in"), choices=choices)
        data[f"presence_{key}"] = (row.presence if row is not None else unmarked).value
        data[f"arrived_{key}"] = _clock(row.arrived_at if row is not None else None)
        data[f"left_{key}"] = _clock(row.left_at if row is not None else None)
        data[f"lessons_{key}"] = list(row.lessons or []) if row is not None else []
    form: AttendanceForm = type(base.__name__, (base,), fields)(data=data)
    form.seats = seats
    return form


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(SWEDEN):%H:%M}" if moment is not None else ""


def _days_start(now: datetime) -> datetime:
    return now.astimezone(SWEDEN).replace(hour=17, minute=30, second=0, microsecond=0)


def _ended(meeting: Meeting, begins: datetime, minutes: int, now: datetime) -> datetime:
    if meeting.opened_at is not None and begins < now < begins + LONGEST_DAY:
        return now
    return meeting.ends_at or begins + timedelta(minutes=minutes)


def _number(typed: str | None, most: int) -> int | None:
    typed = typed or ""
    whole = typed.isascii() and typed.isdecimal() and len(typed) < 10
    return int(typed) if whole and int(typed) <= most else None
