"""The certificate as a tagged PDF (PDF/UA-1). The same certificate gives the same bytes."""

import contextlib
import json
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import typst

from tracker.certificates.models import Certificate
from tracker.certificates.words import Words, qr_svg
from tracker.i18n import _

__all__ = ["certificate_pdf"]

HERE = Path(__file__).parent


def certificate_pdf(certificate: Certificate, words: Words, *, language: str, publisher: str) -> bytes:
    day = certificate.completed_on
    data = {
        "title": words.title,
        "publisher": publisher,
        "language": language,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "site": words.site,
        "heading": _("Certificate"),
        "name": words.name,
        "completed": _("has completed the course") if words.name else _("The bearer has completed the course"),
        "course": words.course,
        "facts": words.facts,
        "goals_heading": _("The goals of the course"),
        "goals": words.goals,
        "check": _("Check the certificate at"),
        "address": words.address,
        "shown_address": urlsplit(words.address).netloc + "/certificates",
        "code": words.code,
        "no_scores": _("The certificate shows that the course has been completed. It holds no results."),
        "qr": qr_svg(words.address),
        "qr_alt": _("QR code that leads to the page where the certificate is checked"),
    }
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    # A name in a script that our fonts lack takes whatever this machine has. Only where it has none either does the
    # standard forbid the file, and then a certificate with empty squares is better than no certificate.
    for only_ours in (True, False):
        with contextlib.suppress(typst.TypstError):
            return _compile(inputs, only_ours=only_ours, standard="ua-1")
    return _compile(inputs, only_ours=False, standard=None)


def _compile(inputs: dict[str, str], *, only_ours: bool, standard: Literal["ua-1"] | None) -> bytes:
    return typst.compile(
        HERE / "certificate.typ",
        font_paths=[HERE / "fonts"],
        ignore_system_fonts=only_ours,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standard,
        timestamp=0,
    )
