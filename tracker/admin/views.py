"""The administrator's pages."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.admin import queries, services
from tracker.admin.forms import OrganisationForm, RemoveForm
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners.current import current_learner
from tracker.learners.labels import ORGANISATION_KINDS
from tracker.learners.models import Organisation
from tracker.learners.scope import organisations_seen_by, with_those_under
from tracker.permissions import Role, allow
from tracker.reports.figures import share
from tracker.reports.publishing import latest
from tracker.reports.queries import Filters, overview

bp = Blueprint("admin", __name__, url_prefix=PREFIX)


@bp.get("/admin/")
@allow(Role.REPORT_READER)
def home() -> str:
    settings: Settings = current_app.extensions["samverkan.settings"]
    if organisations_seen_by(db.session, current_learner()) is not None:
        # The figures of everybody are not for somebody who is responsible for a part.
        return render_template("admin/home.html", figures=None)
    course = current_course()
    found = overview(db.session, course, latest(db.session, course, with_demo=settings.demo), Filters())
    return render_template(
        "admin/home.html",
        figures=(found.started, found.completed, found.certified),
        percent=share(found.completed, found.started),
    )


@bp.get("/admin/organisations")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def organisations() -> str:
    containing = request.args.get("q", "")
    seen = organisations_seen_by(db.session, current_learner())
    listed = queries.organisations(db.session, among=seen)
    return render_template(
        "admin/organisations.html",
        found=queries.organisations(db.session, containing=containing, among=seen),
        containing=containing,
        kinds=ORGANISATION_KINDS,
        names={organisation.id: organisation.name for organisation in listed},
        own=current_learner().staff_organisation_id,
    )


@bp.route("/admin/organisations/new", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def add_organisation() -> ResponseReturnValue:
    form = OrganisationForm()
    _offer_parents(form)
    if form.validate_on_submit():
        try:
            organisation = services.add_organisation(
                db.session, name=form.name.data, kind=form.chosen_kind, parent_id=form.chosen_parent, now=now()
            )
        except services.NameTaken:
            _say_taken(form)
        except services.ParentUnknown:
            _say_no_parent(form)
        else:
            _note(Action.ORGANISATION_ADDED, organisation)
            db.session.commit()
            flash(_("%(name)s is on the list.", name=organisation.name))
            return redirect(url_for(".organisations"))
    return render_template("admin/organisation.html", form=form, organisation=None), 422 if form.errors else 200


@bp.route("/admin/organisations/<int:organisation_id>", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def change_organisation(organisation_id: int) -> ResponseReturnValue:
    organisation = _organisation(organisation_id)
    if organisation is None:
        return _say_gone()
    form = OrganisationForm(obj=organisation, data={"parent": str(organisation.parent_id or "")})
    _offer_parents(form, of=organisation)
    status = 200
    if form.validate_on_submit():
        try:
            services.change_organisation(
                db.session,
                organisation,
                name=form.name.data,
                kind=form.chosen_kind,
                # Where one's own organisation belongs is for somebody above it to say.
                parent_id=form.chosen_parent if "parent" in form else organisation.parent_id,
                version=form.version.data,
            )
        except services.NameTaken:
            _say_taken(form)
        except services.ParentUnknown:
            _say_no_parent(form)
        except services.ParentUnderIt:
            form.parent.errors = [_("That organisation belongs to this one. Choose another")]
        except services.ChangedMeanwhile:
            form.has_seen(organisation.version)
            status = 409
        else:
            _note(Action.ORGANISATION_CHANGED, organisation)
            db.session.commit()
            flash(_("The changes to %(name)s are saved.", name=organisation.name))
            return redirect(url_for(".organisations"))
    return render_template(
        "admin/organisation.html",
        form=form,
        organisation=organisation,
        changed_meanwhile=status == 409,
        kinds=ORGANISATION_KINDS,
        names={one.id: one.name for one in queries.organisations(db.session)} if status == 409 else {},
    ), 422 if form.errors else status


@bp.route("/admin/organisations/<int:organisation_id>/remove", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def remove_organisation(organisation_id: int) -> ResponseReturnValue:
    organisation = _organisation(organisation_id)
    if organisation is None:
        return _say_gone()
    if organisation.id == current_learner().staff_organisation_id:
        abort(404)  # for somebody above it to do
    form = RemoveForm(obj=organisation)
    status = 200
    if form.validate_on_submit():
        try:
            services.remove_organisation(db.session, organisation, version=form.version.data)
        except services.ChangedMeanwhile:
            form.has_seen(organisation.version)
            status = 409
        except services.HasSignIn:
            flash(_("The organisation has a sign-in of its own. An administrator removes that first."), "error")
            return redirect(url_for(".organisations"))
        else:
            _note(Action.ORGANISATION_REMOVED, organisation)
            db.session.commit()
            flash(_("%(name)s is no longer on the list.", name=organisation.name))
            return redirect(url_for(".organisations"))
    return render_template(
        "admin/remove_organisation.html",
        form=form,
        organisation=organisation,
        changed_meanwhile=status == 409,
        chosen_by=queries.how_many_chose(db.session, organisation),
        kinds=ORGANISATION_KINDS,
    ), status


def _note(action: Action, organisation: Organisation) -> None:
    audit.note(
        db.session,
        action,
        by=current_learner(),
        now=now(),
        target=f"organisation:{organisation.id}",
        details={"kind": organisation.kind.value, "parent": organisation.parent_id},
    )


def _organisation(organisation_id: int) -> Organisation | None:
    """One that the administrator may see; another one is as if it did not exist."""
    if request.method == "POST":
        # All rows are taken for the whole request: of two who save at once the second sees what the first did.
        services.hold_organisations(db.session)
    seen = organisations_seen_by(db.session, current_learner())
    if seen is not None and organisation_id not in seen:
        return None
    return db.session.get(Organisation, organisation_id)


def _offer_parents(form: OrganisationForm, *, of: Organisation | None = None) -> None:
    seen = organisations_seen_by(db.session, current_learner())
    if of is not None and of.id == current_learner().staff_organisation_id:
        del form.parent
        return
    not_these = with_those_under(db.session, [of.id]) if of is not None else frozenset()
    listed = queries.organisations(db.session, among=seen)
    form.offer([one for one in listed if one.id not in not_these], none=seen is None)


def _say_taken(form: OrganisationForm) -> None:
    form.name.errors = [_("There is already an organisation with this name. Write another, or change the one there is")]


def _say_no_parent(form: OrganisationForm) -> None:
    form.parent.errors = [_("This organisation is no longer on the list. Choose another one")]


def _say_gone() -> ResponseReturnValue:
    if request.method == "GET":
        abort(404)
    flash(_("Somebody else has removed the organisation in the meantime. Nothing was saved."), "error")
    return redirect(url_for(".organisations"))
