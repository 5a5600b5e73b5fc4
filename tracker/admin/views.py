"""Pages of admin."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("admin", __name__, url_prefix=PREFIX)


@bp.get("/admin/")
@allow(Role.ADMINISTRATOR)
def home() -> str:
    return "home"
