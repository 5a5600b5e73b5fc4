"""Which imported courses a group takes: the facilitator's choice."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.db import db
from tracker.groups import courses
from tracker.groups.forms import CoursesForm
from tracker.groups.views import facilitated
from tracker.i18n import PREFIX, _
from tracker.launch import queries
from tracker.launch.wording import text_in
from tracker.permissions import Role, allow

bp = Blueprint("groups_courses", __name__, url_prefix=PREFIX)


@bp.route("/groups/<uuid:group_id>/courses", methods=["GET", "POST"])
@allow(Role.LEARNER)
def choose(group_id: uuid.UUID) -> ResponseReturnValue:
    group = facilitated(group_id)
    offered = [one for one in queries.courses(db.session) if one.published_at is not None]
    form = CoursesForm(courses=[str(one.course.id) for one in courses.taken(db.session, group)])
    form.courses.choices = [(str(one.id), text_in(one.current.structure.title)) for one in offered]
    if not form.validate_on_submit():
        return render_template("groups/courses.html", form=form, group=group), 422 if form.errors else 200
    ticked = set(form.courses.data or [])
    courses.choose(db.session, group, offered=offered, chosen={one.id for one in offered if str(one.id) in ticked})
    db.session.commit()
    flash(_("It is saved."))
    return redirect(url_for("groups.show", group_id=group_id, _anchor="courses"))
