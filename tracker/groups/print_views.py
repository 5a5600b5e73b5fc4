"""The print packs: of the open plans for anybody, and of a group's own meeting with its times and names."""

import io
import uuid
from functools import lru_cache

from flask import Blueprint, abort, current_app, send_file
from flask.typing import ResponseReturnValue

from course.schema import Course, Language, Lesson, MeetingPlan
from tracker import limits
from tracker.config import Settings
from tracker.content import current_course
from tracker.groups import access
from tracker.groups.models import Meeting, Pacing
from tracker.groups.papers_views import PDFS, file_name, private_file
from tracker.groups.print_pack import Occasion, Size, print_pack
from tracker.groups.views import facilitated, plan_of
from tracker.i18n import PREFIX, _, current_language
from tracker.permissions import Role, allow

bp = Blueprint("groups_print", __name__, url_prefix=PREFIX)


def _publisher() -> str:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings.publisher


@bp.get("/facilitator/<meeting_id>/pack-<any(a4, a3):size>.pdf")
@allow(Role.ANYONE)
def open_pack(meeting_id: str, size: str) -> ResponseReturnValue:
    """Of a plan, for whoever leads a group without the tracker."""
    course = current_course()
    plan = next((plan for plan in course.meetings.meetings if plan.id == meeting_id), None)
    if plan is None:
        abort(404)
    limits.count(PDFS, "print pack")
    made = _made_once(course.digest, plan.id, Size(size), current_language(), _publisher())
    name = f"{file_name(_word(), plan.id, size)}.pdf"
    return send_file(io.BytesIO(made), mimetype="application/pdf", download_name=name)


@bp.get("/groups/<uuid:group_id>/meetings/<int:number>/pack-<any(a4, a3):size>.pdf")
@allow(Role.LEARNER)
def pack(group_id: uuid.UUID, number: int, size: str) -> ResponseReturnValue:
    meeting = access.meeting_of(facilitated(group_id), number)
    limits.count(PDFS, "print pack")
    group, course = meeting.group, current_course()
    names = [one.name or "" for one in group.members if one.removed_at is None and one.approved_at is not None]
    occasion = Occasion(
        group=group.name,
        number=number,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        location=meeting.location,
        names=names,
        seed=str(meeting.id),
    )
    made = print_pack(
        course,
        plan_of(meeting),
        size=Size(size),
        is_long=group.pacing is Pacing.B,
        occasion=occasion,
        left=_left(meeting, course),
        publisher=_publisher(),
    )
    return private_file(
        made, f"{file_name(_word(), group.name, str(number), size)}.pdf", "application/pdf", as_attachment=False
    )


def _word() -> str:
    return _("print-pack")


def _left(meeting: Meeting, course: Course) -> list[Lesson]:
    """What the group has not done at another meeting."""
    others = (one for one in meeting.group.meetings if one is not meeting)
    done = {held.lesson_id for other in others for held in other.lessons if held.done}
    return [lesson for lesson in course.lessons if lesson.id not in done]


@lru_cache(maxsize=16)
def _made_once(_digest: str, plan_id: str, size: Size, _language: Language, publisher: str) -> bytes:
    """The same for everybody, so it is made once for each language."""
    course = current_course()
    plan: MeetingPlan = next(plan for plan in course.meetings.meetings if plan.id == plan_id)
    return print_pack(course, plan, size=size, is_long=False, occasion=None, publisher=publisher)
