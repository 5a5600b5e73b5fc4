"""The certificate as a tagged PDF (PDF/UA-1). The same certificate gives the same bytes."""

from pathlib import Path
from urllib.parse import urlsplit

from tracker.certificates.words import Words, qr_svg
from tracker.i18n import _
from tracker.paper.typesetting import pdf

__all__ = ["certificate_pdf"]

HERE = Path(__file__).parent


def certificate_pdf(words: Words, *, language: str, publisher: str) -> bytes:
    day = words.day
    data = {
        "title": words.title,
        "publisher": publisher,
        "language": language,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "site": words.site,
        "heading": _("Certificate"),
        "name": words.name,
        "completed": words.said,
        "course": words.course,
        # The typesetter knows no regions, and takes nothing but two or three letters.
        "course_language": _letters(words.course_language) or language,
        "facts": words.facts,
        "goals_heading": _("The goals of the course"),
        "goals": words.goals,
        "check": _("Check the certificate at"),
        "address": words.address,
        "shown_address": urlsplit(words.address).netloc + "/certificates",
        "code": words.code,
        "limits": words.limits,
        "qr": qr_svg(words.address),
        "qr_alt": _("QR code that leads to the page where the certificate is checked"),
    }
    return pdf(HERE / "certificate.typ", data)


def _letters(tag: str | None) -> str | None:
    language = (tag or "").split("-")[0].lower()
    return language if language.isascii() and language.isalpha() and len(language) in (2, 3) else None
