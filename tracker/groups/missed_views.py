"""What the group did at a meeting, for whoever was not there: the same lessons, alone and in one's own time.

Anybody who has the link may open it. It says which lessons it was and nothing about the group or who is in it.
"""

import uuid

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.content import current_course
from tracker.db import db
from tracker.groups.access import NotYours
from tracker.groups.missing import Missed, lessons_of, missed_by
from tracker.groups.models import Meeting
from tracker.groups.views import title_of
from tracker.i18n import PREFIX
from tracker.learners.current import learner_or_none
from tracker.permissions import Role, allow
from tracker.progress.queries import overview

bp = Blueprint("groups_missed", __name__, url_prefix=PREFIX)


@bp.get("/meetings/<uuid:held_id>/alone")
@allow(Role.ANYONE)
def alone(held_id: uuid.UUID) -> ResponseReturnValue:
    meeting = db.session.get(Meeting, held_id)
    if meeting is None or meeting.group.is_rehearsal:
        raise NotYours
    course, learner = current_course(), learner_or_none()
    lessons = lessons_of(course, meeting)
    done = overview(db.session, learner, course).lessons_done
    left = Missed(meeting, tuple(lesson for lesson in lessons if lesson.id not in done))
    return render_template(
        "groups/missed.html", meeting=meeting, title=title_of(meeting), lessons=lessons, done=done, left=left
    )


@bp.app_template_global("missed_meetings")
def missed_meetings() -> list[tuple[Missed, str]]:
    """For the learner's own page: meetings of which something is left, and what each was about."""
    learner = learner_or_none()
    if learner is None:
        return []
    return [(one, title_of(one.meeting)) for one in missed_by(db.session, learner, current_course())]
