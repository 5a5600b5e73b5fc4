"""A file of organisations, in two steps: what it would change, and then the change."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, _, _n
from tracker.learners.current import current_learner
from tracker.learners.labels import ORGANISATION_KINDS
from tracker.learners.scope import organisations_seen_by
from tracker.people import importing
from tracker.people import organisation_importing as services
from tracker.people.forms import ImportForm
from tracker.people.models import OrganisationImport
from tracker.people.wording import ORGANISATION_FAULTS
from tracker.permissions import Role, allow

bp = Blueprint("organisation_import", __name__, url_prefix=PREFIX)


@bp.route("/admin/organisations/import", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def choose() -> ResponseReturnValue:
    form = ImportForm()
    if form.validate_on_submit():
        by = current_learner()
        try:
            kept = services.prepare(
                db.session, form.file.data.read(), by=by, among=organisations_seen_by(db.session, by), now=now()
            )
        except importing.NotText:
            form.file.errors = [_("This is not a CSV file. In Excel: Save as, CSV UTF-8")]
        except importing.ColumnMissing:
            form.file.errors = [_("The first row names no column of names. Call it Namn")]
        except importing.TooManyRows:
            form.file.errors = [_("The file has more than 20,000 rows. Divide it")]
        else:
            db.session.commit()
            return redirect(url_for(".preview", import_id=kept.id))
    return render_template("people/organisation_import.html", form=form), 422 if form.errors else 200


@bp.get("/admin/organisations/import/<uuid:import_id>")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def preview(import_id: uuid.UUID) -> str:
    kept = _kept(import_id)
    return render_template(
        "people/organisation_preview.html",
        kept=kept,
        faults=ORGANISATION_FAULTS,
        kinds=ORGANISATION_KINDS,
        new=sum(one["organisation_id"] is None for one in kept.changes),
    )


@bp.post("/admin/organisations/import/<uuid:import_id>/confirm")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def confirm(import_id: uuid.UUID) -> ResponseReturnValue:
    kept = _kept(import_id)
    try:
        done = services.carry_out(
            db.session, kept, among=organisations_seen_by(db.session, current_learner()), now=now()
        )
    except importing.Outdated:
        db.session.rollback()
        flash(_("Somebody has changed an organisation since the list was shown. Nothing is imported."), "error")
        return redirect(url_for(".choose"))
    by = current_learner()
    audit.note(db.session, Action.ORGANISATIONS_IMPORTED, by=by, now=now(), details={"count": done})
    db.session.commit()
    flash(_n("%(num)s organisation is imported.", "%(num)s organisations are imported.", done))
    return redirect(url_for("admin.organisations"))


@bp.post("/admin/organisations/import/<uuid:import_id>/cancel")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def cancel(import_id: uuid.UUID) -> ResponseReturnValue:
    db.session.delete(_kept(import_id))
    db.session.commit()
    flash(_("Nothing is imported. The list is thrown away."))
    return redirect(url_for("admin.organisations"))


def _kept(import_id: uuid.UUID) -> OrganisationImport:
    """Only of the one who sent it in."""
    kept = db.session.get(OrganisationImport, import_id)
    if kept is None or kept.by_id != current_learner().id:
        abort(404)
    return kept
