"""Who is in the group: letting in, typing in, inviting, renaming, taking out. Facilitators only."""

import logging
import uuid

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker import limits
from tracker.auth.services import normalise_address
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.errors import MailNotSent
from tracker.groups import joining, services
from tracker.groups.forms import InviteForm, NamesForm, RenameForm
from tracker.groups.models import Group, Member
from tracker.groups.views import facilitated, looked_at
from tracker.i18n import PREFIX, _, current_language
from tracker.learning.current import current_recorder
from tracker.mail import Outbound, send
from tracker.permissions import Role, allow

bp = Blueprint("groups_members", __name__, url_prefix=PREFIX)
log = logging.getLogger(__name__)

INVITATIONS = "30/hour;60/day"


@bp.route("/groups/<uuid:group_id>/members", methods=["GET", "POST"])
@allow(Role.LEARNER)
def show(group_id: uuid.UUID) -> ResponseReturnValue:
    """The list; a POST types in names."""
    group = facilitated(group_id)
    form = NamesForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                joining.type_in(
                    db.session, group, current_recorder(), form.lines, language=current_language(), now=now()
                )
            except joining.GroupFull:
                db.session.rollback()
                status = 409
                form.names.errors = [
                    _(
                        "The group takes %(count)s people. Take somebody away, or change the group",
                        count=group.member_cap,
                    )
                ]
            else:
                db.session.commit()
                return redirect(url_for(".show", group_id=group_id))
    return _page(group, form, InviteForm(formdata=None)), status


@bp.post("/groups/<uuid:group_id>/members/invite")
@allow(Role.LEARNER)
def invite(group_id: uuid.UUID) -> ResponseReturnValue:
    """The same mail goes out whether the address has an account or not."""
    group = facilitated(group_id)
    form = InviteForm()
    if not form.validate():
        return _page(group, NamesForm(formdata=None), form), 422
    limits.count(INVITATIONS, "group invitation")
    settings: Settings = current_app.extensions["samverkan.settings"]
    invitation = joining.Invitation(group.id, normalise_address(form.email.data or ""), bool(form.leads.data))
    token = joining.invitation_token(invitation, str(current_app.secret_key))
    # Never from the request's Host header, which the visitor chooses.
    address = settings.base_url + url_for("groups_joining.invited", token=token)
    text = render_template("groups/join_mail.txt", group=group, address=address, days=joining.INVITATION_DAYS)
    subject = _("Join the group %(name)s", name=group.name)
    db.session.commit()  # while a mail server is slow, nothing of the database is held
    try:
        send(Outbound(to=invitation.email, subject=subject, text=text, settings=settings), settings)
    except MailNotSent as error:
        log.error("Invitation not sent: %s", error)
        form.email.errors = [_("Our mail server does not answer right now. Wait a few minutes and send it again")]
        return _page(facilitated(group_id), NamesForm(formdata=None), form), 503
    flash(_("The invitation is sent."))
    return redirect(url_for(".show", group_id=group_id))


@bp.route("/groups/<uuid:group_id>/members/<int:member_id>", methods=["GET", "POST"])
@allow(Role.LEARNER)
def change(group_id: uuid.UUID, member_id: int) -> ResponseReturnValue:
    """One member: another name, leading, taking out."""
    member = _member(facilitated(group_id, also_ended=True), member_id)
    form = RenameForm(name=member.name)
    if not form.validate_on_submit():
        return render_template("groups/member.html", form=form, group=member.group, member=member), (
            422 if form.errors else 200
        )
    joining.rename(db.session, member, form.name.data or "")
    db.session.commit()
    return redirect(url_for(".show", group_id=group_id))


@bp.post("/groups/<uuid:group_id>/members/<int:member_id>/<any('let-in', 'same', 'remove', 'lead', 'step-down'):what>")
@allow(Role.LEARNER)
def act(group_id: uuid.UUID, member_id: int, what: str) -> ResponseReturnValue:
    group = facilitated(group_id, also_ended=what != "let-in")
    member = _member(group, member_id)
    try:
        if what == "let-in":
            joining.let_in(db.session, member, now=now())
        elif what == "same":
            joining.decide(db.session, member, current_recorder(), language=current_language(), now=now())
        elif what == "lead":
            services.make_facilitator(db.session, member)
        else:
            if member.is_facilitator:
                services.step_down(db.session, member)
            if what == "remove":
                joining.remove(db.session, member, now=now())
    except joining.HasAnAccount:
        db.session.rollback()
        flash(_("The one who was there before has an account. Ask her or him to sign in on the new phone."), "error")
    except services.NeedsAFacilitator:
        db.session.rollback()
        flash(
            _("Whoever leads must have an account. Send an invitation by e-mail instead.")
            if what == "lead"
            else _("Somebody must lead the group. Invite another facilitator first."),
            "error",
        )
    else:
        db.session.commit()
    return redirect(url_for(".show", group_id=group_id))


def _member(group: Group, member_id: int) -> Member:
    found = next((one for one in group.members if one.id == member_id and one.removed_at is None), None)
    if found is None:
        abort(404)
    return found


def _page(group: Group, names: NamesForm, invite_form: InviteForm) -> str:
    looked_at(group)
    here = [member for member in group.members if member.removed_at is None]
    keys = [member.name_key for member in here if member.approved_at is not None]
    return render_template(
        "groups/members.html",
        group=group,
        members=[member for member in here if member.approved_at is not None],
        waiting=[(member, _known(here, member)) for member in here if member.approved_at is None],
        twice=sorted({member.name for member in here if member.name and keys.count(member.name_key) > 1}),
        form=names,
        invite_form=invite_form,
    )


def _known(members: list[Member], newcomer: Member) -> Member | None:
    return next((member for member in members if member.id == newcomer.says_to_be_id), None)
