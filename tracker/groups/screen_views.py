"""The shared screen: a second window of the facilitator's, or any device that has been given the code at ``/s``."""

import re
import uuid

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup
from sqlalchemy import select

from course.typography import narrow
from tracker.clock import now
from tracker.content import current_course
from tracker.db import db
from tracker.groups import services
from tracker.groups.fitting import fitted
from tracker.groups.forms import CodeForm
from tracker.groups.joining_views import found_by_code
from tracker.groups.models import Meeting
from tracker.groups.pictures import qr_svg
from tracker.groups.room import Room
from tracker.groups.views import join_address, title_of
from tracker.i18n import PREFIX, _, current_language
from tracker.permissions import Role, allow

bp = Blueprint("groups_screen", __name__, url_prefix=PREFIX)

bp.add_app_template_filter(fitted, "fitted")
bp.add_app_template_filter(narrow, "narrow")


@bp.app_template_filter("unlinked")
def unlinked(html: str) -> Markup:
    """Nobody follows a link on the wall: the words stand there without it."""
    return Markup(re.sub(r"</?a\b[^>]*>", "", html))  # noqa: S704  # the course's own words, rendered and escaped before


_SALT = "shared screen"


def screen_token(meeting: Meeting) -> str:
    """Whoever has the address sees what the room sees, of this meeting and no other. No name stands there."""
    return str(URLSafeSerializer(str(current_app.secret_key), salt=_SALT).dumps([meeting.group_id.hex, meeting.number]))


@bp.route("/s", methods=["GET", "POST"])
@allow(Role.ANYONE)
def by_code() -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("groups/screen_code.html", form=form), 422 if form.errors else 200
    group, status = found_by_code(form.code.data or "", form)
    if group is None:
        return render_template("groups/screen_code.html", form=form), 422 if status == 404 else status
    meeting = services.next_meeting(group)
    if meeting is None:
        form.code.errors = [_("All meetings of the group are held. The facilitator can add a spare one.")]
        return render_template("groups/screen_code.html", form=form), 422
    return redirect(url_for(".show", token=screen_token(meeting)))


@bp.get("/s/<token>")
@allow(Role.ANYONE)
def show(token: str) -> ResponseReturnValue:
    try:
        group_id, number = URLSafeSerializer(str(current_app.secret_key), salt=_SALT).loads(token)
    except BadSignature:
        abort(404)

    meeting = db.session.scalar(
        select(Meeting).where(Meeting.group_id == uuid.UUID(group_id), Meeting.number == number)
    )
    if meeting is None:
        abort(404)
    room = Room(db.session, meeting, current_course(), current_language())
    group = meeting.group
    code_valid = group.code_expires_at is not None and group.code_expires_at > now()
    address = join_address(group.join_code) if group.join_code and code_valid else None
    return render_template(
        "groups/screen.html",
        room=room,
        meeting=meeting,
        group=group,
        title=title_of(meeting),
        code=group.join_code if code_valid else None,
        qr=qr_svg(address) if address else None,
    )
