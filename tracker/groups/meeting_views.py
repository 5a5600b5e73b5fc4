"""The facilitator's page of a meeting: the agenda, the notes, who is here, what the group answers, and the remote."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from course.marking import InvalidResponse
from tracker.clock import now
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access, agreeing, leading, voting
from tracker.groups import attendance as roll
from tracker.groups.forms import one_line
from tracker.groups.models import Meeting, Member, Presence
from tracker.groups.programme import Kind
from tracker.groups.room import Room
from tracker.groups.screen_views import screen_token
from tracker.groups.showing import phase_name
from tracker.groups.turns import MeetingClosed, NotOpen
from tracker.groups.views import facilitated, title_of
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner
from tracker.permissions import Role, allow

bp = Blueprint("groups_meeting", __name__, url_prefix=PREFIX)
bp.add_app_template_filter(phase_name, "phasename")

LONGEST_SENTENCE = 500


def _meeting(group_id: uuid.UUID, number: int) -> Meeting:
    return access.meeting_of(facilitated(group_id), number)


def _back(group_id: uuid.UUID, number: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for(".show", group_id=group_id, number=number, _anchor=anchor))


def _not_in_the_room(error: NotOpen | MeetingClosed, group_id: uuid.UUID) -> ResponseReturnValue:
    """Nothing was changed, and the group's page says why."""
    db.session.rollback()
    flash(
        _("The meeting is already held.") if isinstance(error, MeetingClosed) else _("Open the meeting first."), "error"
    )
    return redirect(url_for("groups.show", group_id=group_id))


@bp.post("/groups/<uuid:group_id>/meetings/<int:number>/open")
@allow(Role.LEARNER)
def open_it(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    meeting = _meeting(group_id, number)
    me = access.membership(db.session, group_id, current_learner()).member
    try:
        leading.open_meeting(db.session, meeting, me, now=now())
    except MeetingClosed:
        db.session.rollback()
        flash(_("The meeting is already held."), "error")
        return redirect(url_for("groups.show", group_id=group_id))
    except leading.AnotherIsOpen:
        db.session.rollback()
        flash(_("Another meeting of the group is going on. Close it first."), "error")
        return redirect(url_for("groups.show", group_id=group_id))
    db.session.commit()
    return _back(group_id, number)


@bp.get("/groups/<uuid:group_id>/meetings/<int:number>")
@allow(Role.LEARNER)
def show(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    meeting = _meeting(group_id, number)
    room = Room(db.session, meeting, current_course(), current_language())
    if not room.is_open:
        return redirect(url_for("groups.show", group_id=group_id, _anchor="meetings"))
    return render_template("groups/meeting.html", **_values(room))


def _values(room: Room) -> dict[str, object]:
    meeting, group = room.meeting, room.group
    row = next(
        (
            one
            for one in meeting.answers
            if (one.lesson_id, one.activity_id) == (room.slide.lesson_id, room.slide.activity_id)
        ),
        None,
    )
    members = [member for member in group.members if member.removed_at is None]
    presence = {one.member_id: one for one in meeting.attendance}
    seats = [(member, presence.get(member.id)) for member in members if member.approved_at is not None]
    following = room.next_slide
    return {
        "room": room,
        "meeting": meeting,
        "group": group,
        "title": title_of(meeting),
        "screen": url_for("groups_screen.show", token=screen_token(meeting)),
        "seats": seats,
        "here": sum(1 for _member, row in seats if row and row.presence is not Presence.ABSENT),
        "waiting": [member for member in members if member.approved_at is None],
        "answer": row,
        "following": following,
        "following_shown": room.showing(following) if following else None,
        "voted": voting.count(db.session, meeting, room.slide.key) if room.slide.votes else 0,
        "fewest": voting.FEWEST,
        "first_slides": [room.programme.first_of(place).key for place in range(len(room.programme.points))],
        "lesson_slides": {
            lesson: next(one.key for one in room.programme.slides if one.lesson_id == lesson and one.kind is Kind.TITLE)
            for lesson in {one.lesson_id for one in room.programme.slides if one.kind is Kind.TITLE}
        },
        "closing": url_for("groups_closing.close", group_id=group.id, number=meeting.number),
        "roll": url_for("groups_attendance.edit", group_id=group.id, number=meeting.number),
    }


@bp.post("/groups/<uuid:group_id>/meetings/<int:number>/move")
@allow(Role.LEARNER)
def move(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """``to`` is ``next``, ``back`` or a slide; ``seen`` is what the facilitator saw when pressing."""
    meeting = _meeting(group_id, number)
    room = Room(db.session, meeting, current_course(), current_language())
    try:
        leading.move(
            db.session,
            meeting,
            room.course,
            room.programme,
            seen=request.form.get("seen", ""),
            to=request.form.get("to", "next"),
            now=now(),
        )
    except leading.StalePress:
        # A second press, or the other facilitator was first: the page shows where the room is.
        db.session.rollback()
        flash(_("The room had already moved on, so your press changed nothing. Here is where it is."))
    except (NotOpen, MeetingClosed) as error:
        return _not_in_the_room(error, group_id)
    else:
        db.session.commit()
    return _back(group_id, number)


@bp.post("/groups/<uuid:group_id>/meetings/<int:number>/screen")
@allow(Role.LEARNER)
def screen(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """Show the code, or the votes, or go back to the slide."""
    meeting = _meeting(group_id, number)
    wanted = request.form.get("show", "slide")
    try:
        if wanted in {"votes", "no-votes"}:
            leading.show(db.session, meeting, votes=wanted == "votes")
        elif wanted in {"slide", "code", "break"}:
            leading.show(db.session, meeting, screen=wanted)
        else:
            abort(400)
    except leading.AnotherIsOpen:
        db.session.rollback()
        flash(_("Another meeting of the group is going on. Close it first."), "error")
    except (NotOpen, MeetingClosed) as error:
        return _not_in_the_room(error, group_id)
    else:
        db.session.commit()
    return _back(group_id, number)


@bp.post("/groups/<uuid:group_id>/meetings/<int:number>/attendance")
@allow(Role.LEARNER)
def attendance(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """One tap: ``member`` with ``here``; everybody at once: ``all``; without JavaScript the whole list: ``listed``."""
    meeting = _meeting(group_id, number)
    members = {str(one.id): one for one in meeting.group.members if one.removed_at is None}
    form = request.form
    try:
        if "all" in form:
            roll.mark_all_present(db.session, meeting, now=now())
        elif "member" in form:
            _tick_one(meeting, members, form["member"])
        else:
            ticked = set(form.getlist("present"))
            before = {str(one.member_id) for one in meeting.attendance if one.presence is not Presence.ABSENT}
            changed = [name for name in form.getlist("listed") if (name in ticked) != (name in before)]
            marks = [
                roll.Mark(members[name], Presence.WHOLE if name in ticked else Presence.ABSENT)
                for name in changed
                if name in members
            ]
            roll.mark_each(db.session, meeting, marks, now=now())
    except MeetingClosed as error:
        if "background" in form:
            db.session.rollback()
            return "", 409
        return _not_in_the_room(error, group_id)
    db.session.commit()
    if "background" in form:
        return "", 204
    return _back(group_id, number, "present")


def _tick_one(meeting: Meeting, members: dict[str, Member], name: str) -> None:
    if name not in members:
        abort(404)
    what = request.form.get("what", "")
    if what in {"here", "away"}:
        roll.tick(db.session, meeting, members[name], here=what == "here", now=now())
    elif what in {"arrived", "left"}:
        roll.tick(db.session, meeting, members[name], arrived=what == "arrived", left=what == "left", now=now())
    else:
        abort(400)


@bp.post("/groups/<uuid:group_id>/meetings/<int:number>/answer")
@allow(Role.LEARNER)
def answer(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """What the group has agreed on, to the question that the page was about."""
    meeting = _meeting(group_id, number)
    room = Room(db.session, meeting, current_course(), current_language())
    slide = next((one for one in room.programme.slides if one.key == request.form.get("slide")), None)
    if slide is None or slide.activity_id is None or slide.kind is Kind.RECALL:
        abort(400)
    typed = request.form.get("revision", "0")
    sentence = request.form.get("sentence")
    given = _given()
    if _same_place_twice():
        flash(_("Two of them have the same place. Give each its own."), "error")
        return _back(group_id, number, "answer")
    if not given and sentence is None:
        flash(_("Choose the group’s answer first"), "error")
        return _back(group_id, number, "answer")
    try:
        agreeing.answer(
            db.session,
            meeting,
            room.course,
            slide,
            given,
            sentence=one_line(sentence)[:LONGEST_SENTENCE] if sentence is not None else None,
            revision=int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0,
            now=now(),
        )
    except InvalidResponse:
        db.session.rollback()
        abort(400)
    except agreeing.AnsweredMeanwhile:
        db.session.rollback()
        flash(
            _("Another facilitator wrote the answer at the same moment. Look, and save again if it is wrong."), "error"
        )
        return _back(group_id, number, "answer")
    except (NotOpen, MeetingClosed) as error:
        return _not_in_the_room(error, group_id)
    db.session.commit()
    return _back(group_id, number, "answer")


def _same_place_twice() -> bool:
    places = [value for name, value in request.form.items() if name.startswith("place-")]
    return len(set(places)) < len(places)


def _given() -> list[str]:
    """Chosen options; or the places given to each thing to put in order, ``place-<id>`` = 1, 2, 3 …"""
    places = {name.removeprefix("place-"): value for name, value in request.form.items() if name.startswith("place-")}
    if places:
        return sorted(places, key=lambda one: int(places[one][:4]) if places[one].isdecimal() else 99)
    return [one for one in request.form.getlist("option") if one]
