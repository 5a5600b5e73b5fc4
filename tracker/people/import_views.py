"""A file of people or of organisations, in two steps: what it would change, and then the change."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel.speaklater import LazyString
from sqlalchemy.exc import IntegrityError

from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, _, _l, _n
from tracker.learners.current import current_learner
from tracker.learners.labels import ORGANISATION_KINDS
from tracker.learners.scope import organisations_seen_by
from tracker.people import importing, organisation_importing, people_importing
from tracker.people.forms import ImportForm
from tracker.people.models import Import, OrganisationImport, PeopleImport
from tracker.people.organisation_importing import OrganisationFault
from tracker.people.people_importing import Fault
from tracker.people.wording import FAULTS, ORGANISATION_FAULTS
from tracker.permissions import Role, allow
from tracker.spreadsheets import csv_text

bp = Blueprint("imports", __name__, url_prefix=PREFIX)

SHOWN = 100
MOST_FAULTS = 500
OF = "<any(people, organisations):of>"


@dataclass(frozen=True, slots=True)
class _List:
    """What differs between the two."""

    kept: type[Import]
    prepare: Callable[..., Import]
    carry_out: Callable[..., int]
    faults: Mapping[Fault, LazyString] | Mapping[OrganisationFault, LazyString]
    column_missing: LazyString
    outdated: LazyString
    done: Callable[[int], str]
    back: str
    """The page it belongs to."""


LISTS: Mapping[str, _List] = {
    "people": _List(
        kept=PeopleImport,
        prepare=people_importing.prepare,
        carry_out=people_importing.carry_out,
        faults=FAULTS,
        column_missing=_l("The first row names no column of e-mail addresses. Call it E-post"),
        outdated=_l("Somebody has changed a person or an organisation since the list was shown. Nothing is imported."),
        done=lambda count: _n("%(num)s person is imported.", "%(num)s people are imported.", count),
        back="people.people",
    ),
    "organisations": _List(
        kept=OrganisationImport,
        prepare=organisation_importing.prepare,
        carry_out=organisation_importing.carry_out,
        faults=ORGANISATION_FAULTS,
        column_missing=_l("The first row names no column of names. Call it Namn"),
        outdated=_l("Somebody has changed an organisation since the list was shown. Nothing is imported."),
        done=lambda count: _n("%(num)s organisation is imported.", "%(num)s organisations are imported.", count),
        back="admin.organisations",
    ),
}


@bp.route(f"/admin/{OF}/import", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def choose(of: str) -> ResponseReturnValue:
    form = ImportForm()
    if form.validate_on_submit():
        by = current_learner()
        seen = organisations_seen_by(db.session, by)
        try:
            kept = LISTS[of].prepare(db.session, form.file.data.read(), by=by, among=seen, now=now())
        except importing.NotText:
            form.file.errors = [_("This is not a CSV file. In Excel: Save as, CSV UTF-8")]
        except importing.ColumnMissing:
            form.file.errors = [LISTS[of].column_missing]
        except importing.TooManyRows:
            form.file.errors = [_("The file has more than 20,000 rows. Divide it")]
        else:
            db.session.commit()
            return redirect(url_for(".preview", of=of, import_id=kept.id))
    return render_template("people/import.html", of=of, form=form), 422 if form.errors else 200


@bp.get(f"/admin/{OF}/import/<uuid:import_id>")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def preview(of: str, import_id: uuid.UUID) -> str:
    kept = _kept(of, import_id)
    pages = max(1, -(-len(kept.changes) // SHOWN))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    return render_template(
        "people/import_preview.html",
        of=of,
        kept=kept,
        faults=LISTS[of].faults,
        most=MOST_FAULTS,
        kinds=ORGANISATION_KINDS,
        shown=kept.changes[(number - 1) * SHOWN : number * SHOWN],
        number=number,
        pages=pages,
        new=sum(one["version"] is None for one in kept.changes),
    )


@bp.get(f"/admin/{OF}/import/<uuid:import_id>/faults.csv")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def faults(of: str, import_id: uuid.UUID) -> Response:
    """Every row that is wrong, for whoever made the list."""
    kept, words = _kept(of, import_id), LISTS[of].faults
    head = [_("Row"), _("What is wrong"), _("What it says")]
    found = [[str(one["line"]), str(words[one["fault"]]), one["value"]] for one in kept.faults]
    response = Response(csv_text([head, *found]), content_type="text/csv; charset=utf-8")
    name = _("wrong-rows")
    response.headers["Content-Disposition"] = f"attachment; filename={name}.csv"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post(f"/admin/{OF}/import/<uuid:import_id>/confirm")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def confirm(of: str, import_id: uuid.UUID) -> ResponseReturnValue:
    kept = _kept(of, import_id)
    seen = organisations_seen_by(db.session, current_learner())
    try:
        done = LISTS[of].carry_out(db.session, kept, among=seen, now=now())
    except (importing.Outdated, IntegrityError):  # who was new when it was shown may have come at this moment
        db.session.rollback()
        flash(LISTS[of].outdated, "error")
        return redirect(url_for(".choose", of=of))
    db.session.commit()
    flash(LISTS[of].done(done))
    return redirect(url_for(LISTS[of].back))


@bp.post(f"/admin/{OF}/import/<uuid:import_id>/cancel")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def cancel(of: str, import_id: uuid.UUID) -> ResponseReturnValue:
    db.session.delete(_kept(of, import_id))
    db.session.commit()
    flash(_("Nothing is imported. The list is thrown away."))
    return redirect(url_for(LISTS[of].back))


def _kept(of: str, import_id: uuid.UUID) -> Import:
    """Only of the one who sent it in. The back button leads to lists that have been taken already."""
    kept = db.session.get(LISTS[of].kept, import_id)
    if kept is None or kept.by_id != current_learner().id:
        gone = render_template("people/import_gone.html", of=of, back=LISTS[of].back)
        abort(make_response(gone, 404))
    return kept
