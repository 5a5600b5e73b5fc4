"""The administrator makes a file for somebody who has asked to read official documents."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.content import current_course
from tracker.db import db
from tracker.groups.papers_views import private_file
from tracker.i18n import PREFIX, _
from tracker.learners.current import current_learner
from tracker.permissions import Role, allow
from tracker.privacy import extract
from tracker.privacy.forms import ExtractForm, What
from tracker.privacy.sections import Section, moment
from tracker.privacy.views import identity_here, settings_here

bp = Blueprint("extract", __name__, url_prefix=PREFIX)


@bp.route("/admin/privacy/extract", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def make() -> ResponseReturnValue:
    """The file is the answer to the form: it is kept nowhere."""
    form = ExtractForm()
    form.fill(db.session)
    if not form.validate_on_submit():
        return render_template("privacy/extract.html", form=form), 422 if form.errors else 200
    at = now()
    what = What(form.what.data)
    # Before anything is read: who takes out what, and whether names are in it.
    target = {What.GROUP: f"group:{form.group.data}", What.PERSON: None}.get(what, f"report:{what.value}")
    details = {"what": what.value, "masked": bool(form.masked.data)}
    audit.note(
        db.session,
        Action.EXTRACT_MADE,
        by=current_learner(),
        now=at,
        subject=form.learner if what is What.PERSON else None,
        target=target,
        details=details,
    )
    db.session.commit()
    form.fill(db.session)
    form.validate()
    period = extract.Period(*form.period)
    sections = _sections(what, form, period)
    if form.masked.data:
        sections = extract.masked(sections)
    title = str({one.value: one.label for one in form.what.choices}[what])
    facts = [
        (_("Authority"), settings_here().publisher),
        (_("Made"), moment(at)),
        *([(_("Reference number"), form.reference.data)] if form.reference.data else []),
        (_("Period"), period.words),
        (_("Personal data"), _("Masked") if form.masked.data else _("Not masked")),
        ("", _("Secrecy has to be examined before anything is handed out.")),
    ]
    made = extract.bundle(sections, title=title, facts=facts)
    return private_file(made, f"utdrag-{at.date()}.zip", "application/zip")


def _sections(what: What, form: ExtractForm, period: extract.Period) -> list[Section]:
    course = current_course()
    match what:
        case What.PERSON:
            assert form.learner is not None
            return extract.of_person(db.session, form.learner, identity_here(form.learner), course)
        case What.GROUP:
            return extract.of_group(db.session, course, UUID(form.group.data), period)
        case What.REPORT:
            return extract.of_report(db.session, course, period, with_demo=settings_here().demo)
        case What.LOG:
            return extract.of_log(db.session, period)
