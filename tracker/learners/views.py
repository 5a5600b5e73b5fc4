"""A learner's own details."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners import queries, services
from tracker.learners.current import current_learner
from tracker.learners.forms import ProfileForm
from tracker.learners.models import Capacity, OrganisationKind
from tracker.permissions import Role, allow

bp = Blueprint("learners", __name__, url_prefix=PREFIX)


@bp.route("/profile", methods=["GET", "POST"])
@allow(Role.LEARNER)
def profile() -> ResponseReturnValue:
    learner = current_learner()
    organisations = queries.organisations(db.session)
    form = ProfileForm(
        data={
            "name": learner.name,
            "capacity": learner.capacity or "",
            "organisation_kind": learner.organisation_kind or "",
            "organisation": str(learner.organisation_id or ""),
        }
    )
    form.offer(organisations)
    if form.validate_on_submit():
        try:
            services.update_profile(
                db.session,
                learner,
                name=form.name.data,
                capacity=Capacity(form.capacity.data) if form.capacity.data else None,
                organisation_kind=OrganisationKind(form.organisation_kind.data)
                if form.organisation_kind.data
                else None,
                organisation_id=int(form.organisation.data) if form.organisation.data else None,
            )
        except services.UnknownOrganisation:
            form.organisation.errors = [_("This organisation is no longer on the list. Choose another one")]
        else:
            db.session.commit()
            flash(_("Your details are saved."))
            return redirect(url_for(".profile"))
    page = render_template("learners/profile.html", form=form, organisations=organisations)
    return page, 422 if form.errors else 200
