"""Reports: pages, and the same as files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner
from tracker.learners.scope import organisations_seen_by
from tracker.permissions import Role, allow
from tracker.reports import files, people, saved
from tracker.reports.asking import Asked, clock_time
from tracker.reports.figures import share
from tracker.reports.forms import SaveForm
from tracker.reports.framing import FRAMES, Counted, framed
from tracker.reports.tables import View
from tracker.reports.wording import often, titles
from tracker.reports.workbooks import xlsx

bp = Blueprint("reports", __name__, url_prefix=PREFIX)

_VIEWS = "organisations, kinds, roles, groups, months, finished, imported"


bp.add_app_template_filter(clock_time, "timeformat")


_ROWS = 100
"""On one page; a region has thousands of organisations. Files hold all."""


def _asked() -> Asked:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return Asked(
        db.session,
        current_course(),
        request.args,
        scope=organisations_seen_by(db.session, current_learner()),
        with_demo=settings.demo,
        now=now(),
    )


def _refused(asked: Asked, view: View) -> ResponseReturnValue:
    return render_template("reports/completion.html", **_for_page(asked, view), table=None), 422


def _for_page(asked: Asked, view: View) -> dict[str, Any]:
    return {
        "form": asked.form,
        "view": view,
        "views": [one for one in View if one is not View.PEOPLE or _may_see_people()],
        "titles": titles(),
        "publication": asked.publication,
        "saved": saved.of_learner(db.session, current_learner()),
        "share": share,
    }


def _may_see_people() -> bool:
    return Role.ORGANISATION_ADMINISTRATOR in current_user.roles


@bp.get("/admin/completion")
@allow(Role.REPORT_READER)
def completion() -> ResponseReturnValue:
    return _page(View.MODULES)


@bp.get(f"/admin/completion/<any({_VIEWS}):view>")
@allow(Role.REPORT_READER)
def completion_by(view: str) -> ResponseReturnValue:
    return _page(View(view))


def _page(view: View) -> ResponseReturnValue:
    asked = _asked()
    if not asked.good:
        return _refused(asked, view)
    table = asked.table(view)
    rows = list(table.rows)
    # The sum, and those who are told together, stand on every page.
    told = [*rows] if view in (View.MODULES, View.IMPORTED) else rows[:-1]
    pages = max(1, -(-len(told) // _ROWS))
    number = request.args.get("page", "1")
    if not (number.isascii() and number.isdecimal() and len(number) < 6 and 1 <= int(number) <= pages):
        abort(404)
    start = (int(number) - 1) * _ROWS
    return render_template(
        "reports/completion.html",
        **_for_page(asked, view),
        table=replace(table, rows=rows),
        shown=told[start : start + _ROWS] + rows[len(told) :],
        page=int(number),
        pages=pages,
        found=table.overview,
        before=asked.before(),
        definitions=files.definitions(asked.least),
        save=SaveForm(),
    )


@bp.get("/admin/completion/people")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def people_page() -> ResponseReturnValue:
    """One row for each person, fifty at a time."""
    asked = _asked()
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 12):
        abort(404)
    if not asked.good:
        return _refused(asked, View.PEOPLE)
    audit.looked(db.session, Action.REPORT_SEEN, by=current_learner(), now=now(), target="report:people")
    found = people.ids(
        db.session, asked.course, asked.filters, with_demo=asked.with_demo, after=int(after), limit=people.PAGE + 1
    )
    return render_template(
        "reports/people.html",
        **_for_page(asked, View.PEOPLE),
        table=asked.table(View.PEOPLE, after=int(after), limit=people.PAGE),
        after=found[people.PAGE - 1] if len(found) > people.PAGE else None,
        first=after == "0",
        save=SaveForm(),
    )


@bp.get(f"/admin/completion/<any(modules, {_VIEWS}):view>.<any(csv, xlsx, pdf, json):ending>")
@allow(Role.REPORT_READER)
def completion_file(view: str, ending: str) -> ResponseReturnValue:
    """What the page with the same filters shows."""
    return _file(View(view), ending)


@bp.get("/admin/completion/people.<any(csv, xlsx, pdf, json):ending>")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def people_file(ending: str) -> ResponseReturnValue:
    return _file(View.PEOPLE, ending)


def _file(view: View, ending: str) -> ResponseReturnValue:
    asked = _asked()
    if not asked.good:
        return _refused(asked, view)
    if view is View.PEOPLE and ending == "pdf" and _are_too_many_for_paper(asked):
        asked.form.form_errors = [
            _("More than %(most)s people do not fit in a PDF. Filter more, or take Excel", most=files.MOST_ON_PAPER)
        ]
        return _refused(asked, view)
    if view is View.PEOPLE:
        audit.looked(
            db.session,
            Action.REPORT_EXPORTED,
            by=current_learner(),
            now=now(),
            target="report:people",
            details={"format": ending},
        )
    title = titles()[view]
    # The rows of people are read while they are sent, which goes on after the request's own session has been closed.
    session = Session(db.engine) if view is View.PEOPLE else db.session
    table = asked.table(view, session)
    rows = Counted(table.rows)
    table = replace(table, rows=rows)
    at, as_of, facts = asked.at(view), asked.as_of(view), asked.facts(view)
    bodies: dict[str, Callable[[], Iterable[Any]]] = {
        "csv": lambda: files.csv_lines(table),
        "xlsx": lambda: xlsx(table, title=title, facts=facts),
        "pdf": lambda: [files.pdf(table, title=title, subtitle=as_of, facts=facts)],
        "json": lambda: files.as_json(table, {"published_at": at.isoformat(), "filters": asked.form.address}),
    }
    name = "-".join(["samverkan", view, at.date().isoformat(), *_safe(asked.form.address.values())])
    body, mimetype = bodies[ending](), files.TYPES[ending]
    if view is not View.PEOPLE:
        body = list(body)
    elif request.headers.get("Accept") == FRAMES:
        chosen, with_demo = asked.filters, asked.with_demo
        count = partial(people.count, session, asked.course, chosen, with_demo=with_demo)
        body, mimetype = framed(body, rows, count), FRAMES
    response = Response(
        _closing(body, session) if view is View.PEOPLE else body,
        content_type=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"', "Cache-Control": "no-store"},
    )
    if view is View.PEOPLE:
        response.vary.add("Accept")
        response.call_on_close(session.close)
    return response


def _are_too_many_for_paper(asked: Asked) -> bool:
    most = files.MOST_ON_PAPER
    found = people.ids(db.session, asked.course, asked.filters, with_demo=asked.with_demo, limit=most + 1)
    return len(found) > most


def _closing(body: Iterable[Any], session: Session) -> Iterator[Any]:
    """The connection is given back with the last row, whether or not anybody waits for the end of the answer."""
    try:
        yield from body
    finally:
        session.close()


def _safe(words: Any) -> list[str]:
    """For a file's name: a municipality may be called anything."""
    return [
        "".join(letter for letter in word if letter.isascii() and (letter.isalnum() or letter in "-_"))
        for word in words
    ]


@bp.post("/admin/completion/views")
@allow(Role.REPORT_READER)
def save_view() -> ResponseReturnValue:
    """Keep the filters of the address under a name."""
    asked = _asked()
    form = SaveForm()
    view = View(request.args.get("view", "")) if request.args.get("view", "") in set(View) else View.MODULES
    if view is View.PEOPLE and not _may_see_people():
        abort(403)
    if not asked.good:
        return _refused(asked, view)
    if not form.validate():
        return render_template(
            "reports/save.html", form=form, words=asked.form.words, address=asked.form.address, view=view
        ), 422
    saved.save(
        db.session,
        current_learner(),
        name=form.name.data,
        view=view,
        filters=asked.form.address,
        frequency=form.frequency.data or None,
        language=current_language(),
        now=now(),
    )
    db.session.commit()
    flash(_("The view %(name)s is saved.", name=form.name.data))
    return redirect(saved.address(view, asked.form.address))


@bp.get("/admin/completion/views")
@allow(Role.REPORT_READER)
def saved_views() -> str:
    return render_template(
        "reports/views.html",
        saved=saved.of_learner(db.session, current_learner()),
        titles=titles(),
        often=often,
        address=saved.address,
    )


@bp.post("/admin/completion/views/<uuid:view_id>/remove")
@allow(Role.REPORT_READER)
def remove_view(view_id: UUID) -> ResponseReturnValue:
    if saved.remove(db.session, current_learner(), view_id):
        db.session.commit()
        flash(_("The view is removed."))
    return redirect(url_for(".saved_views"))
