"""People: the list, one person, an invitation."""

import logging

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.admin.queries import organisations as listed_organisations
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth import second_step
from tracker.auth.messages import deliver, invitation
from tracker.auth.services import AddressInvalid, account_of, normalise_address
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.errors import MailNotSent
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner
from tracker.learners.models import Learner, Organisation, StaffRole
from tracker.learners.scope import organisations_seen_by
from tracker.learners.services import hold_with_administrators
from tracker.learning.current import current_recorder
from tracker.learning.services import recheck
from tracker.people import queries, services
from tracker.people.forms import InviteForm, MergeForm, PersonForm, VersionForm
from tracker.people.wording import ROLES
from tracker.permissions import Role, allow
from tracker.providers.queries import used_by

bp = Blueprint("people", __name__, url_prefix=PREFIX)
log = logging.getLogger(__name__)


@bp.get("/admin/people")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def people() -> str:
    settings: Settings = current_app.extensions["samverkan.settings"]
    containing, role = request.args.get("q", ""), request.args.get("role", "")
    audit.looked(db.session, Action.PEOPLE_LISTED, by=current_learner(), now=now())
    found, following = queries.people(
        db.session,
        among=organisations_seen_by(db.session, current_learner()),
        containing=containing,
        role=StaffRole(role) if role in set(StaffRole) else None,
        after=request.args.get("after", ""),
        with_demo=settings.demo,
    )
    return render_template(
        "people/people.html", found=found, following=following, containing=containing, role=role, roles=ROLES
    )


@bp.route("/admin/people/invite", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def invite() -> ResponseReturnValue:
    form = InviteForm()
    _offer(form)
    status = 200
    if form.validate_on_submit():
        try:
            person = services.invite(
                db.session,
                by=current_learner(),
                email=form.email.data or "",
                organisation=_organisation(form.organisation.data),
                role=form.chosen_role,
                role_holds_at=_organisation(form.role_holds_at.data),
                now=now(),
            )
        except services.AccountExists:
            form.email.errors = [_("The address already has an account. Look for it in the list of people")]
        except (services.NotYours, services.OrganisationMissing):
            _say_where(form)
        else:
            message, email = invitation(person.email or ""), person.email
            db.session.commit()
            try:
                deliver(message)
            except MailNotSent as error:
                # As if it had never been made: an account that nobody has been told of.
                log.error("Invitation not sent: %s", error)
                db.session.delete(person)
                db.session.commit()
                form.email.errors = [_("Our mail server does not answer right now. Nobody is invited. Try again later")]
                status = 503
            else:
                flash(_("An invitation is sent to %(email)s.", email=email))
                return redirect(url_for(".people"))
    page = render_template("people/invite.html", form=form)
    return page, 422 if form.errors and status == 200 else status


@bp.route("/admin/people/<int:learner_id>", methods=["GET", "POST"])
@allow(Role.ORGANISATION_ADMINISTRATOR)
def person(learner_id: int) -> ResponseReturnValue:
    found = _person(learner_id)
    if request.method == "GET":
        audit.looked(db.session, Action.PERSON_SEEN, by=current_learner(), now=now(), subject=found)
    form = PersonForm(
        data={
            "organisation": str(found.organisation_id or ""),
            "role": found.staff_role or "",
            "role_holds_at": str(found.staff_organisation_id or ""),
            "version": found.version,
        }
    )
    _offer(form)
    status = 200
    if form.validate_on_submit():
        try:
            services.change_person(
                db.session,
                found,
                by=current_learner(),
                organisation=_organisation(form.organisation.data),
                role=form.chosen_role,
                role_holds_at=_organisation(form.role_holds_at.data),
                version=form.version.data,
                now=now(),
            )
        except services.ChangedMeanwhile:
            form.has_seen(found.version)
            status = 409
        except (services.NotYours, services.OrganisationMissing):
            _say_where(form)
        except services.Oneself:
            form.role.errors = [_("Nobody changes their own role. Ask another administrator")]
        except services.LastAdministrator:
            form.role.errors = [_("This is the only administrator. Give somebody else the role first")]
        else:
            db.session.commit()
            flash(_("The changes are saved."))
            return redirect(url_for(".person", learner_id=learner_id))
    return render_template(
        "people/person.html",
        person=found,
        form=form,
        press=VersionForm(data={"version": found.version}, formdata=None),
        changed_meanwhile=status == 409,
        sign_ins=queries.how_many_sign_ins(db.session, found),
        has_second_step=second_step.has_second_step(db.session, found),
        providers=used_by(db.session, found),
        roles=ROLES,
        oneself=found.id == current_learner().id,
    ), 422 if form.errors else status


@bp.post("/admin/people/<int:learner_id>/<any(close, open, reset, unlink):what>")
@allow(Role.ORGANISATION_ADMINISTRATOR)
def act(learner_id: int, what: str) -> ResponseReturnValue:
    found, by, form = _person(learner_id), current_learner(), VersionForm()
    if not form.validate():
        abort(422)
    version = form.version.data
    try:
        if what == "close":
            services.close_account(db.session, found, by=by, version=version, now=now())
        elif what == "open":
            services.open_account(db.session, found, by=by, version=version, now=now())
        elif what == "unlink":
            services.unlink(db.session, found, by=by, version=version, now=now())
        else:
            services.reset_second_step(db.session, found, by=by, version=version, now=now())
    except services.ChangedMeanwhile:
        flash(_("Somebody else has changed the person in the meantime. Nothing was saved."), "error")
    except services.LastAdministrator:
        flash(_("This is the only administrator. Give somebody else the role first"), "error")
    except (services.NotYours, services.OrganisationMissing, services.Oneself):
        abort(403)
    else:
        db.session.commit()
        flash(
            {
                "close": _("The account is closed, and signed out everywhere."),
                "open": _("The account is open again."),
                "unlink": _(
                    "The sign-in is disconnected and the account signed out everywhere. A link by e-mail still works."
                ),
                "reset": _("The second step is removed. The person chooses a new app at the next sign-in."),
            }[what]
        )
        return redirect(url_for(".person", learner_id=learner_id))
    db.session.rollback()
    return redirect(url_for(".person", learner_id=learner_id))


@bp.route("/admin/people/<int:learner_id>/merge", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def merge(learner_id: int) -> ResponseReturnValue:
    """The person's account goes, and what was done in it becomes another account's."""
    known = account_of(db.session, _address(MergeForm().email.data))
    # Both are held, so that neither is merged or erased by somebody else while one takes over what the other has done.
    found = _person(learner_id, *([known.id] if known is not None else []))
    form = MergeForm(data={"version": found.version})
    status, into = 200, None
    if form.validate_on_submit():
        into = queries.person(db.session, known.id, among=None) if known is not None else None
        if into is None or into.id == found.id:
            form.email.errors = [_("No other account has this address")]
        elif form.sure.data != str(into.id):
            # An address that is mistyped is often somebody else's, and it can't be undone.
            form.sure.raw_data, form.sure.data = None, str(into.id)
            audit.note(db.session, Action.PERSON_SEEN, by=current_learner(), now=now(), subject=into)
            db.session.commit()
        else:
            try:
                services.merge(db.session, found, into=into, by=current_learner(), version=form.version.data, now=now())
            except services.ChangedMeanwhile:
                form.has_seen(found.version)
                status = 409
            except (services.NotYours, services.OrganisationMissing, services.Oneself):
                form.email.errors = [_("An account with a role is not merged. Take the role away first")]
            else:
                recheck(db.session, into, current_recorder(), language=current_language(), now=now())
                db.session.commit()
                flash(_("The two accounts are one."))
                return redirect(url_for(".person", learner_id=into.id))
    shown = None if form.errors else into
    page = render_template("people/merge.html", form=form, person=found, into=shown, changed_meanwhile=status == 409)
    return page, 422 if form.errors else status


def _address(typed: str | None) -> str:
    try:
        return normalise_address(typed or "")
    except AddressInvalid:
        return ""


def _person(learner_id: int, *others: int) -> Learner:
    """Of a form that is sent nobody else changes the person meanwhile, nor the ``others``."""
    if request.method == "POST":
        hold_with_administrators(db.session, learner_id, *others)
    seen = organisations_seen_by(db.session, current_learner())
    found = queries.person(db.session, learner_id, among=seen)
    if found is None:
        abort(404)
    return found


def _offer(form: PersonForm) -> None:
    seen = organisations_seen_by(db.session, current_learner())
    form.offer(listed_organisations(db.session, among=seen), everything=seen is None)


def _organisation(chosen: str | None) -> Organisation | None:
    return db.session.get(Organisation, int(chosen)) if chosen else None


def _say_where(form: PersonForm) -> None:
    form.role_holds_at.errors = [_("Choose where the role holds, among the organisations that you are responsible for")]
