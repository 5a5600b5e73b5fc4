"""Keys to the LRS: the pages of an administrator."""

from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lrs_adapter.credentials import revoke_credential
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners.current import current_learner
from tracker.lrs_admin import queries, services
from tracker.lrs_admin.forms import CredentialForm, EmptyForm
from tracker.lrs_admin.wording import SCOPES
from tracker.permissions import Role, allow

bp = Blueprint("lrs_credentials", __name__, url_prefix=PREFIX)


@bp.get("/admin/lrs/credentials")
@allow(Role.ADMINISTRATOR)
def credentials() -> str:
    return render_template(
        "lrs_admin/credentials.html",
        found=queries.credentials(db.session),
        scopes=SCOPES,
        endpoint=_endpoint(),
        now=now(),
    )


@bp.route("/admin/lrs/credentials/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def add_credential() -> ResponseReturnValue:
    """The secret stands in the answer to the POST and nowhere else, so there is nothing to redirect to."""
    form = CredentialForm()
    if form.validate_on_submit():
        try:
            made = services.make_credential(
                db.session, name=form.name.data, scopes=form.scopes.data, home_page=_endpoint(), now=now()
            )
        except services.NameTaken:
            form.name.errors = [
                _("There is already a key with this name. If its secret is lost, revoke it and make a new one")
            ]
        else:
            audit.note(
                db.session,
                Action.KEY_MADE,
                by=current_learner(),
                now=now(),
                target=f"key:{made.credential.id}",
                details={"scopes": "+".join(sorted(str(scope) for scope in form.scopes.data))},
            )
            db.session.commit()
            return render_template("lrs_admin/credential_made.html", made=made, scopes=SCOPES, endpoint=_endpoint())
    page = render_template("lrs_admin/credential_form.html", form=form, scopes=SCOPES)
    return page, 422 if form.errors else 200


@bp.route("/admin/lrs/credentials/<uuid:credential_id>/revoke", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def revoke(credential_id: UUID) -> ResponseReturnValue:
    one = next((one for one in queries.credentials(db.session) if one.id == credential_id), None) or abort(404)
    form = EmptyForm()
    if form.validate_on_submit():
        revoke_credential(db.session, one.id, now=now())
        audit.note(db.session, Action.KEY_REVOKED, by=current_learner(), now=now(), target=f"key:{one.id}")
        db.session.commit()
        flash(_("The key %(name)s opens nothing any more.", name=one.name))
        return redirect(url_for(".credentials"))
    return render_template("lrs_admin/revoke.html", one=one, form=form)


def _endpoint() -> str:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return f"{settings.base_url}/xapi"
