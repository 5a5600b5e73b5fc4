"""What whoever runs the server asks it: is it alive, is it ready, how is it doing.

Requests are counted by each worker process in files that all of them can read; everything else is read from the
database when it is asked for, so it is the same whichever worker answers.
"""

import atexit
import hmac
import ipaddress
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lrs_adapter.models import DestinationRow, OutboxRow
from tracker import migrations
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.permissions import Role, allow

__all__ = ["bp", "count_across_workers", "counters_of", "init_app", "what_is_wrong_with_the_tables"]

bp = Blueprint("operations", __name__)

log = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")

Figures = Callable[[Session], Mapping[str, int]]


def count_across_workers() -> None:
    """Let all worker processes of this server count together. Called before the application is made.

    An operator who starts gunicorn directly gives ``PROMETHEUS_MULTIPROC_DIR``, an empty folder, instead.
    """
    if os.environ.get(FOLDER):
        return
    folder = tempfile.mkdtemp(prefix="samverkan-metrics-")
    os.environ[FOLDER] = folder
    owner = os.getpid()

    def remove() -> None:
        # Workers inherit this by the fork; only the process that made the folder may take it away.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)


@bp.get("/healthz")
@allow(Role.ANYONE)
def healthz() -> Response:
    return _uncached(jsonify(status="alive"))


@bp.get("/readyz")
@allow(Role.ANYONE)
def readyz() -> tuple[Response, int]:
    """200 when pages can be served: the database answers, and its tables are the ones that this program knows."""
    fault = what_is_wrong_with_the_tables()
    status = "ready" if fault is None else "not ready"
    return _uncached(
        jsonify(status=status, **({} if fault is None else {"reason": fault}))
    ), 200 if fault is None else 503


def what_is_wrong_with_the_tables() -> str | None:
    """None: the database answers, and its tables are the ones that this program knows."""
    try:
        found = migrations.revisions_of(db.session.connection())
    except SQLAlchemyError as error:
        log.warning("Not ready: the database does not answer: %s", error)
        return "the database does not answer"
    if found == migrations.newest():
        return None
    return f"the tables are at revision {_revisions(found)}, the program needs {_revisions(migrations.newest())}"


def _revisions(revisions: frozenset[str]) -> str:
    return ", ".join(sorted(revisions)) or "none"


@bp.get("/metrics")
@allow(Role.MACHINE)
def metrics() -> Response:
    if not _may_read():
        refused = Response(
            "Not for you. Give the token of SAMVERKAN_METRICS_TOKEN as a bearer.\n", 401, mimetype="text/plain"
        )
        refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    counters = counters_of(current_app)
    return _uncached(Response(counters.text(), content_type=counters.content_type))


def _may_read() -> bool:
    settings: Settings = current_app.extensions["samverkan.settings"]
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if settings.metrics_token is not None and kind.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), settings.metrics_token.encode())
    # Behind a proxy on this machine the whole world comes from this machine.
    return _is_loopback(request.remote_addr) and not any(name in request.headers for name in FORWARDED)


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


class Counters:
    def __init__(self, figures: Figures) -> None:
        # Imported here: the library decides when it is imported whether processes count together.
        import prometheus_client
        from prometheus_client import multiprocess
        from prometheus_client.core import GaugeMetricFamily

        self._library = prometheus_client
        self._gauges = GaugeMetricFamily
        self._figures = figures
        self.content_type = prometheus_client.CONTENT_TYPE_LATEST
        self._registry = prometheus_client.CollectorRegistry()
        together = bool(os.environ.get(FOLDER))
        if together:
            multiprocess.MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
        registry = None if together else self._registry
        self.requests = prometheus_client.Counter(
            "samverkan_http_requests", "Requests answered.", ("endpoint", "method", "status"), registry=registry
        )
        self.seconds = prometheus_client.Histogram(
            "samverkan_http_request_seconds",
            "Time from a request to its answer.",
            ("endpoint",),
            registry=registry,
            buckets=SECONDS,
        )

    def count(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        self.requests.labels(endpoint, method if method in METHODS else "other", str(status)).inc()
        self.seconds.labels(endpoint).observe(seconds)

    def text(self) -> bytes:
        read = self._library.CollectorRegistry()
        read.register(self)
        return self._library.generate_latest(self._registry) + self._library.generate_latest(read)

    def collect(self) -> list[Any]:
        """What the database knows, in the shape that the library asks its collectors for."""
        try:
            gauges = [*self._of_outbox(db.session, now()), *self._of_figures(db.session)]
        except SQLAlchemyError as error:
            log.warning("Metrics without the figures of the database: %s", error)
            gauges = []
        return [self._gauge("database_up", "1 when the database answers.", 1 if gauges else 0), *gauges]

    def _of_figures(self, session: Session) -> list[Any]:
        return [
            self._gauge(name, f"{name.replace('_', ' ').capitalize()} in the database.", value)
            for name, value in self._figures(session).items()
        ]

    def _of_outbox(self, session: Session, at: datetime) -> list[Any]:
        gauge, labels = self._gauges, ("id", "name")
        waiting = gauge("samverkan_outbox_waiting", "Statements that an outside LRS has still to get.", labels=labels)
        refused = gauge("samverkan_outbox_refused", "Statements that an outside LRS refused.", labels=labels)
        oldest = gauge("samverkan_outbox_oldest_seconds", "How long the oldest of them has waited.", labels=labels)
        has_refused = OutboxRow.refused.is_not(None)
        rows = session.execute(
            select(
                DestinationRow.id,
                DestinationRow.name,
                func.count(OutboxRow.seq).filter(~has_refused),
                func.count(OutboxRow.seq).filter(has_refused),
                func.min(OutboxRow.queued).filter(~has_refused),
            )
            .outerjoin(OutboxRow, OutboxRow.destination_id == DestinationRow.id)
            .group_by(DestinationRow.id, DestinationRow.name)
        )
        for number, name, waits, refusals, since in rows:
            which = (str(number), name)
            waiting.add_metric(which, waits)
            refused.add_metric(which, refusals)
            oldest.add_metric(which, _age(since, at))
        return [waiting, refused, oldest]

    def _gauge(self, name: str, help_: str, value: float) -> Any:
        return self._gauges(f"samverkan_{name}", help_, value=value)


def _age(since: datetime | None, at: datetime) -> float:
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())


def counters_of(app: Flask) -> Counters:
    counters: Counters = app.extensions["samverkan.counters"]
    return counters


def init_app(app: Flask, *, figures: Figures) -> None:
    """Called first of all, so that the whole request is timed.

    ``figures``: name and number of what the features want shown, read from the database.
    """
    counters = app.extensions["samverkan.counters"] = Counters(figures)

    @app.before_request
    def _start() -> None:
        g.started = perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        seconds = perf_counter() - g.get("started", perf_counter())
        counters.count(request.endpoint or "none", request.method, response.status_code, seconds)
        return response

    app.register_blueprint(bp)
