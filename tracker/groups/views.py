"""The facilitator's pages of a group: start it, plan its meetings, renew its code."""

import uuid

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from course.schema import MeetingPlan
from course.timetable import minutes_of, timetable
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access, courses, services, wording
from tracker.groups.codes import spaced
from tracker.groups.forms import ChangeGroupForm, EmptyForm, MeetingForm, StartGroupForm
from tracker.groups.models import Group, Meeting, Pacing
from tracker.groups.pictures import qr_svg
from tracker.i18n import PREFIX, _, current_language
from tracker.launch import queries
from tracker.learners.current import current_learner, learner_or_none
from tracker.learning.current import begin_here
from tracker.permissions import Role, allow

bp = Blueprint("groups", __name__, url_prefix=PREFIX)
bp.add_app_template_filter(wording.when, "when")
bp.add_app_template_filter(wording.clock, "clock")
bp.add_app_template_filter(wording.upper_first, "upperfirst")
bp.add_app_template_filter(spaced, "spaced")


def facilitated(group_id: uuid.UUID, *, also_ended: bool = False) -> Group:
    """The group of this address, for its facilitators; a 404 for everybody else.

    :param also_ended: what is sent may change a group that has ended.
    :raises GroupEnded:
    """
    group = access.facilitated(db.session, group_id, current_learner())
    if request.method == "POST" and group.ended_at is not None and not also_ended:
        raise access.GroupEnded
    return group


@bp.app_errorhandler(access.GroupEnded)
def _ended(_error: access.GroupEnded) -> ResponseReturnValue:
    db.session.rollback()
    flash(_("The group has ended, so nothing was changed."), "error")
    group_id = (request.view_args or {}).get("group_id")
    return redirect(url_for("groups.own") if group_id is None else url_for("groups.show", group_id=group_id))


def looked_at(group: Group) -> None:
    """A facilitator is about to see the names of everybody in it: written down first, as one entry."""
    audit.looked(db.session, Action.GROUP_SEEN, by=current_learner(), now=now(), target=f"group:{group.id}")


def plan_of(meeting: Meeting) -> MeetingPlan | None:
    plans = current_course().meetings.meetings
    return next((plan for plan in plans if plan.id == meeting.plan_id), None)


def title_of(meeting: Meeting) -> str:
    """What the meeting is about, in the language of the page."""
    plan = plan_of(meeting)
    if plan is not None:
        return plan.title[current_language()]
    return _("What the group has left")


def minutes_planned(meeting: Meeting) -> int:
    """How long it is meant to be, break included."""
    course, plan = current_course(), plan_of(meeting)
    if plan is None:
        return course.meetings.meeting_minutes
    return minutes_of(timetable(course.meetings, plan, is_long=meeting.group.pacing is Pacing.B))


def join_address(code: str) -> str:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings.base_url + url_for("groups_joining.with_code", code=code)


@bp.get("/groups")
@allow(Role.ANYONE)
def own() -> str:
    learner = learner_or_none()
    seats = access.seats_of(db.session, learner) if learner else []
    seats.sort(key=lambda seat: seat.group.ended_at is not None)
    return render_template(
        "groups/own.html",
        seats=[(seat, services.next_meeting(seat.group)) for seat in seats],
        may_start=learner is not None and not learner.is_guest,
    )


@bp.route("/groups/new", methods=["GET", "POST"])
@allow(Role.ACCOUNT)  # the group must be there on another computer too
def start() -> ResponseReturnValue:
    learner = current_learner()
    form = StartGroupForm(facilitator_name=(learner.name or "").split(" ")[0])
    if not form.validate_on_submit():
        return render_template("groups/form.html", form=form, group=None), 422 if form.errors else 200
    group = services.start_group(
        db.session,
        begin_here(),
        name=form.name.data or "",
        facilitator_name=form.facilitator_name.data or "",
        municipality=form.municipality.data or None,
        pacing=form.chosen_pacing,
        meetings=form.meeting_count or 3,
    )
    db.session.commit()
    flash(_("The group is started. Decide when you meet, and invite the others."))
    return redirect(url_for(".show", group_id=group.id))


@bp.get("/groups/<uuid:group_id>")
@allow(Role.LEARNER)
def show(group_id: uuid.UUID) -> ResponseReturnValue:
    seat = access.membership(db.session, group_id, current_learner())
    if not seat.member.is_facilitator:
        return redirect(url_for("groups_phone.show", group_id=group_id))
    group = seat.group
    looked_at(group)
    code_valid = group.code_expires_at is not None and group.code_expires_at > now()
    address = join_address(group.join_code) if group.join_code else None
    return render_template(
        "groups/group.html",
        group=group,
        code_valid=code_valid,
        address=address,
        qr=qr_svg(address) if address and code_valid else None,
        members=[one for one in group.members if one.removed_at is None and one.approved_at is not None],
        waiting=sum(1 for one in group.members if one.removed_at is None and one.approved_at is None),
        meetings=[(meeting, title_of(meeting), minutes_planned(meeting)) for meeting in group.meetings],
        coming=services.next_meeting(group),
        more_courses=courses.taken(db.session, group),
        may_choose_courses=any(one.published_at is not None for one in queries.courses(db.session)),
        form=EmptyForm(),
    )


@bp.route("/groups/<uuid:group_id>/change", methods=["GET", "POST"])
@allow(Role.LEARNER)
def change(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id)
    form = ChangeGroupForm(obj=group)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                services.change_group(
                    db.session,
                    group,
                    version=form.version.data or 0,
                    name=form.name.data or "",
                    municipality=form.municipality.data or None,
                    member_cap=form.cap or 0,
                    approves_joins=bool(form.approves_joins.data),
                    keeps_texts=bool(form.keeps_texts.data),
                )
            except services.ChangedMeanwhile:
                status = 409
                form.form_errors.append(
                    _("Another facilitator changed it while you were writing. Save again if yours is right.")
                )
                form.version.raw_data, form.version.data = None, group.version
            else:
                db.session.commit()
                flash(_("It is saved."))
                return redirect(url_for(".show", group_id=group_id))
    return render_template("groups/form.html", form=form, group=group), status


@bp.post("/groups/<uuid:group_id>/code")
@allow(Role.LEARNER)
def renew_code(group_id: uuid.UUID) -> ResponseReturnValue:
    services.renew_code(db.session, facilitated(group_id), now=now())
    db.session.commit()
    flash(_("Here is a new code. The old one no longer works."))
    return redirect(url_for(".show", group_id=group_id, _anchor="invite"))


@bp.post("/groups/<uuid:group_id>/code/stop")
@allow(Role.LEARNER)
def stop_code(group_id: uuid.UUID) -> ResponseReturnValue:
    services.stop_code(db.session, facilitated(group_id))
    db.session.commit()
    flash(_("Nobody can join with the code now."))
    return redirect(url_for(".show", group_id=group_id, _anchor="invite"))


@bp.post("/groups/<uuid:group_id>/end")
@allow(Role.LEARNER)
def end(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id, also_ended=True)
    if group.is_rehearsal:  # is deleted when it ends
        raise access.NotYours
    try:
        services.end_group(db.session, group, now=now())
    except services.MeetingBegun:
        db.session.rollback()
        flash(_("Close the meeting first."), "error")
    else:
        db.session.commit()
    return redirect(url_for(".show", group_id=group_id))


@bp.post("/groups/<uuid:group_id>/take-up")
@allow(Role.LEARNER)
def take_up(group_id: uuid.UUID) -> ResponseReturnValue:
    services.take_up(db.session, facilitated(group_id, also_ended=True))
    db.session.commit()
    flash(_("The group is open again. Make a new code if more are to join."))
    return redirect(url_for(".show", group_id=group_id))


@bp.post("/groups/<uuid:group_id>/meetings")
@allow(Role.LEARNER)
def add_meeting(group_id: uuid.UUID) -> ResponseReturnValue:
    meeting = services.add_meeting(db.session, facilitated(group_id))
    db.session.commit()
    return redirect(url_for(".plan", group_id=group_id, number=meeting.number))


@bp.route("/groups/<uuid:group_id>/meetings/<int:number>/plan", methods=["GET", "POST"])
@allow(Role.LEARNER)
def plan(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """When and where a meeting is."""
    meeting = access.meeting_of(facilitated(group_id), number)
    form = MeetingForm.of(meeting, minutes_planned(meeting))
    if not form.validate_on_submit():
        return render_template(
            "groups/plan.html", form=form, meeting=meeting, title=title_of(meeting), group=meeting.group
        ), 422 if form.errors else 200
    starts_at, ends_at = form.times
    services.plan_meeting(
        db.session, meeting, starts_at=starts_at, ends_at=ends_at, location=form.location.data or None, now=now()
    )
    db.session.commit()
    flash(_("Meeting %(number)s is planned.", number=number))
    return redirect(url_for(".show", group_id=group_id, _anchor="meetings"))


@bp.post("/groups/<uuid:group_id>/meetings/<int:number>/remove")
@allow(Role.LEARNER)
def remove_meeting(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    meeting = access.meeting_of(facilitated(group_id), number)
    try:
        services.remove_meeting(db.session, meeting)
    except services.MeetingBegun:
        db.session.rollback()
        abort(409)
    db.session.commit()
    flash(_("The meeting is taken away."))
    return redirect(url_for(".show", group_id=group_id, _anchor="meetings"))
