"""The way into a rehearsal, and out of it."""

import uuid

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from tracker.db import db
from tracker.groups.access import NotYours
from tracker.groups.rehearsal import end_rehearsal, rehearse
from tracker.groups.views import facilitated
from tracker.i18n import PREFIX, _
from tracker.learners.current import learner_or_none
from tracker.learning.current import begin_here
from tracker.permissions import Role, allow

bp = Blueprint("groups_rehearsal", __name__, url_prefix=PREFIX)


@bp.post("/groups/rehearsal")
@allow(Role.ANYONE)
def begin() -> ResponseReturnValue:
    learner = learner_or_none()
    if learner is None or learner.is_guest:
        # As for every group: who leads has an account.
        return redirect(url_for("auth.sign_in", next=url_for("groups.own")))
    name = (learner.name or "").split(" ")[0] or _("You")
    meeting = rehearse(db.session, begin_here(), name=_("Rehearsal"), facilitator_name=name)
    db.session.commit()
    return redirect(url_for("groups_meeting.show", group_id=meeting.group_id, number=meeting.number))


@bp.post("/groups/<uuid:group_id>/rehearsal/end")
@allow(Role.LEARNER)
def end(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id)
    if not group.is_rehearsal:
        raise NotYours
    end_rehearsal(db.session, group)
    db.session.commit()
    flash(_("The rehearsal is over, and everything in it is deleted."))
    return redirect(url_for("groups.own"))
