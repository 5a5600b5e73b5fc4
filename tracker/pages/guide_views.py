"""The facilitator's guide: a chapter a page, and all of it on paper. No progress comes from reading it."""

import io
from functools import lru_cache

from flask import Blueprint, abort, current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from course.markdown import Page, render
from course.schema import Chapter, Language
from tracker.config import Settings
from tracker.content import current_course
from tracker.i18n import PREFIX, _, current_language
from tracker.paper.blocks import blocks_of
from tracker.paper.typesetting import PAPERS, pdf
from tracker.permissions import Role, allow

bp = Blueprint("guide", __name__, url_prefix=PREFIX)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _resolve(scheme: str, name: str) -> str:
    if scheme == "lesson":
        return url_for("learning.lesson", lesson_id=name)
    return url_for("pages.glossary", _anchor=name)


def _chapters() -> tuple[Chapter, ...]:
    chapters = current_course().guide
    if not chapters:
        abort(404)
    return chapters


@bp.get("/facilitator/guide")
@allow(Role.ANYONE)
def start() -> str:
    return render_template("guide/start.html", chapters=_chapters())


@bp.get("/facilitator/guide/<chapter_id>")
@allow(Role.ANYONE)
def chapter(chapter_id: str) -> str:
    chapters = _chapters()
    place = next((place for place, one in enumerate(chapters) if one.id == chapter_id), None)
    if place is None:
        abort(404)
    shown: Page = render(current_course(), chapters[place], current_language(), _resolve)
    return render_template("guide/chapter.html", chapters=chapters, place=place, text=shown)


@bp.get("/facilitator/guide.pdf")
@allow(Role.ANYONE)
def paper() -> ResponseReturnValue:
    _chapters()
    settings = _settings()
    language = current_language()
    made = _paper(language, settings.base_url, settings.publisher, current_course().digest)
    word = _("facilitators-guide")
    name = f"{word}-{current_course().info.version}.pdf"
    return send_file(io.BytesIO(made), mimetype="application/pdf", download_name=name)


@lru_cache(maxsize=8)
def _paper(language: Language, base_url: str, publisher: str, _digest: str) -> bytes:
    """Made once for each language: everybody gets the same."""
    course = current_course()
    day = course.info.reviewed_on

    def resolve(scheme: str, name: str) -> str:
        return base_url + _resolve(scheme, name)

    data = {
        "title": _("The facilitator’s guide"),
        "publisher": publisher,
        "language": language,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "site": course.info.title[language],
        "lead": _("How to lead a group through the course: before, during and after the meetings."),
        "contents": _("In the guide"),
        "chapters": [
            {"title": one.title[language], "blocks": blocks_of(one.markdown[language], course, language, resolve)}
            for one in course.guide
        ],
    }
    return pdf(PAPERS / "guide.typ", data)
