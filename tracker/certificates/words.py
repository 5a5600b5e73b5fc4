"""What stands on a certificate, in the language of the page: the same on paper, on the screen and in the PDF."""

from dataclasses import dataclass

import segno
from flask_babel import format_date, ngettext
from markupsafe import Markup

from tracker.certificates.models import Certificate, Form
from tracker.i18n import _, current_language

__all__ = ["Words", "qr_svg", "words_of"]


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    name: str | None
    site: str
    course: str
    facts: tuple[tuple[str, str], ...]
    goals: tuple[str, ...]
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
        course=f"{site} – {_lower_first(certificate.course['subtitle'][language])}",
        facts=(
            (_("Date"), format_date(certificate.completed_on, "d MMMM yyyy")),
            (_("Form"), form),
            (_("Extent"), _("%(lessons)s, %(minutes)d minutes", lessons=lessons, minutes=certificate.minutes)),
            (_("Version"), _("Course %(version)s", version=certificate.course_version)),
        ),
        goals=tuple(certificate.course["goals"][language]),
        code=certificate.code,
        # Without a language: whoever checks it gets the page in their own.
        address=f"{base_url}/certificates/{certificate.code}",
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def qr_svg(address: str) -> Markup:
    """Black on white with the quiet zone around it; no style attribute, no script."""
    code = segno.make(address, micro=False, error="m")
    drawing = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff")
    return Markup(drawing)  # noqa: S704  # drawn from our own address and a code of ours
