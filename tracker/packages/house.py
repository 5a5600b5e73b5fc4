"""What the site hands to the exporters: its templates, style sheets, scripts and words."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations

from course.exporters import House
from course.loader import DEFAULT_DIRECTORY
from course.schema import Language

__all__ = ["house_of"]

HERE = Path(__file__).parent.parent


def house_of(templates: Path, course: Path | None) -> House:
    """
    :param course: the course's folder; None for the one that comes with this program.
    """
    return House(templates=templates, static=HERE / "static", words=_words, media=course or DEFAULT_DIRECTORY)


def _words(language: Language, said: Iterable[tuple[str, ...]]) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    catalogue = _catalogue(language)
    return {one: _said(catalogue, one) for one in said}


def _said(catalogue: NullTranslations, message: tuple[str, ...]) -> tuple[str, ...]:
    if len(message) == 1:
        return (catalogue.gettext(message[0]),)
    one, many = message
    return catalogue.ungettext(one, many, 1), catalogue.ungettext(one, many, 2)


@lru_cache
def _catalogue(language: Language) -> NullTranslations:
    return Translations.load(HERE / "translations", [language])
