"""The same figures for other programs: JSON, bearer tokens, no cookies, nobody's name."""

from flask import Blueprint, Response, current_app, request

from tracker.api.bearer import with_token
from tracker.api.tokens import TokenScope
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.errors import ApiProblem
from tracker.permissions import Role, allow
from tracker.reports import files
from tracker.reports.asking import Asked
from tracker.reports.tables import View

bp = Blueprint("reports_api", __name__, url_prefix="/api/v1/reports")


@bp.get("/completion/<any(modules, organisations, kinds, roles, groups, months, finished, imported):view>")
@allow(Role.MACHINE)
@with_token(TokenScope.REPORTS)
def completion(view: str) -> Response:
    """With the filters of the page in the query."""
    settings: Settings = current_app.extensions["samverkan.settings"]
    asked = Asked(db.session, current_course(), request.args, scope=None, with_demo=settings.demo, now=now())
    if not asked.good:
        wrong = [{"filter": name, "messages": [str(one) for one in found]} for name, found in asked.form.errors.items()]
        raise ApiProblem(422, "invalid_request", "A filter can't be used", details=wrong)
    table = asked.table(View(view))
    about = {"published_at": asked.at(View(view)).isoformat(), "threshold": asked.least, "filters": asked.form.address}
    return Response(
        "".join(files.as_json(table, about)),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
