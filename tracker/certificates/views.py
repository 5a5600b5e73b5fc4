"""Pages of certificates."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("certificates", __name__, url_prefix=PREFIX)


@bp.get("/certificates")
@allow(Role.ANYONE)
def verify() -> str:
    return "verify"
