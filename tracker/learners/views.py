"""Pages of learners."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("learners", __name__, url_prefix=PREFIX)


@bp.get("/profile")
@allow(Role.LEARNER)
def profile() -> str:
    return "profile"
