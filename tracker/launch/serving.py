"""The files of packages, and the address where an AU fetches its token.

A package's JavaScript is a stranger's. With a host name of its own it is another origin for the browser, where no
cookie of ours ever is. With one host name every file comes in a sandbox that has no origin at all: it can't read our
pages, our cookies or anything stored, and what it asks of us carries no sign-in.
"""

import mimetypes
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Flask, Response, jsonify, request, send_file
from werkzeug.exceptions import NotFound

from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.launch import package
from tracker.launch.current import current_place, current_shelf
from tracker.launch.launching import FetchRefused, fetch_token
from tracker.learners.current import learner_or_none
from tracker.permissions import Role, allow

__all__ = ["bp", "init_app"]

bp = Blueprint("launch_content", __name__)

SANDBOX: Final = (
    "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads "
    "allow-pointer-lock allow-presentation"
)
# What the system's own list may lack or tell otherwise; a browser runs a script only under the right name.
_TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".json": "application/json",
    ".map": "application/json",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}
_UPLOADS: Final = ("launch_admin.add", "launch_admin.replace")
_ANYBODY: Final = {"Access-Control-Allow-Origin": "*"}


@bp.get("/content/<uuid:folder>/<path:name>")
@allow(Role.ANYONE)
def file(folder: UUID, name: str) -> Response:
    """A file of a package. Its address holds a number that nobody can guess."""
    found = package.find_file(current_shelf().root, folder, name)
    if found is None or not found.is_file():
        return _headed(Response("There is no such file in the package.\n", 404, mimetype="text/plain"))
    response = send_file(found, mimetype=_type_of(name), conditional=True, etag=True)
    if close := getattr(response.response, "close", None):
        response.call_on_close(close)  # compressing puts a stream of its own before the file, and leaves it open
    # Without a character set: the file itself says it, or the page that it belongs to.
    response.headers["Content-Type"] = _type_of(name)
    response.headers["Cache-Control"] = "private, max-age=86400"
    return _headed(response)


@bp.route("/launch/fetch/<secret>", methods=["POST", "OPTIONS"], provide_automatic_options=False)
@allow(Role.ANYONE)
def fetch(secret: str) -> Response:
    """cmi5 8.2. Always 200 with JSON, also for an error."""
    if request.method == "OPTIONS":
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization, X-Experience-API-Version"
        response.headers["Access-Control-Max-Age"] = "86400"
    else:
        try:
            response = jsonify({"auth-token": fetch_token(db.session, secret, place=current_place(), now=now())})
            db.session.commit()
        except FetchRefused as error:
            db.session.rollback()
            response = jsonify({"error-code": error.code, "error-text": str(error)})
    response.headers["Cache-Control"] = "no-store"
    # Some AUs ask with credentials, which a browser lets through only for an origin by name. None play any part here.
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Vary"] = "Origin"
    return response


def _type_of(name: str) -> str:
    ending = "." + name.rpartition(".")[2].lower()
    return _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _headed(response: Response) -> Response:
    """Modules, fonts and JSON of a page without an origin come from elsewhere, even from beside it: hence for all."""
    response.headers.update(_ANYBODY)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Permissions-Policy"] = "geolocation=()"
    is_apart = current_place().content_url != current_place().base_url
    response.headers["Content-Security-Policy"] = "object-src *" if is_apart else SANDBOX
    return response


def init_app(app: Flask, settings: Settings) -> None:
    """Called before anything that looks at a request: on the other host name there is nothing but packages."""

    @app.before_request
    def _administrators_send_much() -> None:
        learner = learner_or_none() if request.endpoint in _UPLOADS and request.method == "POST" else None
        if learner is not None and learner.is_administrator:
            request.max_content_length = settings.package_size + 1_000_000

    if settings.content_url is None:
        return
    apart = urlsplit(settings.content_url).netloc

    @app.before_request
    def _each_on_its_own_host() -> Response | None:
        is_package = request.endpoint == "launch_content.file"
        if (request.host == apart) is not is_package:
            if request.host != apart:
                raise NotFound
            # No page of ours, not even one that says so: it could set a cookie here.
            return Response("There is nothing here.\n", 404, mimetype="text/plain")
        return None
