"""Headers of every page: nothing from another host, no inline script or style, no framing."""

from flask import Flask, Response, request

from tracker.permissions import Role, allowed_roles

__all__ = ["cookie_name", "headers", "init_app"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def headers(*, secure: bool) -> dict[str, str]:
    """For every answer that does not say otherwise itself."""
    every = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return every | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if secure else {})


def cookie_name(name: str, *, secure: bool) -> str:
    """With https one that a browser takes from this very host only: no other name under the same domain, such as the
    one where packages run, can plant a session here.
    """
    return f"__Host-{name}" if secure else name


def _is_of_an_account(app: Flask) -> bool:
    roles = allowed_roles(app.view_functions[request.endpoint]) if request.endpoint else frozenset()
    return bool(roles) and not roles & {Role.ANYONE, Role.LEARNER}


def init_app(app: Flask, *, secure: bool) -> None:
    every = headers(secure=secure)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in every.items():
            response.headers.setdefault(name, value)
        if _is_of_an_account(app):
            # Nobody who sits down at the same computer afterwards finds it by going back.
            response.headers.setdefault("Cache-Control", "no-store")
        elif response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "no-store" if request.method != "GET" else "private, no-cache")
        return response
