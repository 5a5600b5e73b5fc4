"""The audit log, as the administrator reads it."""

import io
from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import to_user_timezone
from werkzeug.datastructures import MultiDict

from tracker.audit import chain, queries
from tracker.audit import services as audit
from tracker.audit.forms import AuditFilter
from tracker.audit.models import Action, AuditEntry
from tracker.audit.queries import Names
from tracker.audit.wording import ACTIONS, VIA, details_in_words, target_in_words, vocabulary_here
from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners.current import current_learner
from tracker.permissions import Role, allow
from tracker.spreadsheets import BYTE_ORDER_MARK, csv_text

bp = Blueprint("audit", __name__, url_prefix=PREFIX)


@bp.get("/admin/audit")
@allow(Role.ADMINISTRATOR)
def log() -> ResponseReturnValue:
    form, before = _form(), request.args.get("before", "")
    if before and not (before.isascii() and before.isdecimal() and len(before) < 18):
        abort(404)
    if not form.validate():
        return render_template("audit/log.html", form=form, found=[], following=None, **_words()), 422
    if not before:
        _looked(Action.LOG_SEEN, form)
    found, following = queries.entries(db.session, form.choice, before=int(before) if before else None)
    return render_template(
        "audit/log.html",
        form=form,
        found=found,
        names=queries.names_in(db.session, found, vocabulary_here()),
        head=chain.head(db.session),
        following=following,
        first=not before,
        **_words(),
    )


@bp.get("/admin/audit.csv")
@allow(Role.ADMINISTRATOR)
def log_file() -> ResponseReturnValue:
    """What the page with the same filters shows, all of it."""
    form = _form()
    if not form.validate():
        return render_template("audit/log.html", form=form, found=[], following=None, **_words()), 422
    _looked(Action.LOG_EXPORTED, form)
    head = [_("Number"), _("When"), _("Who"), _("What"), _("About whom"), _("About what"), _("More"), _("Hash")]

    # Whole, and not a stream: the words are in the language of this request, which would have ended by then.
    file = io.BytesIO()
    file.write(csv_text([head]).encode())
    for found in queries.every(db.session, form.choice):
        names = queries.names_in(db.session, found, vocabulary_here())
        file.write(csv_text(_row(one, names) for one in found).removeprefix(BYTE_ORDER_MARK).encode())
    file.seek(0)
    name = f"samverkan-audit-{now().date()}.csv"
    response = send_file(file, mimetype="text/csv", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _row(entry: AuditEntry, names: Names) -> list[str]:
    return [
        str(entry.seq),
        to_user_timezone(entry.at).isoformat(sep=" ", timespec="seconds"),
        _who(entry, names),
        _action(entry),
        _person(entry.subject, names) if entry.subject is not None else "",
        target_in_words(entry.target, names.things),
        details_in_words(entry.details, names.things),
        entry.hash,
    ]


def _who(entry: AuditEntry, names: Names) -> str:
    return _person(entry.actor, names) if entry.actor is not None else str(VIA[entry.via])


def _person(ref: UUID, names: Names) -> str:
    if ref not in names.people:
        return _("Erased person")
    return names.people[ref][1] or _("Somebody without a name")


def _action(entry: AuditEntry) -> str:
    return str(ACTIONS[Action(entry.action)]) if entry.action in set(Action) else entry.action


def _words() -> Mapping[str, object]:
    return {"who": _who, "person": _person, "action": _action, "target": target_in_words, "details": details_in_words}


def _form() -> AuditFilter:
    form = AuditFilter(MultiDict(request.args))
    form.fill(db.session)
    return form


def _looked(action: Action, form: AuditFilter) -> None:
    by, about = current_learner(), form.learner
    audit.looked(db.session, action, by=by, now=now(), subject=about.id if about is not None else None)
