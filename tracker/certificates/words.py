"""What stands on a certificate, in the language of the page: the same on paper, on the screen and in the PDF."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

import segno
from babel.dates import get_timezone
from flask_babel import format_date, ngettext
from markupsafe import Markup

from tracker.certificates.models import Certificate, Form, ImportedCertificate
from tracker.i18n import _, current_language
from tracker.launch.models import ImportedCompletion
from tracker.launch.wording import tagged_text_in

__all__ = ["Words", "imported_title", "imported_words", "qr_svg", "swedish_day", "words_of"]

# A package may call itself anything; a certificate is one page.
LONGEST_TITLE: Final = 250


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    name: str | None
    site: str
    said: str
    """What the bearer has done with the course."""
    course: str
    course_language: str | None
    """Where it is not the language of the page."""
    day: date
    facts: tuple[tuple[str, str], ...]
    goals: tuple[str, ...]
    limits: str
    """What it does not say."""
    code: str
    address: str


def words_of(certificate: Certificate, *, base_url: str) -> Words:
    language = current_language()
    site = certificate.course["title"][language]
    name = certificate.name
    form = {
        Form.ALONE: _("On one's own"),
        Form.GROUP: _("In a group"),
        Form.BOTH: _("In a group and on one's own"),
    }[certificate.form]
    lessons = ngettext("%(num)d lesson", "%(num)d lessons", certificate.lesson_count)
    return Words(
        title=_("Certificate for %(name)s", name=name) if name else _("Certificate"),
        name=name,
        site=site,
        said=_("has completed the course") if name else _("The bearer has completed the course"),
        course=f"{site} – {_lower_first(certificate.course['subtitle'][language])}",
        course_language=None,
        day=certificate.completed_on,
        facts=(
            (_("Date"), format_date(certificate.completed_on, "d MMMM yyyy")),
            (_("Form"), form),
            (_("Extent"), _("%(lessons)s, %(minutes)d minutes", lessons=lessons, minutes=certificate.minutes)),
            (_("Version"), _("Course %(version)s", version=certificate.course_version)),
        ),
        goals=tuple(certificate.course["goals"][language]),
        limits=_completed_only(),
        code=certificate.code,
        address=_address(base_url, certificate.code),
    )


def imported_words(certificate: ImportedCertificate, *, site: str, base_url: str) -> Words:
    """``site``: what our own course is called, whose mark stands at the top."""
    completion, name = certificate.completion, certificate.name
    course, course_language = imported_title(completion)
    day = swedish_day(completion.completed_at)
    if completion.waived_count == completion.part_count:
        said = _("has been credited with the course") if name else _("The bearer has been credited with the course")
        form = _("Counted as done")
        limits = _("The certificate shows that the course has been counted as done. It shows no results.")
    else:
        said = _("has completed the course") if name else _("The bearer has completed the course")
        form = _("On one's own")
        limits = _completed_only()
    extent = ngettext("%(num)s part", "%(num)s parts", completion.part_count)
    if 0 < completion.waived_count < completion.part_count:
        waived = ngettext("%(num)d of them counted as done", "%(num)d of them counted as done", completion.waived_count)
        extent = f"{extent}, {waived}"
    return Words(
        title=_("Certificate for %(name)s", name=name) if name else _("Certificate"),
        name=name,
        site=site,
        said=said,
        course=course,
        course_language=course_language,
        day=day,
        facts=(
            (_("Date"), format_date(day, "d MMMM yyyy")),
            (_("Form"), form),
            (_("Extent"), extent),
            (_("Version"), str(completion.version)),
            (_("Course"), _("Made by others, given at %(host)s", host=urlsplit(base_url).netloc)),
        ),
        goals=(),
        limits=limits,
        code=certificate.code,
        address=_address(base_url, certificate.code),
    )


def imported_title(completion: ImportedCompletion) -> tuple[str, str | None]:
    """In the language of the page or the next best, and which language that is where it is another one."""
    tag, text = tagged_text_in(completion.title)
    title = " ".join(text.split()) or completion.publisher_id
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rstrip() + "…"
    return title, None if not text or tag == "und" or tag.lower().split("-")[0] == current_language() else tag


def _completed_only() -> str:
    return _("The certificate shows that the course has been completed. It shows no results.")


def swedish_day(at: datetime) -> date:
    return at.astimezone(get_timezone("Europe/Stockholm")).date()


def _address(base_url: str, code: str) -> str:
    """Without a language: whoever checks it gets the page in their own."""
    return f"{base_url}/certificates/{code}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def qr_svg(address: str) -> Markup:
    """Black on white with the quiet zone around it; no style attribute, no script."""
    code = segno.make(address, micro=False, error="m")
    drawing = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff")
    return Markup(drawing)  # noqa: S704  # drawn from our own address and a code of ours
