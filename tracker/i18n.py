"""Languages. The language of a page is the first part of its address, ``/sv/…`` or ``/en/…``."""

from flask import Flask, current_app, g, redirect, request, url_for
from flask_babel import Babel, get_locale, gettext, lazy_gettext, ngettext
from werkzeug import Response

from course.schema import Language

__all__ = ["LANGUAGES", "PREFIX", "_", "_l", "_n", "current_language", "in_language", "init_app"]

LANGUAGES: tuple[Language, ...] = ("sv", "en")
PREFIX = "/<any(sv, en):language>"


def _(text: str, **values: object) -> str:
    """The text in the language of the page."""
    translated: str = gettext(text, **values)
    return translated


def _n(one: str, many: str, num: int, **values: object) -> str:
    """The text for one or for many. ``%(num)s`` stands for the number."""
    translated: str = ngettext(one, many, num, **values)
    return translated


def _l(text: str, **values: object) -> str:
    """The same as ``_``, but looked up when it is shown: for labels of forms, which exist before any page."""
    translated: str = lazy_gettext(text, **values)
    return translated


def current_language() -> Language:
    return "en" if str(get_locale()) == "en" else "sv"


def _chosen() -> str:
    language = getattr(g, "language", None)
    if language is None:
        language = request.accept_languages.best_match(LANGUAGES)
    return language if language in LANGUAGES else "sv"


def in_language(language: str) -> str:
    """The address of this very page in another language, with the same filters."""
    if request.endpoint is None or not current_app.url_map.is_endpoint_expecting(request.endpoint, "language"):
        return url_for("pages.start", language=language)
    # What anybody may write behind the question mark is no argument of ``url_for``, and names no other page.
    asked = {
        name: values
        for name, values in request.args.to_dict(flat=False).items()
        if not name.startswith("_") and name != "endpoint"
    }
    return url_for(request.endpoint, **{**asked, **(request.view_args or {}), "language": language})


def init_app(app: Flask) -> None:
    Babel(app, locale_selector=_chosen, default_locale="sv", default_timezone="Europe/Stockholm")

    @app.url_value_preprocessor
    def _take_language(endpoint: str | None, values: dict[str, object] | None) -> None:
        # Views do not need it as an argument: everything asks current_language().
        if values and "language" in values:
            g.language = values.pop("language")

    @app.url_defaults
    def _keep_language(endpoint: str, values: dict[str, object]) -> None:
        if "language" not in values and app.url_map.is_endpoint_expecting(endpoint, "language"):
            values["language"] = getattr(g, "language", None) or _chosen()

    @app.before_request
    def _language_first() -> Response | None:
        """``/lessons/3-3`` without a language leads to the page in the visitor's own."""
        if request.routing_exception is None or request.method != "GET":
            return None
        first = request.path.split("/", 2)[1]
        if first in LANGUAGES or first in {"static", "xapi", "api"}:
            return None
        adapter = app.create_url_adapter(request)
        path = f"/{_chosen()}{request.path}"
        if adapter is None or not adapter.test(path, "GET"):
            return None
        query = request.query_string.decode()
        return redirect(f"{path}?{query}" if query else path)

    app.jinja_env.globals.update(current_language=current_language, in_language=in_language, languages=LANGUAGES)
