"""A learner's certificates, and the public page where anyone can check one."""

import io
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from course.completion import missing
from tracker import limits
from tracker.certificates import queries, services
from tracker.certificates.codes import EXAMPLE, read_code
from tracker.certificates.forms import CodeForm, NameForm
from tracker.certificates.models import Certificate, ImportedCertificate
from tracker.certificates.pdf import certificate_pdf
from tracker.certificates.words import Words, imported_title, imported_words, qr_svg, swedish_day, words_of
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, _, current_language
from tracker.launch.completing import completions
from tracker.learners import services as learners
from tracker.learners.current import current_learner, learner_or_none
from tracker.learning.current import current_recorder
from tracker.learning.services import recheck
from tracker.permissions import Role, allow
from tracker.progress.queries import completion_of, overview

bp = Blueprint("certificates", __name__, url_prefix=PREFIX)

# Guessing among 2^60 codes is hopeless at any speed; this keeps somebody who tries from being a load.
CHECKS = "60/minute;600/hour"
PDFS = "20/minute"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _words(certificate: Certificate | ImportedCertificate) -> Words:
    if isinstance(certificate, Certificate):
        return words_of(certificate, base_url=_settings().base_url)
    site = current_course().info.title[current_language()]
    return imported_words(certificate, site=site, base_url=_settings().base_url)


def _as_pdf(words: Words) -> ResponseReturnValue:
    limits.count(PDFS, "certificate as pdf")
    made = certificate_pdf(words, language=current_language(), publisher=_settings().publisher)
    word = _("certificate")
    name = f"{word}-{words.code}.pdf"
    response = send_file(io.BytesIO(made), mimetype="application/pdf", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# ---------------------------------------------------------------- one's own


@bp.route("/certificate", methods=["GET", "POST"])
@allow(Role.LEARNER)
def own() -> ResponseReturnValue:
    """What is left, or the button that makes it (POST), or the certificate. The name can be changed at any time."""
    learner, course = current_learner(), current_course()
    form = NameForm(data={"name": learner.name})
    if form.validate_on_submit():
        before = queries.of_learner(db.session, learner, course)
        # A new version of the course can have fewer lessons, so that nothing is left without a last step being taken.
        recheck(db.session, learner, current_recorder(), language=current_language(), now=now())
        try:
            services.issue(db.session, learner, course, now=now())
        except services.NotComplete:
            db.session.rollback()
            return redirect(url_for(".own"))
        learners.rename(db.session, learner, form.name.data)
        db.session.commit()
        if before is not None:
            flash(_("The name on the certificate is changed."))
        return redirect(url_for(".own"))
    status = 422 if form.errors else 200
    certificate = queries.of_learner(db.session, learner, course)
    if certificate is not None:
        return _own_page(_words(certificate), form, pdf=url_for(".pdf")), status
    done = overview(db.session, learner, course)
    left = missing(course, done.lessons_done)
    if done.completion is not None or left.nothing:
        return render_template("certificates/issue.html", form=form), status
    return render_template("certificates/not_yet.html", done=done, left=left)


@bp.get("/certificate.pdf")
@allow(Role.LEARNER)
def pdf() -> ResponseReturnValue:
    certificate = queries.of_learner(db.session, current_learner(), current_course())
    if certificate is None:
        return redirect(url_for(".own"))
    return _as_pdf(_words(certificate))


@bp.get("/my-certificates")
@allow(Role.LEARNER)
def mine() -> ResponseReturnValue:
    """Of our course and of those made by others, whether the certificate has been made yet or not."""
    learner, course = current_learner(), current_course()
    certificate, completion = (
        queries.of_learner(db.session, learner, course),
        completion_of(db.session, learner, course),
    )
    own_day = certificate.completed_on if certificate else completion and swedish_day(completion.completed_at)
    return render_template(
        "certificates/mine.html",
        certificate=certificate,
        own_day=own_day,
        imported=[
            (one, *imported_title(one), swedish_day(one.completed_at), certificate)
            for one, certificate in queries.imported_of_learner(db.session, learner)
        ],
    )


@bp.route("/my-certificates/<uuid:registration_id>", methods=["GET", "POST"])
@allow(Role.LEARNER)
def imported(registration_id: UUID) -> ResponseReturnValue:
    """For a course made by others: the button that makes it (POST), or the certificate, as in ``own``."""
    learner = current_learner()
    completion = next((one for one in completions(db.session, learner) if one.registration_id == registration_id), None)
    if completion is None:
        abort(404)
    form = NameForm(data={"name": learner.name})
    before = queries.of_completion(db.session, registration_id)
    if form.validate_on_submit():
        try:
            services.issue_for_imported(db.session, learner, registration_id, now=now())
        except services.NotComplete:
            abort(404)  # the guest has just joined an account, in another tab
        learners.rename(db.session, learner, form.name.data)
        db.session.commit()
        if before is not None:
            flash(_("The name on the certificate is changed."))
        return redirect(url_for(".imported", registration_id=registration_id))
    status = 422 if form.errors else 200
    if before is not None:
        pdf = url_for(".imported_pdf", registration_id=registration_id)
        return _own_page(_words(before), form, pdf=pdf), status
    title, title_language = imported_title(completion)
    page = render_template(
        "certificates/issue_imported.html", form=form, course_title=title, title_language=title_language
    )
    return page, status


@bp.get("/my-certificates/<uuid:registration_id>.pdf")
@allow(Role.LEARNER)
def imported_pdf(registration_id: UUID) -> ResponseReturnValue:
    certificate = queries.of_completion(db.session, registration_id)
    if certificate is None or certificate.completion.learner_id != current_learner().id:
        abort(404)
    return _as_pdf(_words(certificate))


def _own_page(words: Words, form: NameForm, *, pdf: str) -> str:
    return render_template("certificates/own.html", words=words, qr=qr_svg(words.address), form=form, pdf=pdf)


@bp.app_template_global("has_completed_imported")
def has_completed_imported() -> bool:
    """Whether there can be certificates besides the one for our course."""
    learner = learner_or_none()
    return learner is not None and bool(completions(db.session, learner))


# ---------------------------------------------------------------- anybody's


@bp.get("/certificates")
@allow(Role.ANYONE)
def verify() -> ResponseReturnValue:
    form = CodeForm(request.args)
    if "code" not in request.args:
        return render_template("certificates/verify.html", form=form, example_code=EXAMPLE)
    code = read_code(form.code.data or "")
    if code is None:
        form.code.errors = [
            _("Write the twelve letters and digits of the certificate, for example %(example)s", example=EXAMPLE)
        ]
        return render_template("certificates/verify.html", form=form, example_code=EXAMPLE), 422
    return redirect(url_for(".show", code=code))


@bp.get("/certificates/<code>")
@allow(Role.ANYONE)
def show(code: str) -> ResponseReturnValue:
    limits.count(CHECKS, "check of a certificate")
    wanted = read_code(code)
    if wanted is not None and wanted != code:
        return redirect(url_for(".show", code=wanted))
    certificate = _find(wanted) if wanted is not None else None
    if certificate is None:
        form = CodeForm(data={"code": code})
        page = make_response(render_template("certificates/unknown.html", form=form, example_code=EXAMPLE), 404)
    else:
        page = make_response(render_template("certificates/show.html", words=_words(certificate)))
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def _find(code: str) -> Certificate | ImportedCertificate | None:
    return queries.by_code(db.session, code) or queries.imported_by_code(db.session, code)
