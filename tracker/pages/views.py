"""Pages of pages."""

from flask import Blueprint

from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("pages", __name__, url_prefix=PREFIX)


@bp.get("/")
@allow(Role.ANYONE)
def start() -> str:
    return "start"


@bp.get("/display")
@allow(Role.ANYONE)
def display() -> str:
    return "display"


@bp.get("/glossary")
@allow(Role.ANYONE)
def glossary() -> str:
    return "glossary"


@bp.get("/accessibility")
@allow(Role.ANYONE)
def accessibility() -> str:
    return "accessibility"


@bp.get("/privacy")
@allow(Role.ANYONE)
def privacy() -> str:
    return "privacy"
