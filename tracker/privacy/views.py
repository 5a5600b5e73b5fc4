"""One's own data: all of it on a page, as a file, and gone."""

import base64
import json
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lrs_adapter.erasure import documents_of, statements_of
from lrs_adapter.models import DocumentRow
from tracker.audit import queries as audit
from tracker.auth import messages
from tracker.auth import session as here
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.groups import access
from tracker.i18n import PREFIX, _
from tracker.learners.current import current_learner
from tracker.learners.models import Learner
from tracker.people.services import LastAdministrator
from tracker.permissions import Role, allow, second_step_first
from tracker.privacy import erasing, inventory
from tracker.privacy.forms import EraseForm
from tracker.privacy.identity import Identity, identity_of
from tracker.privacy.protocol import ProtocolNotWritten
from tracker.privacy.sections import sections_of

bp = Blueprint("privacy", __name__, url_prefix=PREFIX)


def settings_here() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def identity_here(learner: Learner) -> Identity:
    return identity_of(db.session, learner, home_page=settings_here().base_url)


def place_here() -> erasing.Place:
    settings = settings_here()
    return erasing.Place(
        home_page=settings.base_url, protocol_folder=settings.protocol_folder, mail_folder=settings.instance / "mail"
    )


@bp.get("/my-data")
@allow(Role.LEARNER)
def my_data() -> Response:
    learner = current_learner()
    found = sections_of(db.session, learner, identity_here(learner), current_course())
    page = make_response(render_template("privacy/my_data.html", sections=found))
    page.headers["Cache-Control"] = "no-store"
    return page


@bp.get("/my-data.json")
@allow(Role.LEARNER)
def my_data_file() -> Response:
    """Every row and every Statement, word for word."""
    learner = current_learner()
    response = _json(everything_about(learner))
    response.headers["Content-Disposition"] = f'attachment; filename="my-data-{now().date()}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def everything_about(learner: Learner) -> dict[str, Any]:
    who = identity_here(learner)
    registrations = [*who.registrations, *who.launches]
    return {
        "about": settings_here().base_url,
        "made_at": now(),
        "stored": inventory.holdings_of(db.session, who),
        "statements": list(statements_of(db.session, who.agents, registrations)),
        "documents": [_document(one) for one in documents_of(db.session, who.agents, registrations)],
        "seen_and_changed_by_others": [
            {"at": one.at, "action": one.action} for one in audit.about(db.session, learner)
        ],
    }


def _document(row: DocumentRow) -> dict[str, Any]:
    try:
        content, encoding = row.content.decode(), "utf-8"
    except UnicodeDecodeError:
        content, encoding = base64.b64encode(row.content).decode(), "base64"
    return {
        "kind": row.kind,
        "id": row.document_id,
        "content_type": row.content_type,
        "updated": row.updated,
        "encoding": encoding,
        "content": content,
    }


def _json(data: dict[str, Any]) -> Response:
    return Response(json.dumps(data, ensure_ascii=False, indent=2, default=_plain), content_type="application/json")


def _plain(value: Any) -> str:
    """Moments as ISO 8601, ids as their own words."""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


# ---------------------------------------------------------------- being erased


@bp.route("/my-data/erase", methods=["GET", "POST"])
@allow(Role.LEARNER)
def erase() -> ResponseReturnValue:
    if (first := second_step_first()) is not None:
        return first
    learner = current_learner()
    form, status = EraseForm(), 200
    if form.validate_on_submit():
        notice = messages.account_erased(learner.email) if learner.email is not None else None
        try:
            done = erasing.erase(db.session, learner, by=learner, place=place_here(), now=now())
            db.session.commit()
        except LastAdministrator:
            db.session.rollback()
            form.word.errors = [_("You are the only administrator. Give somebody else the role first")]
        except ProtocolNotWritten:
            db.session.rollback()
            current_app.logger.exception("The protocol of erasures can't be written")
            form.word.errors = [_("The server cannot write its protocol right now. Nothing is erased. Write to us")]
            status = 503
        else:
            here.forget()
            if notice is not None:
                messages.deliver_notice(notice)
            return redirect(url_for(".erased", orders=done.details["orders"] or None))
    page = render_template("privacy/erase.html", form=form, only_leads=_only_leads(current_learner()))
    return page, 422 if form.errors and status == 200 else status


@bp.get("/my-data/erased")
@allow(Role.ANYONE)
def erased() -> Response:
    return make_response(render_template("privacy/erased.html"))


def _only_leads(learner: Learner) -> list[str]:
    """Groups that nobody leads when this person has gone."""
    return [
        seat.group.name
        for seat in access.seats_of(db.session, learner)
        if seat.member.is_facilitator
        and seat.group.ended_at is None
        and sum(one.is_facilitator and one.removed_at is None for one in seat.group.members) == 1
    ]
