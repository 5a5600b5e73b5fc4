"""Attendance outside the meeting's own page: written down beforehand, or put right before the meeting is closed."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.clock import now
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access, attendance
from tracker.groups.closing_forms import attendance_form
from tracker.groups.forms import SWEDEN
from tracker.groups.models import Presence
from tracker.groups.turns import MeetingClosed
from tracker.groups.views import facilitated, title_of
from tracker.i18n import PREFIX, _
from tracker.permissions import Role, allow

bp = Blueprint("groups_attendance", __name__, url_prefix=PREFIX)


@bp.route("/groups/<uuid:group_id>/meetings/<int:number>/present", methods=["GET", "POST"])
@allow(Role.LEARNER)
def edit(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    meeting = access.meeting_of(facilitated(group_id), number)
    seats = attendance.seats(meeting)
    held = {row.lesson_id for row in meeting.lessons}
    lessons = [lesson for lesson in current_course().lessons if lesson.id in held]
    form = attendance_form(seats, lessons, unmarked=Presence.ABSENT)
    here = url_for(".edit", group_id=group_id, number=number)
    try:
        if form.is_submitted() and request.form.get("all") and form.csrf_token.validate(form):
            attendance.mark_all_present(db.session, meeting, now=now())
            db.session.commit()
            flash(_("Everybody is marked as there."))
            return redirect(here)
        if form.validate_on_submit():
            day = (meeting.opened_at or meeting.starts_at or now()).astimezone(SWEDEN).date()
            attendance.mark_each(db.session, meeting, form.marks(day), now=now())
            db.session.commit()
            flash(_("The attendance is saved."))
            return redirect(here)
    except MeetingClosed:
        db.session.rollback()
        flash(_("The meeting is closed. Open it again to change who was there."), "error")
        return redirect(here)
    page = render_template(
        "groups/attendance.html",
        form=form,
        meeting=meeting,
        group=meeting.group,
        title=title_of(meeting),
        lessons=lessons,
        suggested={
            seat.member.id: attendance.suggested_lessons(meeting, seat.row)
            for seat in seats
            if seat.row is not None and seat.presence is Presence.PART
        },
    )
    return page, 422 if form.errors else 200
