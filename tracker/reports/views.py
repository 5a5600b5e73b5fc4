"""The administrator's reports."""

from datetime import datetime

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_time

from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, current_language
from tracker.permissions import Role, allow
from tracker.reports import export, queries
from tracker.reports.forms import CompletionFilter

bp = Blueprint("reports", __name__, url_prefix=PREFIX)


@bp.app_template_filter("timeformat")
def timeformat(value: datetime) -> str:
    return str(format_time(value, "HH.mm" if current_language() == "sv" else "HH:mm"))


def _completion(form: CompletionFilter) -> queries.Completion:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return queries.completion(db.session, current_course(), **form.chosen, with_demo=settings.demo)


@bp.get("/admin/completion")
@allow(Role.ADMINISTRATOR)
def completion() -> ResponseReturnValue:
    form = CompletionFilter(request.args)
    if not form.validate():
        return render_template("reports/completion.html", form=form, found=None), 422
    return render_template(
        "reports/completion.html",
        form=form,
        found=_completion(form),
        hidden_words=export.HIDDEN,
        share=export.share,
        now=now(),
    )


@bp.get("/admin/completion.csv")
@allow(Role.ADMINISTRATOR)
def completion_csv() -> ResponseReturnValue:
    """What the page with the same filters shows."""
    form = CompletionFilter(request.args)
    if not form.validate():
        return render_template("reports/completion.html", form=form, found=None), 422
    name = "-".join(["samverkan", now().date().isoformat(), *form.address.values()])
    return Response(
        export.completion_csv(_completion(form), form.words),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )
