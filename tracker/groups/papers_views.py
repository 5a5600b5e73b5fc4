"""What a facilitator takes home: study hours, the attendance as a file, and the meetings in a calendar."""

import io
import re
import uuid
from collections.abc import Iterable

from flask import Blueprint, Response, current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from tracker import limits
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access, exports, study_hours
from tracker.groups.models import Group, Meeting
from tracker.groups.register import Register, register_of
from tracker.groups.views import facilitated, looked_at, title_of
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner
from tracker.permissions import Role, allow

bp = Blueprint("groups_papers", __name__, url_prefix=PREFIX)

PDFS = "20/minute"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def file_name(*parts: str) -> str:
    """Letters and digits of the parts, for a name that every system takes."""
    words = "-".join(re.sub(r"[^\w]+", "-", part).strip("-") for part in parts).lower()
    return words.translate(str.maketrans("åäöéü", "aaoeu"))[:80]


def private_file(made: bytes, name: str, mimetype: str, *, as_attachment: bool = True) -> Response:
    response = send_file(io.BytesIO(made), mimetype=mimetype, as_attachment=as_attachment, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# ---------------------------------------------------------------- study hours


@bp.get("/groups/<uuid:group_id>/hours")
@allow(Role.LEARNER)
def hours(group_id: uuid.UUID) -> str:
    group = facilitated(group_id)
    looked_at(group)
    return render_template(
        "groups/hours.html",
        group=group,
        register=register_of(group, current_course()),
        rules=study_hours,
        shown_name=exports.shown_name,
        titles={meeting.number: title_of(meeting) for meeting in group.meetings},
    )


@bp.get("/groups/<uuid:group_id>/attendance.csv")
@allow(Role.LEARNER)
def attendance_csv(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id)
    made = exports.attendance_csv(_taken_out(group, "csv")).encode()
    return private_file(made, f"{_name_of(group)}.csv", "text/csv")


@bp.get("/groups/<uuid:group_id>/attendance.xlsx")
@allow(Role.LEARNER)
def attendance_xlsx(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id)
    made = exports.attendance_xlsx(group, _taken_out(group, "xlsx"), now=now())
    mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return private_file(made, f"{_name_of(group)}.xlsx", mimetype)


@bp.get("/groups/<uuid:group_id>/attendance.pdf")
@allow(Role.LEARNER)
def attendance_pdf(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id)
    limits.count(PDFS, "attendance as pdf")
    made = exports.attendance_pdf(
        group,
        _taken_out(group, "pdf"),
        course=current_course().info.title[current_language()],
        publisher=_settings().publisher,
        now=now(),
    )
    return private_file(made, f"{_name_of(group)}.pdf", "application/pdf")


def _taken_out(group: Group, ending: str) -> Register:
    """Names that leave the site are written down."""
    target = f"group:{group.id}"
    audit.looked(
        db.session,
        Action.ATTENDANCE_EXPORTED,
        by=current_learner(),
        now=now(),
        target=target,
        details={"format": ending},
    )
    return register_of(group, current_course())


def _name_of(group: Group) -> str:
    word = _("attendance")
    return file_name(word, group.name)


# ---------------------------------------------------------------- calendar


@bp.get("/groups/<uuid:group_id>/meetings.ics")
@allow(Role.LEARNER)
def calendar(group_id: uuid.UUID) -> ResponseReturnValue:
    """For every member: there is nothing in it about who else comes."""
    group = _of_member(group_id)
    return _calendar(group, group.meetings, file_name(group.name))


@bp.get("/groups/<uuid:group_id>/meetings/<int:number>.ics")
@allow(Role.LEARNER)
def calendar_of_one(group_id: uuid.UUID, number: int) -> ResponseReturnValue:
    group = _of_member(group_id)
    return _calendar(group, [access.meeting_of(group, number)], file_name(group.name, str(number)))


def _of_member(group_id: uuid.UUID) -> Group:
    seat = access.membership(db.session, group_id, current_learner())
    if seat.waits:
        raise access.NotYours
    return seat.group


def _calendar(group: Group, meetings: Iterable[Meeting], name: str) -> Response:
    from tracker.groups.calendar import calendar_of  # a tenth of a second of each start, for what few ask for

    address = _settings().base_url + url_for("groups.own")
    made = calendar_of(
        group,
        [(meeting, title_of(meeting)) for meeting in meetings],
        course=current_course().info.title[current_language()],
        address=address,
        now=now(),
    )
    return private_file(made, f"{name}.ics", "text/calendar")
