"""The filters of a report. They stand in the address, so a view of a report is a link."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import Select

from course.schema import Course
from tracker.groups.models import Group, Member
from tracker.i18n import _, _l, current_language
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind
from tracker.learners.scope import with_those_under
from tracker.registrations.models import Registration
from tracker.reports.dimensions import MOST_CHOICES, NO_ORGANISATION, NOT_SAID
from tracker.reports.labels import FORMS, LANGUAGES, STATUSES
from tracker.reports.models import Frequency, Publication
from tracker.reports.queries import Filters, values_of
from tracker.reports.tables import named
from tracker.sorting import swedish

__all__ = ["CompletionFilter", "SaveForm"]

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_KNOWN: Mapping[str, Sequence[str]] = {
    "capacity": (*Capacity, NOT_SAID),
    "kind": (*OrganisationKind, NOT_SAID),
    "form": (*FORMS, NOT_SAID),
    "language": (*LANGUAGES,),
}
"""In the order in which they are offered."""
_COUNTED: Final = ("capacity", "kind", "organisation", "municipality", "group", "form", "version", "language")


class _Options(Select):
    """Without attributes of an option's own: where there are hundreds, they take most of the time of a page."""

    @classmethod
    def render_option(cls, choice: Any) -> Markup:
        chosen = " selected" if choice.selected else ""
        return Markup(f'<option{chosen} value="{escape(choice.value)}">{escape(choice.label)}</option>')  # noqa: S704


class CompletionFilter(FlaskForm):
    since = StringField(_l("Began from"), [Optional()], render_kw={"type": "month", "placeholder": "2027-03"})
    until = StringField(_l("Began until"), [Optional()], render_kw={"type": "month", "placeholder": "2027-05"})
    done_since = StringField(_l("Completed from"), [Optional()], render_kw={"type": "month", "placeholder": "2027-03"})
    done_until = StringField(_l("Completed until"), [Optional()], render_kw={"type": "month", "placeholder": "2027-05"})
    capacity = SelectField(_l("In the capacity of"), default="", validate_choice=False)
    kind = SelectField(_l("Kind of organisation"), default="", validate_choice=False)
    organisation = SelectField(_l("Organisation"), default="", validate_choice=False)
    municipality = SelectField(_l("Municipality of the group"), default="", validate_choice=False)
    group = SelectField(_l("Group"), default="", validate_choice=False)
    form = SelectField(_l("Alone or in a group"), default="", validate_choice=False)
    status = SelectField(_l("How far"), default="", validate_choice=False)
    version = SelectField(_l("Course version"), default="", validate_choice=False)
    language = SelectField(_l("Language"), default="", validate_choice=False)
    module = SelectField(_l("Part"), default="", validate_choice=False)

    FIRST = ("since", "until", "capacity", "kind", "organisation")
    """What is asked for most. The others stand folded away, unless one of them is chosen."""

    class Meta:
        csrf = False  # it changes nothing

    def fill(self, db: Session, course: Course, publication: Publication | None, scope: frozenset[int] | None) -> None:
        """The choices, each with how many people surely have it."""
        self._scope, self._db = scope, db
        for name in _COUNTED:
            field = self[name]
            field.widget = _Options()
            counts = values_of(db, publication, name, scope)
            words = named(db, name, [*_KNOWN.get(name, ()), *counts])
            largest = sorted(words, key=lambda value: -counts.get(value, 0))[:MOST_CHOICES]
            if name == "form":
                words[NOT_SAID] = _("No lesson completed")
            if field.data and field.data not in largest:
                words |= named(db, name, [field.data]) if self._is_known(name, field.data) else {}
                largest += [field.data] if field.data in words else []
            if name not in _KNOWN:
                largest.sort(key=lambda value: (value == NOT_SAID, swedish(words[value])))
                largest = [one for one in largest if one != NOT_SAID or one in counts]
            else:
                order = [*words]
                largest.sort(key=lambda value: (value == NOT_SAID, order.index(value)))
            field.choices = [
                SelectChoice("", _("All")),
                *(
                    SelectChoice(one, f"{words[one]} ({counts[one]})" if one in counts else words[one])
                    for one in largest
                ),
            ]
        self.status.choices = [SelectChoice("", _("All")), *(SelectChoice(*one) for one in STATUSES.items())]
        language = current_language()
        self.module.choices = [
            SelectChoice("", _("All")),
            *(SelectChoice(one.id, f"{one.number} {one.info.title[language]}") for one in course.modules),
        ]

    def _is_known(self, name: str, value: str) -> bool:
        if name == "organisation":
            if not (value.isascii() and value.isdecimal() and len(value) < 10):
                return False
            seen = self._scope is None or int(value) in self._scope
            return seen and self._db.get(Organisation, int(value)) is not None
        if name == "group":
            try:
                UUID(value)
            except ValueError:
                return False
            return self._db.get(Group, UUID(value)) is not None and self._has_somebody(UUID(value))
        return value in _KNOWN.get(name, ())

    def _has_somebody(self, group_id: UUID) -> bool:
        """Somebody whom the reader may see: the name of another part's group is not told."""
        if self._scope is None:
            return True
        seen = select(Member.id).join(Registration).join(Learner).where(Learner.organisation_id.in_(self._scope))
        return self._db.scalar(seen.where(Member.group_id == group_id).limit(1)) is not None

    def validate(self, extra_validators: Any = None) -> bool:
        """After ``fill``."""
        good = bool(super().validate(extra_validators))
        for field in self:
            if isinstance(field, SelectField) and (field.data or "") not in {one.value for one in field.choices}:
                field.errors = [_("Choose one from the list")]
                good = False
        return good

    def validate_since(self, field: Any) -> None:
        if not _MONTH.fullmatch(field.data):
            raise ValidationError(_("Write a year and a month, such as 2027-03"))

    def validate_until(self, field: Any) -> None:
        self.validate_since(field)
        self._comes_after(field, self.since.data)

    def validate_done_since(self, field: Any) -> None:
        self.validate_since(field)

    def validate_done_until(self, field: Any) -> None:
        self.validate_since(field)
        self._comes_after(field, self.done_since.data)

    @staticmethod
    def _comes_after(field: Any, first: str | None) -> None:
        if _MONTH.fullmatch(first or "") and field.data < first:
            raise ValidationError(_("The last month comes before the first"))

    def chosen(self, db: Session, scope: frozenset[int] | None) -> Filters:
        organisation = self.organisation.data
        below = None
        if organisation == NOT_SAID:
            below = frozenset({NO_ORGANISATION})
        elif organisation:
            below = with_those_under(db, [int(organisation)])
        values = {name: self[name].data or None for name in self.address if name != "organisation"}
        return Filters(**values, organisations=below, scope=scope)

    @property
    def address(self) -> dict[str, str]:
        """What the address of this view carries."""
        return {field.name: field.data for field in self if field.data}

    @property
    def words(self) -> dict[str, str]:
        """Each filter that is used and what is chosen in it, to be read."""
        return {str(field.label.text): self._word(field) for field in self if field.data}

    @staticmethod
    def _word(field: Any) -> str:
        if not isinstance(field, SelectField):
            return str(field.data)
        word = next((str(one.label) for one in field.choices if one.value == field.data), str(field.data))
        return re.sub(r" \(\d+\)$", "", word)


class SaveForm(FlaskForm):
    name = StringField(_l("Name of the view"), [Length(max=80, message=_l("Write at most 80 characters"))])
    frequency = SelectField(
        _l("Mail me a link"),
        choices=[
            SelectChoice("", _l("Never")),
            SelectChoice(Frequency.WEEKLY.value, _l("Every week")),
            SelectChoice(Frequency.MONTHLY.value, _l("Every month")),
        ],
    )

    def validate_name(self, field: Any) -> None:
        field.data = " ".join((field.data or "").split())
        if not field.data:
            raise ValidationError(_("Write a name, such as Municipalities, spring 2027"))
