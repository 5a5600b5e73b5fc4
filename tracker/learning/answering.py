"""From what a form posted to what is done with it."""

from sqlalchemy.orm import Session

from course.marking import mark
from course.schema import Cases, KnowledgeCheck, Lesson, Quick
from tracker.learning.desk import Desk
from tracker.learning.handing_in import answer_item, begin_paper, hand_in, step_back
from tracker.learning.responses import Action, Posted
from tracker.learning.services import AlreadyHandedIn, keep, state_of, try_again, turn

__all__ = ["carry_out"]


def carry_out(db: Session, desk: Desk, lesson: Lesson, activity_id: str, posted: Posted) -> str | None:
    """The id of the node, case or question to show next, where it goes one at a time.

    :raises InvalidResponse: for ids that the activity does not have.
    :raises NotEnough: when more has to be answered before it can be handed in.
    :raises AlreadyHandedIn: when another tab was first with another answer.
    """
    activity = lesson.activities[desk.language][activity_id]
    attempt = posted.attempt
    match posted.action:
        case Action.AGAIN:
            state = try_again(db, desk, lesson, activity_id, attempt=attempt)
            if isinstance(activity, KnowledgeCheck):
                begin_paper(db, desk, lesson, activity_id, attempt=state.attempt)
        case Action.BEGIN:
            begin_paper(db, desk, lesson, activity_id, attempt=attempt)
        case Action.BACK:
            assert posted.item
            step_back(db, desk, lesson, activity_id, posted.item, attempt=attempt)
        case Action.KEEP:
            keep(db, desk, lesson, activity_id, {"response": posted.response}, attempt=attempt)
        case Action.HAND_IN if isinstance(activity, Cases):
            state_now = state_of(db, desk.registration.id, lesson.id, activity_id)
            response = state_now.data.get("response", {}) if state_now else {}
            hand_in(db, desk, lesson, activity_id, response, attempt=attempt)
        case Action.HAND_IN:
            hand_in(db, desk, lesson, activity_id, posted.response, attempt=attempt)
        case Action.ANSWER if isinstance(activity, Cases | Quick):
            return _answer_case(db, desk, lesson, activity_id, activity, posted)
        case Action.ANSWER:
            assert posted.item
            answer_item(db, desk, lesson, activity_id, posted.item, posted.chosen, attempt=attempt)
            return posted.item
    return None


def _answer_case(
    db: Session, desk: Desk, lesson: Lesson, activity_id: str, activity: Cases | Quick, posted: Posted
) -> str:
    """One case. With the last one the whole is handed in."""
    assert posted.item
    [answer] = posted.chosen
    mark(activity, {posted.item: answer})
    try:
        state = turn(db, desk, lesson, activity_id, attempt=posted.attempt)
    except AlreadyHandedIn as already:
        given = already.state.data.get("response", {})
        if already.state.attempt == posted.attempt and given.get(posted.item) == answer:
            return posted.item
        raise
    response = dict(state.data.get("response", {}))
    if response.get(posted.item, answer) != answer:
        raise AlreadyHandedIn(state)
    response[posted.item] = answer
    state.data = {"response": response}
    db.flush()
    if len(response) == len(activity.cases):
        hand_in(db, desk, lesson, activity_id, response, attempt=posted.attempt)
    return posted.item
