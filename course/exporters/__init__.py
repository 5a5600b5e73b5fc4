"""The course as a package for other systems, or for no system at all. The same input gives the same bytes."""

from enum import StrEnum

from course.exporters import cmi5, html, scorm12, scorm2004
from course.exporters.package import Chosen, House, NothingChosen, UnknownModule, zipped

__all__ = ["Chosen", "Format", "House", "NothingChosen", "UnknownModule", "export", "file_name"]


class Format(StrEnum):
    CMI5 = "cmi5"
    SCORM12 = "scorm12"
    SCORM2004 = "scorm2004"
    HTML = "html"


def export(chosen: Chosen, format_: Format, house: House) -> bytes:
    """A zip with the manifest first."""
    match format_:
        case Format.CMI5:
            return zipped(cmi5.files_of(chosen, house), [cmi5.MANIFEST])
        case Format.SCORM12:
            return zipped(scorm12.files_of(chosen, house), [scorm12.MANIFEST])
        case Format.SCORM2004:
            return zipped(scorm2004.files_of(chosen, house), [scorm2004.MANIFEST])
        case Format.HTML:
            return zipped(html.files_of(chosen, house), ["index.html"])


def file_name(chosen: Chosen, format_: Format) -> str:
    """``samverkan-2027.1-sv-en-cmi5.zip``"""
    info = chosen.course.info
    parts = [info.id, info.version, *chosen.languages, chosen.key, format_.value]
    return "-".join(part for part in parts if part) + ".zip"
