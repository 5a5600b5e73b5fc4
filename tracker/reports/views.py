"""Pages of reports."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("reports", __name__, url_prefix=PREFIX)


@bp.get("/admin/completion")
@allow(Role.ADMINISTRATOR)
def completion() -> str:
    return "completion"
