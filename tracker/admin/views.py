"""The administrator's pages."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.admin import queries, services
from tracker.admin.forms import OrganisationForm, RemoveForm
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners.labels import ORGANISATION_KINDS
from tracker.learners.models import Organisation
from tracker.permissions import Role, allow
from tracker.reports.export import HIDDEN, share
from tracker.reports.queries import course_figures

bp = Blueprint("admin", __name__, url_prefix=PREFIX)


@bp.get("/admin/")
@allow(Role.ADMINISTRATOR)
def home() -> str:
    settings: Settings = current_app.extensions["samverkan.settings"]
    started, completed, certified = course_figures(db.session, current_course(), with_demo=settings.demo)
    return render_template(
        "admin/home.html",
        started=started,
        completed=completed,
        certified=certified,
        percent=share(completed, started),
        hidden_words=HIDDEN,
    )


@bp.get("/admin/organisations")
@allow(Role.ADMINISTRATOR)
def organisations() -> str:
    containing = request.args.get("q", "")
    return render_template(
        "admin/organisations.html",
        found=queries.organisations(db.session, containing=containing),
        containing=containing,
        kinds=ORGANISATION_KINDS,
    )


@bp.route("/admin/organisations/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def add_organisation() -> ResponseReturnValue:
    form = OrganisationForm()
    if form.validate_on_submit():
        try:
            organisation = services.add_organisation(db.session, name=form.name.data, kind=form.chosen_kind, now=now())
        except services.NameTaken:
            _say_taken(form)
        else:
            db.session.commit()
            flash(_("%(name)s is on the list.", name=organisation.name))
            return redirect(url_for(".organisations"))
    return render_template("admin/organisation.html", form=form, organisation=None), 422 if form.errors else 200


@bp.route("/admin/organisations/<int:organisation_id>", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def change_organisation(organisation_id: int) -> ResponseReturnValue:
    organisation = _organisation(organisation_id)
    if organisation is None:
        return _say_gone()
    form = OrganisationForm(obj=organisation)
    status = 200
    if form.validate_on_submit():
        try:
            services.change_organisation(
                db.session, organisation, name=form.name.data, kind=form.chosen_kind, version=form.version.data
            )
        except services.NameTaken:
            _say_taken(form)
        except services.ChangedMeanwhile:
            form.has_seen(organisation.version)
            status = 409
        else:
            db.session.commit()
            flash(_("The changes to %(name)s are saved.", name=organisation.name))
            return redirect(url_for(".organisations"))
    return render_template(
        "admin/organisation.html",
        form=form,
        organisation=organisation,
        changed_meanwhile=status == 409,
        kinds=ORGANISATION_KINDS,
    ), 422 if form.errors else status


@bp.route("/admin/organisations/<int:organisation_id>/remove", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def remove_organisation(organisation_id: int) -> ResponseReturnValue:
    organisation = _organisation(organisation_id)
    if organisation is None:
        return _say_gone()
    form = RemoveForm(obj=organisation)
    status = 200
    if form.validate_on_submit():
        try:
            services.remove_organisation(db.session, organisation, version=form.version.data)
        except services.ChangedMeanwhile:
            form.has_seen(organisation.version)
            status = 409
        else:
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


def _organisation(organisation_id: int) -> Organisation | None:
    # The row is taken for the whole request, so that of two who save at once the second sees what the first did.
    return db.session.get(Organisation, organisation_id, with_for_update=request.method == "POST")


def _say_taken(form: OrganisationForm) -> None:
    form.name.errors = [_("There is already an organisation with this name. Write another, or change the one there is")]


def _say_gone() -> ResponseReturnValue:
    if request.method == "GET":
        abort(404)
    flash(_("Somebody else has removed the organisation in the meantime. Nothing was saved."), "error")
    return redirect(url_for(".organisations"))
