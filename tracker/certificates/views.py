"""A learner's certificate, and the public page where anyone can check one."""

import io

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from course.completion import missing
from tracker import limits
from tracker.certificates import queries, services
from tracker.certificates.codes import EXAMPLE, read_code
from tracker.certificates.forms import CodeForm, NameForm
from tracker.certificates.models import Certificate
from tracker.certificates.pdf import certificate_pdf
from tracker.certificates.words import Words, qr_svg, words_of
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners import services as learners
from tracker.learners.current import current_learner
from tracker.learning.current import current_recorder
from tracker.learning.services import recheck
from tracker.permissions import Role, allow
from tracker.progress.queries import overview

bp = Blueprint("certificates", __name__, url_prefix=PREFIX)

# Guessing among 2^60 codes is hopeless at any speed; this keeps somebody who tries from being a load.
CHECKS = "60/minute;600/hour"
PDFS = "20/minute"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _words(certificate: Certificate) -> Words:
    return words_of(certificate, base_url=_settings().base_url)


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
        words = _words(certificate)
        return render_template("certificates/own.html", words=words, qr=qr_svg(words.address), form=form), status
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
    limits.count(PDFS, "certificate as pdf")
    made = certificate_pdf(
        certificate, _words(certificate), language=current_language(), publisher=_settings().publisher
    )
    word = _("certificate")
    name = f"{word}-{certificate.code}.pdf"
    response = send_file(io.BytesIO(made), mimetype="application/pdf", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


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
    certificate = queries.by_code(db.session, wanted) if wanted is not None else None
    if certificate is None:
        form = CodeForm(data={"code": code})
        page = make_response(render_template("certificates/unknown.html", form=form, example_code=EXAMPLE), 404)
    else:
        page = make_response(render_template("certificates/show.html", words=_words(certificate)))
    page.headers["X-Robots-Tag"] = "noindex"
    return page
