"""Pages of auth."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("auth", __name__, url_prefix=PREFIX)


@bp.get("/sign-in")
@allow(Role.ANYONE)
def sign_in() -> str:
    return "sign_in"


@bp.get("/sign-out")
@allow(Role.ANYONE)
def sign_out() -> str:
    return "sign_out"
