"""Privacy as the administrator looks after it: retention, its protocol, orders to outside LRSs, erasing somebody."""

import uuid
from datetime import timedelta

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lrs_adapter.former import former_destinations
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth import messages
from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner
from tracker.learners.models import Learner
from tracker.learners.services import hold_with_administrators
from tracker.paper.typesetting import pdf
from tracker.people import queries as people
from tracker.people.services import LastAdministrator
from tracker.permissions import Role, allow
from tracker.privacy import erasing, orders, retention
from tracker.privacy.forms import EmptyForm, EraseForm, RuleForm
from tracker.privacy.models import Destroyed, RetentionRule
from tracker.privacy.protocol import ProtocolNotWritten
from tracker.privacy.sections import day, moment
from tracker.privacy.views import place_here, settings_here
from tracker.reports.files import HERE as REPORTS
from tracker.spreadsheets import csv_text

bp = Blueprint("privacy_admin", __name__, url_prefix=PREFIX)

_SHOWN = 500


@bp.get("/admin/privacy")
@allow(Role.ADMINISTRATOR)
def home() -> str:
    at = now()
    found = [
        (kind, rule, kind.count(db.session, at - timedelta(days=rule.days)))
        for kind, rule in retention.rules(db.session)
    ]
    waiting = [one for one in orders.orders(db.session) if one.done_at is None]
    return render_template("privacy/home.html", found=found, waiting=len(waiting))


# ---------------------------------------------------------------- retention


@bp.route("/admin/privacy/retention/<kind>", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def rule(kind: str) -> ResponseReturnValue:
    known = retention.KINDS.get(kind) or abort(404)
    stored = db.session.get(RetentionRule, kind, with_for_update=request.method == "POST")
    shown = stored or retention.proposed(known)
    form = RuleForm(
        data={
            "days": shown.days,
            "decision": shown.decision or "",
            "decided_on": day(shown.decided_on),
            "version": shown.version,
        }
    )
    status = 200
    if form.validate_on_submit():
        if form.version.data != shown.version or not _set(stored, kind, form):
            shown = db.session.get(RetentionRule, kind) or shown
            form.version.raw_data, form.version.data, status = None, shown.version, 409
        else:
            db.session.commit()
            flash(_("%(kind)s: saved.", kind=known.label))
            return redirect(url_for(".home"))
    page = render_template("privacy/rule.html", form=form, kind=known, shown=shown, changed_meanwhile=status == 409)
    return page, 422 if form.errors else status


def _set(stored: RetentionRule | None, kind: str, form: RuleForm) -> bool:
    """False: another administrator has just set it for the first time."""
    rule = stored or RetentionRule(kind=kind)
    rule.days, rule.decision, rule.decided_on = form.days.data, form.decision.data or None, form.decided
    try:
        with db.session.begin_nested():
            db.session.add(rule)
    except IntegrityError:
        return False
    details = {"days": form.days.data, "decided": rule.decision is not None}
    audit.note(
        db.session,
        Action.RETENTION_SET,
        by=current_learner(),
        now=now(),
        target=f"retention:{kind}",
        details=details,
    )
    return True


@bp.get("/admin/privacy/protocol")
@allow(Role.ADMINISTRATOR)
def protocol() -> str:
    return render_template("privacy/protocol.html", rows=_protocol(_SHOWN), most=_SHOWN)


@bp.get("/admin/privacy/protocol.<any(csv, pdf):ending>")
@allow(Role.ADMINISTRATOR)
def protocol_file(ending: str) -> Response:
    """All of it."""
    columns = [_("When"), _("What"), _("How many"), _("Kept for, days"), _("Decision")]
    rows = _protocol(None)
    if ending == "csv":
        body: str | bytes = csv_text([columns, *rows])
    else:
        data = {
            "language": current_language(),
            "title": _("Protocol of what has been destroyed"),
            "subtitle": f"{settings_here().publisher}, {moment(now())}",
            "columns": columns,
            "text": [True, True, False, False, True],
            "rows": rows,
            "facts": [],
        }
        body = pdf(REPORTS / "report.typ", data)
    response = Response(body, content_type={"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}[ending])
    response.headers["Content-Disposition"] = f'attachment; filename="gallringsprotokoll-{now().date()}.{ending}"'
    return response


def _protocol(most: int | None) -> list[list[str]]:
    query = select(Destroyed).order_by(Destroyed.at.desc(), Destroyed.id)
    return [
        [
            moment(one.at),
            str(retention.KINDS[one.kind].label) if one.kind in retention.KINDS else _("A person, by request"),
            str(one.count),
            str(one.days or ""),
            one.decision or str((one.kind in retention.KINDS and retention.KINDS[one.kind].promise) or ""),
        ]
        for one in db.session.scalars(query.limit(most))
    ]


# ---------------------------------------------------------------- outside LRSs


@bp.get("/admin/privacy/orders")
@allow(Role.ADMINISTRATOR)
def order_list() -> str:
    found = orders.orders(db.session)
    who = {one.done_by for one in found if one.done_by is not None}
    names = {one.id: one.name or one.email for one in db.session.scalars(select(Learner).where(Learner.id.in_(who)))}
    return render_template(
        "privacy/orders.html",
        found=found,
        names=names,
        by_hand=orders.by_hand(db.session, found),
        former=former_destinations(db.session),
        form=EmptyForm(),
    )


@bp.post("/admin/privacy/orders/emptied")
@allow(Role.ADMINISTRATOR)
def emptied() -> ResponseReturnValue:
    """Of an LRS that nothing is sent to any more: what it got is gone there."""
    if not orders.emptied(db.session, request.form.get("endpoint", ""), by=current_learner(), now=now()):
        abort(404)
    db.session.commit()
    flash(_("Noted. Nobody who is erased here has anything left there."))
    return redirect(url_for(".order_list"))


@bp.post("/admin/privacy/orders/<uuid:order_id>/<any(ask, confirm):what>")
@allow(Role.ADMINISTRATOR)
def act(order_id: uuid.UUID, what: str) -> ResponseReturnValue:
    one = orders.order(db.session, order_id, hold=what == "confirm") or abort(404)
    name = one.name
    if what == "confirm":
        orders.confirm(db.session, one, by=current_learner(), now=now())
        db.session.commit()
        flash(_("Noted that %(name)s has erased it.", name=name))
        return redirect(url_for(".order_list"))
    match orders.ask(db.session, order_id, secret_key=settings_here().secret_key, now=now()):
        case True:
            flash(_("%(name)s still has some of it.", name=name), "error")
        case False:
            flash(_("%(name)s has nothing left of it. The order is done.", name=name))
        case None:
            flash(_("%(name)s does not tell. Ask those who run it.", name=name), "error")
    return redirect(url_for(".order_list"))


# ---------------------------------------------------------------- erasing somebody else


@bp.route("/admin/people/<int:learner_id>/erase", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def erase(learner_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        hold_with_administrators(db.session, learner_id)
    person = people.person(db.session, learner_id, among=None) or abort(404)
    form, status = EraseForm(data={"version": person.version}), 200
    if form.validate_on_submit():
        if form.version.data != person.version:
            form.version.raw_data, form.version.data, status = None, person.version, 409
        elif person.id == current_learner().id:
            form.word.errors = [_("You erase yourself under Your data")]
        else:
            status = _erased(person, form)
            if status == 302:
                return redirect(url_for("people.people"))
    page = render_template("privacy/erase_person.html", form=form, person=person, changed_meanwhile=status == 409)
    return page, 422 if form.errors and status == 200 else status


def _erased(person: Learner, form: EraseForm) -> int:
    notice = messages.account_erased(person.email or "")
    try:
        done = erasing.erase(db.session, person, by=current_learner(), place=place_here(), now=now())
        db.session.commit()
    except LastAdministrator:
        form.word.errors = [_("This is the only administrator. Give somebody else the role first")]
        return 422
    except ProtocolNotWritten:
        current_app.logger.exception("The protocol of erasures can't be written")
        form.word.errors = [_("The server cannot write its protocol right now. Nothing is erased. Write to us")]
        db.session.rollback()
        return 503
    messages.deliver_notice(notice)
    flash(_("The person is erased. Orders to outside LRSs: %(count)s.", count=done.details["orders"]))
    return 302
