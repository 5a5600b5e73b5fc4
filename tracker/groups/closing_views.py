"""After the meeting: close it, see what came of it, open it again, enter one that was held on paper."""

import uuid
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from course.schema import Lesson
from course.timetable import lessons_of as planned_lessons
from course.timetable import timetable
from tracker.clock import now
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access, attendance
from tracker.groups.answers import creditable
from tracker.groups.claiming import can_claim
from tracker.groups.closing import MeetingOpen
from tracker.groups.closing import close as close_meeting
from tracker.groups.closing import reopen as reopen_meeting
from tracker.groups.closing_forms import ClosingForm, closing_form
from tracker.groups.crediting import minutes_held
from tracker.groups.missed_mail import MissedMail, missed_mail
from tracker.groups.models import Attendance, Meeting, Member, Pacing, Presence
from tracker.groups.study_hours import hours_of
from tracker.groups.turns import MeetingClosed
from tracker.groups.views import facilitated, minutes_planned, plan_of, title_of
from tracker.i18n import PREFIX, _, _n
from tracker.learners.current import current_learner
from tracker.learning.current import current_recorder
from tracker.permissions import Role, allow

bp = Blueprint("groups_closing", __name__, url_prefix=PREFIX)

MEETING = "/groups/<uuid:group_id>/meetings/<int:number>"


def _mine(group_id: uuid.UUID, number: int) -> tuple[Meeting, Member]:
    """The meeting, and the facilitator who looks at it."""
    facilitated(group_id)
    seat = access.membership(db.session, group_id, current_learner())
    return access.meeting_of(seat.group, number), seat.member


def _there(endpoint: str, meeting: Meeting, **more: Any) -> ResponseReturnValue:
    return redirect(url_for(endpoint, group_id=meeting.group_id, number=meeting.number, **more))


@bp.route(f"{MEETING}/close", methods=["GET", "POST"])
@allow(Role.LEARNER)
def close(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    meeting, member = _mine(group_id, number)
    if meeting.opened_at is None and meeting.closed_at is None:
        return _there(".enter", meeting)
    return _close(meeting, member, on_paper=False)


@bp.route(f"{MEETING}/enter", methods=["GET", "POST"])
@allow(Role.LEARNER)
def enter(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """A meeting that was held without a screen."""
    meeting, member = _mine(group_id, number)
    if meeting.opened_at is not None and meeting.closed_at is None:
        return _there(".close", meeting)
    return _close(meeting, member, on_paper=True)


def _close(meeting: Meeting, member: Member, *, on_paper: bool) -> ResponseReturnValue:
    if meeting.closed_at is not None:
        return _there(".closed", meeting)
    course, plan = current_course(), plan_of(meeting)
    is_long = meeting.group.pacing is Pacing.B
    points = timetable(course.meetings, plan, is_long=is_long) if plan is not None else []
    planned = list(planned_lessons(course, plan)) if plan is not None else []
    form = closing_form(
        meeting,
        course,
        attendance.seats(meeting),
        planned=planned,
        minutes=minutes_planned(meeting),
        rest=sum(point.minutes for point in points if point.item is not None and point.item.kind == "break"),
        unmarked=Presence.WHOLE if on_paper else Presence.ABSENT,
        now=now(),
    )
    form.is_asked_for_somebody = not on_paper and meeting.corrections == 0
    if request.method == "GET" and request.args.get("all"):
        form.propose_everybody()
    if not form.validate_on_submit():
        return _closing_page(form, meeting, planned, on_paper=on_paper), 422 if form.errors else 200
    try:
        attendance.mark_each(db.session, meeting, form.marks(form.chosen_day), now=now())
        close_meeting(
            db.session, meeting, form.held(on_paper=on_paper), by=member, recorder=current_recorder(), now=now()
        )
    except MeetingClosed:
        db.session.rollback()
        flash(_("Somebody else closed the meeting just before you. Nothing was recorded twice."))
    else:
        _tell_and_commit(missed_mail(db.session, meeting, course, by=member))
    return _there(".closed", meeting)


def _tell_and_commit(letter: MissedMail) -> None:
    """The meeting is closed whether the mails arrive or not."""
    db.session.commit()  # while a mail server is slow, nothing of the database is held
    wanted = len(letter.addresses)
    sent = letter.send(current_app.extensions["samverkan.settings"])
    if sent:
        flash(
            _n(
                "The link has been mailed to %(num)s who missed something.",
                "The link has been mailed to %(num)s who missed something.",
                sent,
            )
        )
    if sent < wanted:
        flash(_("Our mail server does not answer. Send the link yourself to those who missed something."), "error")


def _closing_page(form: ClosingForm, meeting: Meeting, planned: list[Lesson], *, on_paper: bool) -> str:
    course = current_course()
    near = {lesson.id for lesson in planned} | {held.lesson_id for held in meeting.lessons}
    return render_template(
        "groups/close.html",
        form=form,
        meeting=meeting,
        group=meeting.group,
        title=title_of(meeting),
        near=[lesson for lesson in course.lessons if lesson.id in near],
        others=[lesson for lesson in course.lessons if lesson.id not in near],
        on_paper=on_paper,
        again=meeting.corrections > 0,
        suggested={
            row.member_id: attendance.suggested_lessons(meeting, row)
            for row in meeting.attendance
            if row.presence is Presence.PART
        },
    )


@bp.get(f"{MEETING}/closed")
@allow(Role.LEARNER)
def closed(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """What came of it: who got what, who has something left to do and how, and who has changed what."""
    meeting, _member = _mine(group_id, number)
    if meeting.closed_at is None:
        return _there(".close", meeting)
    course = current_course()
    given = creditable(course, meeting)
    rows = sorted(meeting.attendance, key=lambda row: row.member_id)
    credited = {row.member_id: _credited(meeting, row, given) for row in rows}
    done = [lesson for lesson in course.lessons if any(h.lesson_id == lesson.id and h.done for h in meeting.lessons)]
    return render_template(
        "groups/closed.html",
        meeting=meeting,
        group=meeting.group,
        title=title_of(meeting),
        rows=rows,
        credited=credited,
        done=done,
        missed=[row for row in rows if len(credited[row.member_id]) < len(given) and row.member.registration],
        failed=[lesson for lesson in done if lesson.id not in given],
        minutes=minutes_held(meeting),
        study_hours=hours_of(minutes_held(meeting)),
        without_account=[row.member for row in rows if row.presence is not Presence.ABSENT and can_claim(row.member)],
        names={member.id: member.name for member in meeting.group.members},
    )


def _credited(meeting: Meeting, row: Attendance, given: set[str]) -> list[str]:
    return [name for name in attendance.credited_lessons(current_course(), meeting, row) if name in given]


@bp.post(f"{MEETING}/reopen")
@allow(Role.LEARNER)
def reopen(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    meeting, member = _mine(group_id, number)
    try:
        reopen_meeting(db.session, meeting, by=member, now=now())
    except MeetingOpen:
        db.session.rollback()
    else:
        db.session.commit()
    return _there(".close", meeting)
