"""The filters of a report. They stand in the address, so a view of a report is a link."""

from collections.abc import Mapping
from typing import Any

from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from tracker.i18n import _, _l
from tracker.learners.labels import CAPACITIES, ORGANISATION_KINDS
from tracker.learners.models import Capacity, OrganisationKind
from tracker.reports.protection import ALL

__all__ = ["CompletionFilter"]

NOT_SAID = "not-said"


def _choices(kept: Mapping[Any, LazyString]) -> list[SelectChoice]:
    return [
        SelectChoice("", _l("All")),
        *(SelectChoice(one.value, label) for one, label in kept.items()),
        SelectChoice(NOT_SAID, _l("Has not said")),
    ]


class CompletionFilter(FlaskForm):
    capacity = SelectField(
        _l("In the capacity of"),
        choices=_choices(CAPACITIES),
        default="",
    )
    kind = SelectField(
        _l("Kind of organisation"),
        choices=_choices(ORGANISATION_KINDS),
        default="",
    )

    class Meta:
        csrf = False  # it changes nothing

    def validate(self, extra_validators: Any = None) -> bool:
        if super().validate(extra_validators):
            return True
        for field in self:
            if field.errors:
                field.errors = [_("Choose one from the list")]
        return False

    @property
    def chosen(self) -> dict[str, Any]:
        """As ``queries.completion`` takes them."""
        return {"capacity": _value(Capacity, self.capacity.data), "kind": _value(OrganisationKind, self.kind.data)}

    @property
    def address(self) -> dict[str, str]:
        """What the address of this view carries."""
        return {field.name: field.data for field in (self.capacity, self.kind) if field.data}

    @property
    def words(self) -> dict[str, str]:
        """Each filter and what is chosen in it, to be read."""
        return {
            str(field.label.text): next(str(one.label) for one in field.choices if one.value == (field.data or ""))
            for field in (self.capacity, self.kind)
        }


def _value(kind: type[Capacity] | type[OrganisationKind], word: str | None) -> Any:
    if not word:
        return ALL
    return None if word == NOT_SAID else kind(word)
