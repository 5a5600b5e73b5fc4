"""Courses from others: the pages of an administrator."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from sqlalchemy import select

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.launch import launching, package, queries, services
from tracker.launch.current import current_place, current_shelf
from tracker.launch.faults import Fault, InvalidPackage, PackageTooLarge
from tracker.launch.forms import EmptyForm, PackageForm, WaiveForm
from tracker.launch.models import ImportedCourse
from tracker.launch.package import Unpacked
from tracker.launch.registering import register_learner
from tracker.launch.structure import MoveOn
from tracker.launch.wording import explain, move_on_words, place_of, text_in
from tracker.learners.current import current_learner
from tracker.learners.models import Learner
from tracker.permissions import Role, allow

bp = Blueprint("launch_admin", __name__, url_prefix=PREFIX)


@bp.get("/admin/courses")
@allow(Role.ADMINISTRATOR)
def courses() -> str:
    return render_template("launch/admin_courses.html", found=queries.courses(db.session))


@bp.route("/admin/courses/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    form = PackageForm()
    faults: list[Fault] = []
    if form.validate_on_submit():
        # Nobody waits for this transaction while the package is unpacked.
        db.session.rollback()
        unpacked, faults = _read(form)
        if unpacked is not None:
            made = services.add_course(db.session, unpacked, filename=_filename(form), now=now())
            _note(Action.COURSE_ADDED, made.id)
            db.session.commit()
            flash(_("The course is here. Look through it, and publish it when it is right."))
            return redirect(url_for(".course", course_id=made.id))
    return _form_page(form, faults, None)


@bp.get("/admin/courses/<uuid:course_id>")
@allow(Role.ADMINISTRATOR)
def course(course_id: UUID) -> str:
    found = _course(course_id)
    return render_template(
        "launch/admin_course.html",
        imported=found,
        structure=found.current.structure,
        figures=queries.version_figures(db.session, found),
        move_on_words=move_on_words(),
        form=EmptyForm(),
    )


@bp.route("/admin/courses/<uuid:course_id>/replace", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def replace(course_id: UUID) -> ResponseReturnValue:
    found, form = _course(course_id), PackageForm()
    faults: list[Fault] = []
    if form.validate_on_submit():
        db.session.rollback()
        unpacked, faults = _read(form)
        if unpacked is not None:
            made = services.replace(db.session, _course(course_id), unpacked, filename=_filename(form), now=now())
            _note(Action.COURSE_CHANGED, course_id, {"what": "replaced"})
            db.session.commit()
            flash(_("Version %(number)s is here. Whoever has begun goes on in the earlier one.", number=made.number))
            return redirect(url_for(".course", course_id=course_id))
    return _form_page(form, faults, found)


@bp.post("/admin/courses/<uuid:course_id>/publish")
@allow(Role.ADMINISTRATOR)
def publish(course_id: UUID) -> ResponseReturnValue:
    services.publish(db.session, _course(course_id), now=now())
    _note(Action.COURSE_CHANGED, course_id, {"what": "published"})
    db.session.commit()
    flash(_("The course is published. It stands among the learners’ courses now."))
    return redirect(url_for(".course", course_id=course_id))


@bp.post("/admin/courses/<uuid:course_id>/unpublish")
@allow(Role.ADMINISTRATOR)
def unpublish(course_id: UUID) -> ResponseReturnValue:
    services.unpublish(db.session, _course(course_id))
    _note(Action.COURSE_CHANGED, course_id, {"what": "unpublished"})
    db.session.commit()
    flash(_("Nobody new can begin the course. Whoever has begun can go on."))
    return redirect(url_for(".course", course_id=course_id))


@bp.route("/admin/courses/<uuid:course_id>/delete", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def delete(course_id: UUID) -> ResponseReturnValue:
    found, form = _course(course_id), EmptyForm()
    if form.validate_on_submit():
        folders = services.delete_course(db.session, found)
        _note(Action.COURSE_DELETED, course_id)
        db.session.commit()
        for folder in folders:
            package.remove(current_shelf().root, folder)
        flash(_("The course is deleted."))
        return redirect(url_for(".courses"))
    figures = queries.version_figures(db.session, found)
    return render_template(
        "launch/delete.html", imported=found, form=form, registered=sum(one.registered for one in figures)
    )


@bp.route("/admin/courses/<uuid:course_id>/waive", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def waive(course_id: UUID) -> ResponseReturnValue:
    found, form = _course(course_id), WaiveForm()
    aus = [au for au in found.current.structure.aus if au.move_on is not MoveOn.NOT_APPLICABLE]
    form.part.choices = [(au.index, text_in(au.title)) for au in aus]
    if form.validate_on_submit() and _waived(found, form):
        db.session.commit()
        flash(_("The part counts as done."))
        return redirect(url_for(".course", course_id=course_id))
    return render_template("launch/waive.html", imported=found, form=form), 422 if form.errors else 200


def _waived(course: ImportedCourse, form: WaiveForm) -> bool:
    learner = db.session.scalar(select(Learner).where(Learner.email == form.email.data))
    if learner is None:
        form.email.errors = [_("Nobody signs in with this address")]
        return False
    place = current_place()
    registration = register_learner(db.session, course, learner, base_url=place.base_url, now=now())
    wanted = course.current.structure.aus[form.part.data].publisher_id
    # Somebody who began in an earlier version has that version's parts.
    au = next((au for au in registration.version.structure.aus if au.publisher_id == wanted), None)
    if au is None:
        form.part.errors = [_("The learner takes an earlier version, which does not have this part")]
        db.session.rollback()
        return False
    try:
        launching.waive(db.session, registration, au, reason=form.reason.data, place=place, now=now())
    except launching.AlreadySatisfied:
        form.part.errors = [_("The learner has already done this part")]
        db.session.rollback()
        return False
    _note(Action.PART_WAIVED, course.id, {"part": au.index}, subject=learner)
    return True


def _note(action: Action, course_id: UUID, details: audit.Details = None, *, subject: Learner | None = None) -> None:
    target = f"course:{course_id}"
    audit.note(db.session, action, by=current_learner(), now=now(), subject=subject, target=target, details=details)


def _read(form: PackageForm) -> tuple[Unpacked | None, list[Fault]]:
    try:
        return services.read_package(form.package.data.stream, media_type=None, shelf=current_shelf()), []
    except InvalidPackage as error:
        form.package.errors = [_("The package is not right. See below what is wrong, and choose it again")]
        return None, error.faults
    except PackageTooLarge:
        most = current_shelf().limits
        said = {"size": most.package // 1_000_000, "unpacked": most.unpacked // 1_000_000, "files": most.files}
        words = _(
            "The package is too large. It may have %(size)s MB, "
            "and when it is unpacked %(unpacked)s MB in %(files)s files",
            **{name: format_decimal(number) for name, number in said.items()},
        )
        form.package.errors = [words]
        return None, []


def _filename(form: PackageForm) -> str:
    return str(form.package.data.filename or "")


def _form_page(form: PackageForm, faults: list[Fault], course: ImportedCourse | None) -> ResponseReturnValue:
    # From the top of the file, as they are put right; what is about the zip first.
    faults = sorted(faults, key=lambda fault: fault.line or 0)
    page = render_template(
        "launch/package_form.html", form=form, faults=faults, imported=course, explain=explain, place_of=place_of
    )
    return page, 422 if form.errors else 200


def _course(course_id: UUID) -> ImportedCourse:
    return services.find_course(db.session, course_id) or abort(404)
