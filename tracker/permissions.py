"""Who may do what. Every view says it with ``@allow``; a view that says nothing is refused."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug import Response

__all__ = ["Role", "allow", "allowed_roles", "init_app", "second_step_first", "with_what_follows"]

View = TypeVar("View", bound=Callable[..., object])


class Role(StrEnum):
    ANYONE = "anyone"
    """No sign-in is needed."""
    LEARNER = "learner"
    """Somebody who has begun the course, as a guest too."""
    ACCOUNT = "account"
    """Somebody with an e-mail address, who is no longer a guest."""
    MACHINE = "machine"
    """The view checks its own credentials (API, monitoring)."""
    REPORT_READER = "report-reader"
    """Reports and nothing else: of everything, or of one organisation and those under it."""
    ORGANISATION_ADMINISTRATOR = "organisation-administrator"
    """People, organisations and reports of one organisation and those under it."""
    ADMINISTRATOR = "administrator"


# What else somebody with a role may do. Which groups somebody leads, and which organisations somebody may see
# (``tracker.learners.scope``), is asked about each group and each organisation, not about the page.
MAY_TOO: Mapping[Role, frozenset[Role]] = {
    Role.ACCOUNT: frozenset({Role.LEARNER}),
    Role.REPORT_READER: frozenset({Role.LEARNER, Role.ACCOUNT}),
    Role.ORGANISATION_ADMINISTRATOR: frozenset({Role.LEARNER, Role.ACCOUNT, Role.REPORT_READER}),
    Role.ADMINISTRATOR: frozenset({Role.LEARNER, Role.ACCOUNT, Role.REPORT_READER, Role.ORGANISATION_ADMINISTRATOR}),
}


def with_what_follows(role: Role) -> frozenset[Role]:
    return MAY_TOO.get(role, frozenset()) | {role}


def allow(*roles: Role) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]  # a mark on the function, read below
        return view

    return mark


def allowed_roles(view: Callable[..., object]) -> frozenset[Role]:
    return getattr(view, "allowed_roles", frozenset())


def _may(endpoint: str) -> bool:
    """Whether the one who looks at this page may see another one: no link leads to a closed door."""
    roles = allowed_roles(current_app.view_functions[endpoint])
    return Role.ANYONE in roles or bool(current_user.is_authenticated and roles & current_user.roles)


def _second_step(roles: frozenset[Role]) -> Response | None:
    """Pages that are open by a role of trust alone ask for the second factor."""
    return None if roles & with_what_follows(Role.ACCOUNT) else second_step_first()


def second_step_first() -> Response | None:
    """Where somebody who needs a second step and has not shown it goes first; a demonstration's own people need none.

    Also for what anybody does with the own account, where it would be a way round the second step.
    """
    if not current_user.needs_second_step or current_user.showed_second_step:
        return None
    if current_app.extensions["samverkan.settings"].demo and current_user.is_demo:
        return None
    # What was typed in a form that is sent without it is lost, which is why it holds for half a day.
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("second_step.ask", next=back))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["may"] = _may

    @app.before_request
    def _who_may() -> Response | None:
        if request.endpoint is None:
            return None
        roles = allowed_roles(current_app.view_functions[request.endpoint])
        if roles & {Role.ANYONE, Role.MACHINE}:
            return None
        has = current_user.roles if current_user.is_authenticated else frozenset()
        if roles & has:
            return _second_step(roles)
        if request.method == "GET" and (not has or Role.ACCOUNT in roles):
            return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
        abort(403)
        return None
