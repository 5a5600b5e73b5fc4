"""Pages of learning."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("learning", __name__, url_prefix=PREFIX)


@bp.get("/course")
@allow(Role.ANYONE)
def overview() -> str:
    return "overview"
