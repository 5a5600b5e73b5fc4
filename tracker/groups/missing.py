"""What somebody has left to do of a meeting that the others held. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course, Lesson
from tracker.groups.models import Attendance, Group, Meeting, Member, Presence
from tracker.learners.models import Learner
from tracker.progress.queries import overview
from tracker.registrations.models import Registration

__all__ = ["Missed", "lessons_of", "missed_by"]


@dataclass(frozen=True)
class Missed:
    meeting: Meeting
    lessons: tuple[Lesson, ...]
    """Those that are left, in the order of the course."""

    @property
    def minutes(self) -> int:
        return sum(lesson.info.minutes.solo for lesson in self.lessons)


def lessons_of(course: Course, meeting: Meeting) -> tuple[Lesson, ...]:
    """What the group did, as far as the course still has it."""
    done = {held.lesson_id for held in meeting.lessons if held.done}
    return tuple(lesson for lesson in course.lessons if lesson.id in done)


def missed_by(db: Session, learner: Learner, course: Course) -> Sequence[Missed]:
    """Meetings where this learner was absent or there for a part, and of which something is left to do."""
    query = (
        select(Meeting)
        .join(Attendance, Attendance.meeting_id == Meeting.id)
        .join(Member, Member.id == Attendance.member_id)
        .join(Registration, Registration.id == Member.registration_id)
        .join(Group, Group.id == Meeting.group_id)
        .where(
            Registration.learner_id == learner.id,
            Member.removed_at.is_(None),
            Meeting.closed_at.is_not(None),
            Attendance.presence != Presence.WHOLE,
            Group.is_rehearsal.is_(False),
            Group.course_id == course.info.id,
        )
        .order_by(Meeting.closed_at)
    )
    meetings = list(db.scalars(query).unique())
    if not meetings:
        return []
    done = overview(db, learner, course).lessons_done
    found = [
        Missed(meeting, tuple(lesson for lesson in lessons_of(course, meeting) if lesson.id not in done))
        for meeting in meetings
    ]
    return [one for one in found if one.lessons]
