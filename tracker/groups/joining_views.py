"""Joining a group: with the code on the screen, its square, or a link in a mail. Says first what is saved."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.clock import now
from tracker.db import begin_writing, db
from tracker.groups import access, codes, joining
from tracker.groups.forms import CodeForm, JoinForm
from tracker.groups.models import Group
from tracker.i18n import PREFIX, _
from tracker.learners.current import learner_or_none
from tracker.learning.current import begin_here
from tracker.permissions import Role, allow

bp = Blueprint("groups_joining", __name__, url_prefix=PREFIX)


def found_by_code(typed: str, form: CodeForm) -> tuple[Group | None, int]:
    """The group of a code, or None with the message beside the field and its status. Commits what was counted."""
    address, secret = request.remote_addr or "", str(current_app.secret_key)
    try:
        return codes.find_group(db.session, typed, address=address, secret=secret, now=now()), 200
    except codes.CodeExpired:
        message, status = _("The code has expired. Ask the facilitator to show a new one"), 410
    except codes.TooManyGuesses:
        message = _(
            "Too many wrong codes have come from this network. Wait an hour, or ask the facilitator to write you in"
        )
        status = 429
    except codes.CodeUnknown:
        message, status = _("The code is not there. Look at the screen again: four letters and four digits"), 404
    db.session.commit()
    form.code.errors = [message]
    return None, status


@bp.route("/join", methods=["GET", "POST"])
@bp.route("/ga-med", methods=["GET", "POST"], alias=True)
@allow(Role.ANYONE)
def by_hand() -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("groups/join_code.html", form=form), 422 if form.errors else 200
    group, status = found_by_code(form.code.data or "", form)
    if group is None:
        return render_template("groups/join_code.html", form=form), 422 if status == 404 else status
    return redirect(url_for(".with_code", code=group.join_code))


@bp.route("/join/<code>", methods=["GET", "POST"])
@allow(Role.ANYONE)
def with_code(code: str) -> ResponseReturnValue:
    """What the square leads to: what is saved and who sees it, then the name."""
    if request.method == "GET":
        begin_writing(db.session)  # a wrong code is counted
    code_form = CodeForm(formdata=None, code=code)
    group, status = found_by_code(code, code_form)
    if group is None:
        return render_template("groups/join_code.html", form=code_form), status
    learner = learner_or_none()
    if learner is not None and any(seat.group.id == group.id for seat in access.seats_of(db.session, learner)):
        return redirect(url_for("groups.show", group_id=group.id))
    form = JoinForm(name=(learner.name or "").split(" ")[0] if learner else "")
    there = None
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                joining.join(
                    db.session,
                    group,
                    begin_here(),
                    name=form.name.data or "",
                    says_to_be=form.chosen_member,
                    is_another="another" in request.form,
                )
            except joining.NameThere as error:
                there = error.member.id
                status = 409
                db.session.rollback()
            except joining.GroupFull:
                db.session.rollback()
                status = 409
                form.form_errors.append(
                    _("The group has %(count)s people and is full. Talk to the facilitator", count=group.member_cap)
                )
            else:
                db.session.commit()
                return redirect(url_for("groups_phone.show", group_id=group.id))
    return render_template("groups/join.html", form=form, group=group, there=there), status


@bp.route("/groups/invited/<token>", methods=["GET", "POST"])
@allow(Role.ANYONE)
def invited(token: str) -> ResponseReturnValue:
    """By mail. Signing in with the address shows that the mail reached the right person."""
    try:
        invitation = joining.read_invitation(token, str(current_app.secret_key))
    except joining.InvitationInvalid:
        return render_template("groups/join_invalid.html"), 410
    group = db.session.get(Group, invitation.group_id)
    if group is None:
        return render_template("groups/join_invalid.html"), 410
    learner = learner_or_none()
    if learner is None or learner.email != invitation.email:
        return render_template("groups/join_sign_in.html", group=group, here=url_for(".invited", token=token))
    form = JoinForm(name=(learner.name or "").split(" ")[0])
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                joining.join_invited(db.session, group, begin_here(), learner, invitation, form.name.data or "")
            except (joining.InvitationInvalid, access.GroupEnded):
                db.session.rollback()
                return render_template("groups/join_invalid.html"), 410
            except joining.GroupFull:
                db.session.rollback()
                status = 409
                form.form_errors.append(
                    _("The group has %(count)s people and is full. Talk to the facilitator", count=group.member_cap)
                )
            else:
                db.session.commit()
                return redirect(url_for("groups.show", group_id=group.id))
    return render_template("groups/join.html", form=form, group=group, there=None), status
