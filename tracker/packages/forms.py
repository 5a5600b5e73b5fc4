"""What an administrator chooses for a package. The choices stand in the address, so a download is a link."""

from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from course.exporters import Chosen, Format
from course.schema import Course, Language
from tracker.i18n import LANGUAGES, _l, current_language
from tracker.packages.wording import FORMATS

__all__ = ["PackageForm"]

NAMES = {"sv": _l("Swedish"), "en": _l("English")}


class Ticks(SelectMultipleField):
    """Boxes to tick. None ticked is a fault, and nothing but one of them can be sent."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PackageForm(FlaskForm):
    format = RadioField(
        _l("Format"),
        [InputRequired(_l("Choose a format"))],
        choices=[SelectChoice(one.value, label) for one, (label, _meaning) in FORMATS.items()],
        validate_choice=False,
    )
    lang = Ticks(
        _l("Languages"),
        [InputRequired(_l("Choose at least one language"))],
        description=_l("With both, the learner changes language in the lesson."),
        validate_choice=False,
    )
    module = Ticks(_l("Parts of the course"), [InputRequired(_l("Choose at least one part"))], validate_choice=False)

    class Meta:
        csrf = False  # it changes nothing

    def __init__(self, course: Course, given: MultiDict[str, str]) -> None:
        """Where nothing at all is said, it is the whole course in both languages."""
        modules = [("module", one.id) for one in course.modules]
        whole = MultiDict([("format", Format.CMI5.value), *(("lang", one) for one in LANGUAGES), *modules])
        super().__init__(given or whole)
        language = current_language()
        self.course = course
        self.lang.choices = [SelectChoice(one, NAMES[one]) for one in LANGUAGES]
        self.module.choices = [
            SelectChoice(one.id, f"{one.number} {one.info.title[language]}") for one in course.modules
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        good: bool = super().validate(extra_validators)
        for field in (self.format, self.lang, self.module):
            known = {choice.value for choice in field.choices}
            sent = {field.data} if isinstance(field.data, str) else set(field.data or ())
            if sent - known:
                field.errors = [*field.errors, _l("Choose one from the list")]
                good = False
        return good

    @property
    def chosen(self) -> tuple[Chosen, Format]:
        languages: tuple[Language, ...] = tuple(one for one in LANGUAGES if one in self.lang.data)
        return Chosen(self.course, languages, tuple(self.module.data)), Format(self.format.data)
