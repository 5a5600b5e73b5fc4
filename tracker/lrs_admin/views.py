"""Outside LRSs: the pages of an administrator."""

from datetime import datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, format_decimal, get_timezone

from lrs_adapter import backfills, upkeep
from lrs_adapter.destinations import Destination, remove_destination
from lrs_adapter.errors import LrsError, UnknownDestination
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.i18n import PREFIX, _, _n
from tracker.learners.current import current_learner
from tracker.lrs_admin import queries, services
from tracker.lrs_admin.forms import DestinationForm, EmptyForm, ResendForm
from tracker.lrs_admin.wording import answer_to_test, explain, verb_choices
from tracker.permissions import Role, allow

bp = Blueprint("lrs_admin", __name__, url_prefix=PREFIX)


@bp.app_template_filter("moment")
def moment(value: datetime) -> str:
    """``4 februari 2027 kl. 17.30``"""
    return str(format_datetime(value, _("d MMMM yyyy 'at' HH:mm")))


@bp.app_template_filter("thousands")
def thousands(value: int) -> str:
    """``12 345`` in Swedish, ``12,345`` in English."""
    return str(format_decimal(value))


@bp.app_template_global("outside_lrs_trouble")
def outside_lrs_trouble() -> list[queries.Attention]:
    """For the administrator's first page: the outside LRSs that somebody must look at."""
    return queries.needs_attention(db.session, now())


@bp.app_template_global("outside_lrs_hosts")
def outside_lrs_hosts(*, also_former: bool = False) -> list[str]:
    return queries.hosts(db.session, also_former=also_former)


@bp.get("/admin/lrs/destinations")
@allow(Role.ADMINISTRATOR)
def destinations() -> str:
    at = now()
    return render_template(
        "lrs_admin/destinations.html",
        found=queries.deliveries(db.session, at),
        State=queries.State,
        explain=explain,
        form=EmptyForm(),
        now=at,
    )


@bp.route("/admin/lrs/destinations/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def add_destination() -> ResponseReturnValue:
    form = DestinationForm()
    if form.validate_on_submit():
        try:
            destination_id = services.add_outside_lrs(
                db.session, form.wish, secret_key=_settings().secret_key, with_earlier=form.earlier.data, now=now()
            )
        except services.AddressTaken:
            _say_taken(form)
        else:
            _note(Action.OUTSIDE_LRS_ADDED, destination_id, {"earlier": form.earlier.data})
            db.session.commit()
            flash(_("%(name)s is added. Choose Send test to see that it answers.", name=form.name.data))
            return redirect(url_for(".destination", destination_id=destination_id))
    return render_template("lrs_admin/destination_form.html", form=form, known=None), 422 if form.errors else 200


@bp.get("/admin/lrs/destinations/<int:destination_id>")
@allow(Role.ADMINISTRATOR)
def destination(destination_id: int) -> str:
    return _show(destination_id, ResendForm())


@bp.route("/admin/lrs/destinations/<int:destination_id>/change", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def change_destination(destination_id: int) -> ResponseReturnValue:
    known = _known(destination_id)
    form = DestinationForm(known)
    if form.validate_on_submit():
        try:
            services.change_outside_lrs(db.session, known.id, form.wish, secret_key=_settings().secret_key, now=now())
        except services.AddressTaken:
            _say_taken(form)
        else:
            _note(Action.OUTSIDE_LRS_CHANGED, known.id)
            db.session.commit()
            flash(_("The changes to %(name)s are saved.", name=form.name.data))
            return redirect(url_for(".destination", destination_id=known.id))
    page = render_template(
        "lrs_admin/destination_form.html", form=form, known=known, is_configured=_is_configured(known)
    )
    return page, 422 if form.errors else 200


@bp.route("/admin/lrs/destinations/<int:destination_id>/remove", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def remove(destination_id: int) -> ResponseReturnValue:
    one = _delivery(destination_id)
    form = EmptyForm()
    if form.validate_on_submit():
        remove_destination(db.session, destination_id, now=now())
        _note(Action.OUTSIDE_LRS_REMOVED, destination_id)
        db.session.commit()
        flash(_("%(name)s gets nothing more.", name=one.name))
        return redirect(url_for(".destinations"))
    return render_template(
        "lrs_admin/remove_destination.html", one=one, form=form, is_configured=_is_configured(one.figures.destination)
    )


@bp.post("/admin/lrs/destinations/<int:destination_id>/pause")
@allow(Role.ADMINISTRATOR)
def pause(destination_id: int) -> ResponseReturnValue:
    known = _known(destination_id)
    services.hold(db.session, known.id, now=now())
    _note(Action.OUTSIDE_LRS_CHANGED, known.id, {"what": "paused"})
    db.session.commit()
    flash(_("Nothing is sent to %(name)s for now. What is recorded meanwhile waits.", name=known.name))
    return _back(known.id)


@bp.post("/admin/lrs/destinations/<int:destination_id>/try-again")
@allow(Role.ADMINISTRATOR)
def try_again(destination_id: int) -> ResponseReturnValue:
    known = _known(destination_id)
    upkeep.resume(db.session, known.id)
    _note(Action.OUTSIDE_LRS_CHANGED, known.id, {"what": "resumed"})
    db.session.commit()
    flash(_("We try %(name)s again, within a few seconds. Reload the page to see how it went.", name=known.name))
    return _back(known.id)


@bp.post("/admin/lrs/destinations/<int:destination_id>/test")
@allow(Role.ADMINISTRATOR)
def send_test(destination_id: int) -> ResponseReturnValue:
    known = _known(destination_id)
    try:
        connection = services.connect_to(db.session, known.id, secret_key=_settings().secret_key)
        # Nobody waits for our transaction while we wait for the answer.
        db.session.rollback()
        answer = connection.test()
        connection.close()
        went_well, words = answer_to_test(answer)
    except LrsError as error:
        found = explain(str(error))
        went_well, words = False, f"{found.what} {found.todo}"
    flash(f"{known.name}: {words}", "message" if went_well else "error")
    return _back(known.id)


@bp.post("/admin/lrs/destinations/<int:destination_id>/refused/try-again", defaults={"seq": None})
@bp.post("/admin/lrs/destinations/<int:destination_id>/refused/<int:seq>/try-again")
@allow(Role.ADMINISTRATOR)
def try_refused(destination_id: int, seq: int | None) -> ResponseReturnValue:
    known = _known(destination_id)
    count = upkeep.try_refused(db.session, known.id, seq)
    db.session.commit()
    if count:
        flash(_n("%(num)s Statement is sent again.", "%(num)s Statements are sent again.", count))
    else:
        flash(_("It is already on its way again."))
    return _back(known.id)


@bp.post("/admin/lrs/destinations/<int:destination_id>/resend")
@allow(Role.ADMINISTRATOR)
def resend(destination_id: int) -> ResponseReturnValue:
    known = _known(destination_id)
    form = ResendForm()
    if not form.validate_on_submit():
        return _show(known.id, form), 422
    since, until = form.span(get_timezone())
    backfills.ask_for(db.session, known.id, now=now(), since=since, until=until)
    _note(Action.OUTSIDE_LRS_CHANGED, known.id, {"what": "sent-again"})
    db.session.commit()
    flash(_("The days you chose are being sent again to %(name)s.", name=known.name))
    return _back(known.id)


def _note(action: Action, destination_id: int, details: audit.Details = None) -> None:
    target = f"outside-lrs:{destination_id}"
    audit.note(db.session, action, by=current_learner(), now=now(), target=target, details=details)


def _show(destination_id: int, form: ResendForm) -> str:
    at = now()
    one = _delivery(destination_id)
    return render_template(
        "lrs_admin/destination.html",
        one=one,
        refused=queries.refused_by(db.session, destination_id),
        backfills=queries.backfills_to(db.session, destination_id),
        verbs=dict(verb_choices()),
        State=queries.State,
        explain=explain,
        is_configured=_is_configured(one.figures.destination),
        form=form,
        now=at,
    )


def _delivery(destination_id: int) -> queries.Delivery:
    return queries.delivery_to(db.session, destination_id, now()) or abort(404)


def _known(destination_id: int) -> Destination:
    try:
        return queries.destination(db.session, destination_id)
    except UnknownDestination:
        abort(404)


def _back(destination_id: int) -> ResponseReturnValue:
    return redirect(url_for(".destination", destination_id=destination_id))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _is_configured(known: Destination) -> bool:
    """Does it stand in the server's settings? Then every start adds it again."""
    settings = _settings()
    ours = (settings.lrs_endpoint or "").rstrip("/"), settings.lrs_key
    return settings.lrs_endpoint is not None and ours == (known.endpoint.rstrip("/"), known.key)


def _say_taken(form: DestinationForm) -> None:
    form.endpoint.errors = [
        _("There is already an outside LRS with this address and this key. Change that one instead")
    ]
