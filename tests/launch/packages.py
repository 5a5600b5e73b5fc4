"""Packages for tests: a cmi5.xml from a few words, and zips good and bad."""

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
PUBLISHER = "https://forlag.example/kurs"


def text(name: str, sv: str, en: str | None = None) -> str:
    english = f'<langstring lang="en">{escape(en)}</langstring>' if en else ""
    return f'<{name}><langstring lang="sv">{escape(sv)}</langstring>{english}</{name}>'


def au(
    name: str = "ett",
    *,
    url: str = "index.html",
    title: str = "Del",
    inside: str = "",
    **attributes: str,
) -> str:
    """``attributes``: ``moveOn="Passed"`` and the like. ``inside``: what stands behind the url."""
    known = {"id": f"{PUBLISHER}/au/{name}", **attributes}
    told = " ".join(f"{key}={quoteattr(value)}" for key, value in known.items())
    return f"<au {told}>{text('title', title)}{text('description', 'Om delen')}<url>{escape(url)}</url>{inside}</au>"


def block(name: str, *content: str, title: str = "Block") -> str:
    inside = "".join(content)
    return f'<block id="{PUBLISHER}/block/{name}">{text("title", title)}{text("description", "Om")}{inside}</block>'


def course(*content: str, head: str = "", course_id: str = PUBLISHER, title: str = "Lagen i vardagen") -> str:
    named = text("title", title, "The law every day") + text("description", "Om kursen")
    about = f'<course id="{course_id}">{named}</course>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<courseStructure xmlns="{NAMESPACE}">\n'
        f"{about}{head}\n" + "\n".join(content) + "\n</courseStructure>"
    )


def zipped(xml: str | bytes | None, files: Mapping[str, bytes] | None = None) -> bytes:
    """``files``: as well as ``index.html``."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if xml is not None:
            archive.writestr("cmi5.xml", xml)
        for name, content in {"index.html": b"<!doctype html><title>Del</title>", **(files or {})}.items():
            archive.writestr(name, content)
    return target.getvalue()


def one_au(**attributes: str) -> bytes:
    return zipped(course(au(**attributes)))  # type: ignore[arg-type]
