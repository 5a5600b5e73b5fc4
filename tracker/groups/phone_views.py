"""A member's page: what the room is at, and a vote that nobody can trace. When nothing goes on: when the next is."""

import secrets
import uuid

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access, courses, joining, services, voting
from tracker.groups.room import Room, live_address, revision_of
from tracker.groups.views import title_of
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner, learner_or_none
from tracker.permissions import Role, allow

bp = Blueprint("groups_phone", __name__, url_prefix=PREFIX)

DEVICE = "samverkan_device"
"""A random word, tied to nobody: so that a phone can change its vote."""
DEVICE_SECONDS = 7 * 24 * 3600


@bp.get("/groups/<uuid:group_id>/now")
@allow(Role.ANYONE)  # a phone whose place another has taken is told so
def show(group_id: uuid.UUID) -> ResponseReturnValue:
    learner = learner_or_none()
    try:
        if learner is None:
            raise access.NotYours
        seat = access.membership(db.session, group_id, learner)
    except access.NotYours:
        return render_template("groups/phone_gone.html"), 404
    revision = revision_of(seat.group)
    db.session.refresh(seat.member)  # let in since: the page is not older than its number
    meeting = services.next_meeting(seat.group)
    room = Room(db.session, meeting, current_course(), current_language()) if meeting else None
    device = request.cookies.get(DEVICE)
    mine = None
    if room and room.meeting.is_live and room.slide.votes and device:
        mine = voting.own_vote(
            db.session, room.meeting, question=room.slide.key, device=device, secret=str(current_app.secret_key)
        )
    page = current_app.make_response(
        render_template(
            "groups/phone.html",
            seat=seat,
            group=seat.group,
            room=room,
            live=live_address(seat.group),
            revision=revision,
            corrected=[one for one in seat.group.meetings if one.is_corrected],
            meeting=meeting,
            title=title_of(meeting) if meeting else "",
            mine=mine,
            meetings=[(one, title_of(one)) for one in seat.group.meetings],
            more_courses=courses.taken(db.session, seat.group) if not (room and room.meeting.is_live) else [],
        )
    )
    if device is None:
        settings: Settings = current_app.extensions["samverkan.settings"]
        page.set_cookie(
            DEVICE,
            secrets.token_urlsafe(16),
            max_age=DEVICE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.secure,
        )
    return page


@bp.post("/groups/<uuid:group_id>/now/vote")
@allow(Role.LEARNER)
def vote(group_id: uuid.UUID) -> ResponseReturnValue:
    """A vote from the page, or one that a phone has kept while it was offline. 409: the round is closed."""
    seat = access.membership(db.session, group_id, current_learner())
    meeting = services.next_meeting(seat.group)
    device = request.cookies.get(DEVICE)
    if seat.waits or meeting is None or not device:
        abort(409)
    room = Room(db.session, meeting, current_course(), current_language())
    question, choice = request.form.get("question", ""), request.form.get("choice", "")
    in_background = "background" in request.form
    slide = next((one for one in room.programme.slides if one.key == question and one.votes), None)
    if slide is None or (choice and choice not in {one.id for one in room.showing(slide).options}):
        abort(400)
    if not choice:
        flash(_("Choose one of the answers"), "error")
        return redirect(url_for(".show", group_id=group_id))
    try:
        voting.cast(
            db.session, meeting, question=question, choice=choice, device=device, secret=str(current_app.secret_key)
        )
    except voting.RoundClosed:
        db.session.rollback()
        if in_background:
            return "", 409
        flash(_("The vote was already closed. Yours was not counted."))
        return redirect(url_for(".show", group_id=group_id))
    db.session.commit()
    if in_background:
        return "", 204
    return redirect(url_for(".show", group_id=group_id))


@bp.post("/groups/<uuid:group_id>/now/leave")
@allow(Role.LEARNER)
def leave(group_id: uuid.UUID) -> ResponseReturnValue:
    seat = access.membership(db.session, group_id, current_learner())
    if seat.member.is_facilitator:
        try:
            services.step_down(db.session, seat.member)
        except services.NeedsAFacilitator:
            db.session.rollback()
            flash(_("Somebody must lead the group. Invite another facilitator first."), "error")
            return redirect(url_for("groups_members.show", group_id=group_id))
    joining.leave(db.session, seat.member, now=now())
    db.session.commit()
    flash(_("You have left the group. What you have done is still yours."))
    return redirect(url_for("groups.own"))
