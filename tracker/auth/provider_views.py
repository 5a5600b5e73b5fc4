"""Signing in with the organisation's own sign-in (OpenID Connect): out to the provider, and back.

``protocol`` is imported where a provider is asked; it says why.
"""

import logging
from collections.abc import Sequence

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh
from sqlalchemy import update

from tracker import limits
from tracker.auth import provider_sign_in as services
from tracker.auth import session as sign_ins
from tracker.auth.views import complete_together, guest_here, local_path
from tracker.clock import now
from tracker.config import Settings
from tracker.db import begin_writing, db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import learner_or_none
from tracker.permissions import Role, allow
from tracker.providers import queries
from tracker.providers.client import Client, Fault, ProviderFailed
from tracker.providers.keeping import decrypt
from tracker.providers.models import IdentityProvider

__all__ = ["bp", "callback_bp", "client_of", "note_fault"]

bp = Blueprint("provider", __name__, url_prefix=PREFIX)
callback_bp = Blueprint("provider_callback", __name__)
"""Outside the languages: a provider is told one address, to the letter."""

log = logging.getLogger(__name__)

TRIES = "60/10 minutes;300/hour"
AT_MOST_OFFERED = 6


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def client_of(provider: IdentityProvider) -> Client:
    """What we are there. Needs nothing of the database afterwards.

    :raises ProviderFailed: when its secret cannot be read any more.
    """
    secret = decrypt(provider.secret, _settings().secret_key)
    if secret is None:
        raise ProviderFailed(Fault.SECRET_LOST)
    return Client(
        issuer=provider.issuer,
        client_id=provider.client_id,
        secret=secret,
        scopes=provider.scopes,
        # Never from the request's Host header, which the visitor chooses.
        redirect_uri=_settings().base_url + url_for("provider_callback.callback"),
        role_claim=provider.role_claim,
    )


@bp.app_template_global("offered_providers")
def offered_providers() -> Sequence[IdentityProvider]:
    """None of them when there are very many: then the address tells which one it is."""
    found = queries.offered(db.session)
    return found if len(found) <= AT_MOST_OFFERED else []


@bp.app_template_global("provider_here")
def provider_here() -> IdentityProvider | None:
    """Through which this browser is signed in."""
    learner = learner_or_none()
    if learner is None or learner.here is None or learner.here.provider_id is None:
        return None
    return db.session.get(IdentityProvider, learner.here.provider_id)


@bp.get("/sign-in/with/<int:provider_id>")
@allow(Role.ANYONE)
def start(provider_id: int) -> ResponseReturnValue:
    """On the way to the provider. A link and not a form: the content policy lets no form lead to another host."""
    from tracker.providers import protocol

    limits.count(TRIES, "with provider")
    provider = _open(provider_id)
    next_page = local_path(request.args.get("next"))
    if "typed" in request.args or (guest_here() is not None and "keep" not in request.args):
        return _choose(provider, next_page)
    learner = learner_or_none()
    stronger = "stronger" in request.args
    try:
        client = client_of(provider)
        acr = services.asked_for(provider, learner if stronger else None)
        db.session.rollback()  # nothing of the database is held while the provider thinks
        metadata = protocol.describe(client)
    except ProviderFailed as error:
        return _failed(provider_id, error.fault)
    browser = sign_ins.browser_mark()
    begin_writing(db.session)
    state, pending = services.begin(
        db.session,
        provider_id,
        browser=browser,
        keep_guest=request.args.get("keep") == "1",
        next_page=next_page,
        language=current_language(),
        now=now(),
    )
    address = protocol.address_to_ask(
        client,
        metadata,
        state=state,
        nonce=pending.nonce,
        verifier=pending.verifier,
        language=current_language(),
        acr=acr,
    )
    db.session.commit()
    answer = redirect(address)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _choose(provider: IdentityProvider, next_page: str | None) -> str:
    """For who has written an address of the organisation, or has begun as a guest."""
    return render_template(
        "auth/with_provider.html",
        provider=provider,
        email=session.get("typed", "") if "typed" in request.args else "",
        next_page=next_page,
        guest=guest_here() is not None,
    )


@callback_bp.get("/sign-in/callback")
@allow(Role.ANYONE)
def callback() -> ResponseReturnValue:
    """What comes with the browser is believed in nothing but that it asks for the next step."""
    from tracker.providers import protocol

    limits.count(TRIES, "with provider")
    browser = sign_ins.browser_mark()
    begin_writing(db.session)
    try:
        pending = services.come_back(db.session, request.args.get("state", ""), browser=browser, now=now())
    except services.Gone:
        db.session.commit()
        return _page(None, "gone"), 410
    # Whatever happens now, the state is used up.
    db.session.commit()
    g.language = pending.language
    refresh()
    provider = _open(pending.provider_id)
    if "error" in request.args or not request.args.get("code"):
        if request.args.get("error") == "access_denied":
            return _page(provider, "cancelled"), 403
        return _failed(provider.id, Fault.REFUSED_US)
    try:
        client = client_of(provider)
        db.session.rollback()
        told = protocol.exchange(
            client,
            code=request.args["code"],
            issuer=request.args.get("iss"),
            nonce=pending.nonce,
            verifier=pending.verifier,
            now=now(),
        )
    except ProviderFailed as error:
        return _failed(pending.provider_id, error.fault)
    begin_writing(db.session)
    try:
        arrived = services.arrive(
            db.session,
            _open(pending.provider_id),
            told,
            guest=guest_here() if pending.keep_guest else None,
            now=now(),
        )
    except services.NotLetIn as error:
        db.session.rollback()
        log.info("Not let in through provider %d: %s", pending.provider_id, error.why)
        return _page(_open(pending.provider_id), error.why), 403
    if arrived.joined:
        complete_together(arrived.learner)
    _note(pending.provider_id, last_success_at=now())
    db.session.commit()
    sign_ins.start(
        arrived.learner,
        remember=False,
        provider_id=pending.provider_id,
        second_step=arrived.second_step,
        needs_more=arrived.needs_more,
    )
    flash(_("You are signed in as %(email)s.", email=arrived.learner.email))
    return redirect(pending.next_page or url_for("learning.overview"))


@bp.get("/sign-out/with/<int:provider_id>")
@allow(Role.ANYONE)
def signed_out(provider_id: int) -> ResponseReturnValue:
    """Signed out here; the organisation's own sign-in is still open in this browser."""
    from tracker.providers import protocol

    provider = _open(provider_id)
    name, address = provider.name, None
    try:
        client = client_of(provider)
        db.session.rollback()
        address = protocol.address_to_leave(client, protocol.describe(client), back=_settings().base_url + "/")
    except ProviderFailed as error:
        log.warning("Provider %d has no page for signing out: %s", provider_id, error.fault)
    return render_template("auth/signed_out.html", name=name, address=address)


def _open(provider_id: int) -> IdentityProvider:
    provider = db.session.get(IdentityProvider, provider_id)
    if provider is None or not provider.is_open:
        abort(404)
    return provider


def _failed(provider_id: int, fault: Fault) -> ResponseReturnValue:
    note_fault(provider_id, fault)
    return _page(_open(provider_id), fault), 503 if fault is Fault.UNREACHABLE else 502


def note_fault(provider_id: int, fault: Fault) -> None:
    """For the administrator's page and the log. Commits."""
    log.warning("Provider %d failed: %s", provider_id, fault)
    begin_writing(db.session)
    _note(provider_id, last_fault_at=now(), last_fault=fault.value)
    db.session.commit()


def _note(provider_id: int, **values: object) -> None:
    # Past the version: this is nothing that an administrator has changed.
    db.session.execute(update(IdentityProvider).where(IdentityProvider.id == provider_id).values(**values))


def _page(provider: IdentityProvider | None, why: str) -> str:
    return render_template("auth/provider_fault.html", provider=provider, why=str(why))
