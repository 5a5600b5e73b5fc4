"""``samverkan serve``, ``db`` and ``demo``."""

import gc
import os
import socket
import struct
from dataclasses import replace
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from tracker import delivery, operations
from tracker.admin.provider_services import DomainTaken, ensure_provider
from tracker.app import create_app
from tracker.clock import now
from tracker.commands.base import CommandFailed, application, settings_here
from tracker.config import Settings
from tracker.db import db as database
from tracker.demo import load_demo, sign_ins
from tracker.groups import upkeep as groups_upkeep
from tracker.launch import upkeep
from tracker.migrations import upgrade
from tracker.privacy import upkeep as privacy
from tracker.reports import upkeep as reports
from tracker.warming import warm

_FIRST, _SECOND = "127.0.0.1", "127.0.0.2"
SILENCE_SECONDS = 15
"""So long a thread waits for the rest of a request."""
STALLED_SECONDS = 60
"""And so long for a client that takes no more of an answer, with whatever the answer holds in the database."""

__all__ = ["Server", "db", "demo", "serve", "server_options"]


def server_options(host: str, port: int, *, workers: int, threads: int) -> dict[str, Any]:
    """What gunicorn is told, whatever it serves."""
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "preload_app": True,
        "loglevel": "warning",
        "timeout": 60,
        "keepalive": 20,
        "control_socket_disable": True,
        # With what a launch adds to the address of an AU, and what an AU asks the LRS for, 4,094 can be too short.
        "limit_request_line": 8190,
    }


class Server(BaseApplication):
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, envvar="PORT", show_default=True, show_envvar=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True)
@click.option(
    "--demo", "with_demo", is_flag=True, help="Bring the database up to date and load the demonstration first."
)
def serve(host: str, port: int, workers: int, threads: int, with_demo: bool) -> None:
    """Serve the course."""
    if why := _why_taken(host, port):
        raise CommandFailed(f"cannot serve on {host}, port {port}: {why}. Another port: --port, or PORT=…")
    os.environ["PORT"] = str(port)
    gc.disable()  # nearly all that is made before the server runs stays
    if with_demo:
        os.environ.setdefault("SAMVERKAN_DEMO", "1")
    settings = _with_second_address(settings_here(), host, port)
    if with_demo:
        upgrade(settings.database_url)
    operations.count_across_workers()
    app = create_app(settings)
    if with_demo:
        with app.app_context():
            load_demo(database.session, app, many=True)
            database.session.commit()
        reports.publish_if_due(app)
    delivery.ensure_configured(app)
    _ensure_sign_in(app, settings)

    # With it the parent closes its connections, so that the workers inherit none.
    warm(app)
    # Nearly all that is here by now stays as long as the server does, so no worker's collector needs to go through it.
    # Collecting first would take longer than the little that it frees is worth.
    gc.freeze()
    gc.enable()

    def begin_work(_worker: object) -> None:
        delivery.start_thread(app)
        upkeep.start_thread(app)
        groups_upkeep.start_thread(app)
        reports.start_thread(app)
        privacy.start_thread(app)

    def ready(server: Arbiter) -> None:
        _hang_up_on_silence(server)
        click.echo(f"\nSamverkan  {settings.base_url}/sv/   (English: {settings.base_url}/en/)")
        for line in sign_ins(settings) if with_demo else []:
            click.echo(line)
        click.echo("Stop with Ctrl+C.\n")

    options = server_options(host, port, workers=workers, threads=threads)
    if settings.content_url == f"http://{_SECOND}:{port}":
        options["bind"] = [options["bind"], f"{_SECOND}:{port}"]
    Server(app, options | {"post_worker_init": begin_work, "when_ready": ready}).run()


def _why_taken(host: str, port: int) -> str | None:
    """Asked before anything else is done: gunicorn itself tries for five seconds and says so in ten lines."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror
    except UnicodeError:
        return "that is no host name"
    return None


def _hang_up_on_silence(server: Arbiter) -> None:
    """Or as many clients as there are threads, who stop in the middle of what they send or get, would hold up all.

    gunicorn itself waits for ever. Each connection takes this over from the socket that it comes in by. It is no fault
    of the server's, and who wanted to could fill the log with the tracebacks that gunicorn writes of it.
    """
    server.log.error_log.addFilter(lambda one: not (one.exc_info and isinstance(one.exc_info[1], BlockingIOError)))
    for listener in server.LISTENERS:
        for option, seconds in ((socket.SO_RCVTIMEO, SILENCE_SECONDS), (socket.SO_SNDTIMEO, STALLED_SECONDS)):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))


def _with_second_address(settings: Settings, host: str, port: int) -> Settings:
    """On one's own machine, courses made by others get an address of their own without anybody setting it up."""
    if settings.content_url is not None or (host, settings.base_url) != (_FIRST, f"http://{_FIRST}:{port}"):
        return settings
    if _why_taken(_SECOND, port):  # not on every system is it an address of this machine
        return settings
    return replace(settings, content_url=f"http://{_SECOND}:{port}")


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the tables up to date. Safe to run again."""
    upgrade(settings_here().database_url)
    click.echo("The database is up to date.")


@click.command()
def demo() -> None:
    """Load a small demonstration: made-up people, clearly marked. Safe to run again."""
    with application() as (app, session):
        load_demo(session, app, many=True)
        session.commit()
        reports.publish_if_due(app)
        settings = app.extensions["samverkan.settings"]
        if not settings.demo:
            click.echo("These people can sign in once the site is started with: samverkan serve --demo")
        for line in sign_ins(settings):
            click.echo(line)


def _ensure_sign_in(app: Flask, settings: Settings) -> None:
    """The organisation's own sign-in of the settings is among the others."""
    if settings.oidc is None:
        return
    with app.app_context():
        try:
            ensure_provider(database.session, settings.oidc, secret_key=settings.secret_key, now=now())
        except DomainTaken as error:
            raise click.ClickException(f"SAMVERKAN_OIDC_DOMAINS: {error.domain} belongs to another sign-in") from error
        database.session.commit()
