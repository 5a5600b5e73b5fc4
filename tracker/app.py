"""The application, wired from top to bottom."""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import format_date
from flask_compress import Compress
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from course.loader import load_course
from course.schema import Course
from tracker import content, db, errors, i18n, notes, operations, permissions, security, static_files
from tracker.config import Settings, read_settings
from tracker.launch import serving
from tracker.learners import current, sign_ins
from tracker.limits import limiter, too_often
from tracker.reports.queries import totals

__all__ = ["create_app"]

HERE = Path(__file__).parent
# In a wheel the templates lie inside the package, in a checkout beside it.
TEMPLATES = next(path for path in (HERE / "templates", HERE.parent / "templates") if path.is_dir())

csrf = CSRFProtect()


class Number(IntegerConverter):
    """In an address. One that is longer than a database holds is the number of nothing."""

    regex = "[0-9]{1,18}"


def create_app(settings: Settings | None = None, course: Course | None = None) -> Flask:
    settings = settings or read_settings(os.environ, env_file=Path(".env"))
    app = Flask("tracker", template_folder=str(TEMPLATES), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=security.cookie_name("samverkan", secure=settings.secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        REMEMBER_COOKIE_NAME=security.cookie_name("samverkan_learner", secure=settings.secure),
        REMEMBER_COOKIE_DURATION=sign_ins.LONGEST,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.secure,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(HERE / "translations"),
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "application/json",
            "image/svg+xml",
            "text/csv",
        ],
    )
    app.extensions["samverkan.settings"] = settings
    app.url_map.converters["int"] = Number
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    serving.init_app(app, settings)
    operations.init_app(app, figures=totals)
    content.init_app(app, course or load_course(settings.course))
    db.init_app(app, settings.database_url)
    notes.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    Compress(app)
    i18n.init_app(app)
    static_files.init_app(app, HERE / "static")
    security.init_app(app, secure=settings.secure)
    errors.init_app(app)

    _register_features(app, settings)
    permissions.init_app(app)

    @app.context_processor
    def _for_every_page() -> dict[str, object]:
        return {"course": content.current_course(), "settings": settings, "learner": current.learner_or_none()}

    app.jinja_env.filters["dateformat"] = lambda value: format_date(value, "d MMMM yyyy")
    return app


def _register_features(app: Flask, settings: Settings) -> None:
    from lrs_adapter.resources import create_lrs_app
    from tracker.admin import provider_views as admin_providers
    from tracker.admin import views as admin
    from tracker.audit import views as audit
    from tracker.audit import wording as log_wording
    from tracker.auth import account_views as account
    from tracker.auth import demo_mail
    from tracker.auth import passkey_views as passkeys
    from tracker.auth import provider_views as provider
    from tracker.auth import second_step_views as second_step
    from tracker.auth import views as auth
    from tracker.certificates import views as certificates
    from tracker.groups import attendance_views as groups_attendance
    from tracker.groups import claim_views as groups_claim
    from tracker.groups import closing_views as groups_closing
    from tracker.groups import courses_views as groups_courses
    from tracker.groups import joining_views as groups_joining
    from tracker.groups import meeting_views as groups_meeting
    from tracker.groups import members_views as groups_members
    from tracker.groups import missed_views as groups_missed
    from tracker.groups import papers_views as groups_papers
    from tracker.groups import phone_views as groups_phone
    from tracker.groups import print_views as groups_print
    from tracker.groups import rehearsal_views as groups_rehearsal
    from tracker.groups import screen_views as groups_screen
    from tracker.groups import slips_views as groups_slips
    from tracker.groups import views as groups
    from tracker.groups.live import LiveApp
    from tracker.launch import admin_views as launch_admin
    from tracker.launch import api_views as launch_api
    from tracker.launch import views as launch
    from tracker.launch.current import place_of_settings
    from tracker.launch.gate import Gate
    from tracker.learners import views as learners
    from tracker.learning import current as desks
    from tracker.learning import views as learning
    from tracker.learning.desk import Recorder
    from tracker.lrs_admin import credential_views as lrs_credentials
    from tracker.lrs_admin import views as lrs_admin
    from tracker.packages import views as packages
    from tracker.packages.house import house_of
    from tracker.pages import display
    from tracker.pages import guide_views as guide
    from tracker.pages import views as pages
    from tracker.people import import_views as imports
    from tracker.people import views as people
    from tracker.privacy import admin_views as privacy_admin
    from tracker.privacy import extract_views as privacy_extract
    from tracker.privacy import views as privacy
    from tracker.privacy.log_words import VOCABULARY
    from tracker.progress.projection import projection_of
    from tracker.reports import api_views as reports_api
    from tracker.reports import views as reports
    from tracker.upkeep import views as upkeep

    current.init_app(app)
    log_wording.init_app(app, VOCABULARY)
    display.init_app(app)
    packages.init_app(app, house_of(TEMPLATES, settings.course))
    for feature in (
        pages,
        guide,
        learning,
        auth,
        account,
        second_step,
        passkeys,
        provider,
        demo_mail,
        learners,
        certificates,
        groups,
        groups_members,
        groups_joining,
        groups_meeting,
        groups_screen,
        groups_phone,
        groups_papers,
        groups_closing,
        groups_attendance,
        groups_claim,
        groups_missed,
        groups_print,
        groups_slips,
        groups_rehearsal,
        groups_courses,
        reports,
        reports_api,
        admin,
        admin_providers,
        lrs_admin,
        lrs_credentials,
        people,
        imports,
        upkeep,
        audit,
        privacy,
        privacy_admin,
        privacy_extract,
        packages,
        launch,
        launch_admin,
        launch_api,
        serving,
    ):
        app.register_blueprint(feature.bp)
    app.register_blueprint(provider.callback_bp)
    # They take no cookie, so there is nothing that a page elsewhere could make a browser do.
    csrf.exempt(launch_api.bp)
    csrf.exempt(reports_api.bp)
    csrf.exempt(serving.bp)

    taught = content.course_of(app)
    on_stored = projection_of(taught.info.iri)
    desks.init_app(app, Recorder(taught, settings.base_url, on_stored))
    # Beside the pages and not among them: it has its own credentials, and needs nothing that is done for each page.
    # No Statement that comes in by it gives progress (``projection``), so none of them has to be looked at for it.
    lrs, lrs_of_sessions = (
        create_lrs_app(
            db.engine_of(app),
            limits=settings.lrs_limits,
            headers=security.headers(secure=settings.secure),
            going_to_write=db.going_to_write,
            too_often=too_often(settings.lrs_rate) if settings.lrs_rate is not None else None,
            observe=operations.counters_of(app).count,
            sessions=Gate(place_of_settings(settings)),
            challenge=challenge,
        )
        for challenge in (True, False)
    )
    live = LiveApp(db.engine_of(app), settings.secret_key, security.headers(secure=settings.secure))
    mounts: dict[str, Any] = {"/xapi": lrs, "/xapi/cmi5": lrs_of_sessions, "/live": live}
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounts)  # type: ignore[method-assign]
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
