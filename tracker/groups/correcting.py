"""What a corrected meeting takes back besides the lessons: modules, the course, percentages, the certificate.

Whatever somebody also has from elsewhere stays: done alone, or at another meeting.
"""

from collections.abc import Collection

from course.iri import place_of
from course.schema import Lesson
from lrs_adapter.vocabulary import COMPLETED, PROGRESSED, Extension
from tracker.certificates.services import follow
from tracker.groups.pen import Json, Pen, is_credit, moment_of
from tracker.learners.models import Learner
from tracker.learning.completing import complete_done_alone, done_alone
from tracker.learning.desk import Desk, sit_down
from tracker.progress.queries import overview

__all__ = ["make_up", "take_back"]


def take_back(
    pen: Pen, learner: Learner, said: list[Json], gone: list[Json], *, before: Collection[str], coming: Collection[str]
) -> None:
    """Void ``gone``, and of what has been ``said`` that which is not true without it.

    :param before: the lessons that were done; ``coming``: those that are credited anew in a moment.
    """
    pen.void(gone)
    course = pen.course
    now_done = overview(pen.db, learner, course).lessons_done | set(coming)
    if (alone := _alone(pen, learner)) is not None:
        now_done |= {lesson.id for lesson in done_alone(pen.db, alone)}
    lost = set(before) - now_done
    core = {lesson.id for lesson in course.core_lessons}
    percent = round(100 * len(now_done & core) / len(core))
    moved = any(moment_of(one) != pen.at for one in gone)
    pen.void(
        one
        for one in said
        if _is_untrue(pen, one, lost, percent) or (moved and pen.is_here(one) and _follows_the_clock(pen, one))
    )


def make_up(pen: Pen, learner: Learner, said: list[Json], credited: Collection[Lesson], fresh: Collection[str]) -> None:
    """What holds all the same: lessons that were done alone too, the way that is left, and the certificate."""
    if (alone := _alone(pen, learner)) is not None:
        complete_done_alone(pen.db, alone)
    core = {lesson.id for lesson in pen.course.core_lessons}
    left = [lesson for lesson in credited if lesson.id in core]
    done = overview(pen.db, learner, pen.course).lessons_done & core
    percent = round(100 * len(done) / len(core))
    told = [one for one in said if pen.is_here(one) and one["verb"]["id"] == PROGRESSED.id]
    if left and not fresh and any(_percent(one) > percent for one in told):
        registration = next(
            row.member.registration
            for row in pen.meeting.attendance
            if row.member.registration is not None and row.member.registration.learner_id == learner.id
        )
        pen.record([pen.desk(registration).writer.progressed(left[-1], percent=percent)])
    pen.outcome.withdrawn += follow(pen.db, learner, pen.course)


def _alone(pen: Pen, learner: Learner) -> Desk | None:
    return sit_down(pen.db, learner, pen.recorder, language=pen.language, now=pen.now)


def _is_untrue(pen: Pen, statement: Json, lost: Collection[str], percent: int) -> bool:
    verb = statement["verb"]["id"]
    if verb == PROGRESSED.id:
        return bool(lost) and _percent(statement) > percent
    place = place_of(pen.course.info.iri, statement["object"].get("id", ""))
    if verb != COMPLETED.id or place is None or place.lesson_id is not None:
        return False
    modules = [pen.course.module(place.module_id)] if place.module_id is not None else pen.course.core_modules
    return any(lesson.id in lost for module in modules for lesson in module.lessons)


def _follows_the_clock(pen: Pen, statement: Json) -> bool:
    """What a lesson at this meeting completed gets the corrected time too; a version that has passed is left alone."""
    version = statement["context"]["extensions"].get(Extension.COURSE_VERSION)
    return not is_credit(pen.course.info.iri, statement) and version == pen.course.info.version


def _percent(statement: Json) -> int:
    return int(statement["result"]["extensions"][Extension.PROGRESS])
