"""The organisations' own sign-ins: added, tested, changed, removed."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.admin import provider_services as services
from tracker.admin import queries
from tracker.admin.forms import RemoveForm
from tracker.admin.provider_forms import ProviderForm
from tracker.admin.provider_wording import FAULTS
from tracker.admin.services import ChangedMeanwhile
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth.provider_views import client_of, note_fault
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners.current import current_learner
from tracker.permissions import Role, allow
from tracker.providers.client import ProviderFailed
from tracker.providers.models import IdentityProvider
from tracker.providers.queries import every_provider

bp = Blueprint("admin_providers", __name__, url_prefix=PREFIX)


@bp.get("/admin/providers")
@allow(Role.ADMINISTRATOR)
def providers() -> str:
    return render_template("admin/providers.html", found=every_provider(db.session), faults=FAULTS)


@bp.route("/admin/providers/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def add_provider() -> ResponseReturnValue:
    form = ProviderForm(None, queries.organisations(db.session))
    if form.validate_on_submit():
        try:
            provider = services.add_provider(db.session, form.wish, secret_key=_settings().secret_key, now=now())
        except (services.AddedAlready, services.DomainTaken) as error:
            _say_taken(form, error)
        else:
            _note(Action.PROVIDER_ADDED, provider.id)
            db.session.commit()
            flash(_("%(name)s is added. Test that it answers.", name=provider.name))
            return redirect(url_for(".provider", provider_id=provider.id))
    page = render_template("admin/provider_form.html", form=form, known=None, callback=_callback())
    return page, 422 if form.errors else 200


@bp.get("/admin/providers/<int:provider_id>")
@allow(Role.ADMINISTRATOR)
def provider(provider_id: int) -> str:
    return render_template("admin/provider.html", one=_provider(provider_id), faults=FAULTS, callback=_callback())


@bp.route("/admin/providers/<int:provider_id>/change", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def change_provider(provider_id: int) -> ResponseReturnValue:
    known = _provider(provider_id)
    form = ProviderForm(known, queries.organisations(db.session))
    status = 200
    if form.validate_on_submit():
        try:
            services.change_provider(
                db.session, known, form.wish, version=form.version.data, secret_key=_settings().secret_key
            )
        except ChangedMeanwhile:
            form.has_seen(known.version)
            status = 409
        except (services.AddedAlready, services.DomainTaken) as error:
            _say_taken(form, error)
        else:
            _note(Action.PROVIDER_CHANGED, known.id)
            db.session.commit()
            flash(_("The changes to %(name)s are saved.", name=known.name))
            return redirect(url_for(".provider", provider_id=provider_id))
    page = render_template(
        "admin/provider_form.html", form=form, known=known, callback=_callback(), changed_meanwhile=status == 409
    )
    return page, 422 if form.errors else status


@bp.post("/admin/providers/<int:provider_id>/test")
@allow(Role.ADMINISTRATOR)
def test(provider_id: int) -> ResponseReturnValue:
    """As far as can be seen without somebody signing in: where it is, and its keys."""
    from tracker.providers import protocol

    name = _provider(provider_id).name
    try:
        client = client_of(_provider(provider_id))
        # Nobody waits for our transaction while we wait for the answer.
        db.session.rollback()
        metadata = protocol.describe(client, anew=True)
    except ProviderFailed as error:
        note_fault(provider_id, error.fault)
        found = FAULTS[error.fault]
        flash(f"{name}: {found.what} {found.todo}", "error")
    else:
        words = _("%(name)s answers and has keys to sign with.", name=name)
        if metadata.acr_values:
            words += " " + _("It knows these levels: %(levels)s.", levels=", ".join(metadata.acr_values))
        flash(words)
    return redirect(url_for(".provider", provider_id=provider_id))


@bp.route("/admin/providers/<int:provider_id>/remove", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def remove_provider(provider_id: int) -> ResponseReturnValue:
    known = _provider(provider_id)
    form = RemoveForm(obj=known)
    status = 200
    if form.validate_on_submit():
        name = known.name
        try:
            services.remove_provider(db.session, known, version=form.version.data)
        except ChangedMeanwhile:
            form.has_seen(known.version)
            status = 409
        else:
            _note(Action.PROVIDER_REMOVED, provider_id)
            db.session.commit()
            flash(_("%(name)s is removed. The accounts are still there.", name=name))
            return redirect(url_for(".providers"))
    return render_template("admin/remove_provider.html", form=form, one=known, changed_meanwhile=status == 409), status


def _note(action: Action, provider_id: int) -> None:
    audit.note(db.session, action, by=current_learner(), now=now(), target=f"provider:{provider_id}")


def _provider(provider_id: int) -> IdentityProvider:
    return db.session.get(IdentityProvider, provider_id) or abort(404)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _callback() -> str:
    """What those who run the provider have to know of us."""
    return _settings().base_url + url_for("provider_callback.callback")


def _say_taken(form: ProviderForm, error: services.AddedAlready | services.DomainTaken) -> None:
    if isinstance(error, services.DomainTaken):
        form.domains.errors = [
            _("%(domain)s belongs to another sign-in. Take it away there first", domain=error.domain)
        ]
    else:
        form.client_id.errors = [_("This issuer and client id are added already. Change that one instead")]
