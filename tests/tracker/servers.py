"""Real servers in processes of their own."""

import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from click.testing import CliRunner
from werkzeug.serving import WSGIRequestHandler, make_server

from tracker.cli import main
from tracker.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["free_port", "run_here", "run_samverkan", "running", "serving", "serving_here"]


class _Received(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return super().read(size)
        except ConnectionError:
            return b""


class _Handler(WSGIRequestHandler):
    """Werkzeug's reads what is left of a request before it closes the answer, and never closes it if that fails."""

    def setup(self) -> None:
        super().setup()
        self.rfile = _Received(self.rfile.detach())


@contextmanager
def serving_here(application: "WSGIApplication") -> Iterator[int]:
    """A server in threads of this process until the block ends. Gives its port."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def run_samverkan(instance: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end. In this process: starting one of its own takes two seconds."""
    status = 0
    ours = {name for name in os.environ if name.startswith("SAMVERKAN_") or name == "PORT"}
    environ = dict.fromkeys(ours) | _settings(instance, settings)
    with CliRunner(env=environ).isolation() as (out, err, _both):
        try:
            main(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        return subprocess.CompletedProcess(arguments, status, out.getvalue().decode(), err.getvalue().decode())


def run_here(settings: Settings, *arguments: str) -> str:
    """A command that succeeds, with these settings: what it says."""
    done = run_samverkan(
        settings.instance,
        *arguments,
        database_url=settings.database_url,
        secret_key=settings.secret_key,
        base_url=settings.base_url,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(
    instance: Path, port: int, *arguments: str, program: tuple[str, ...] = ("-m", "tracker", "serve"), **settings: str
) -> Iterator[str]:
    """``samverkan serve`` until the block ends. Gives the address, when it answers."""
    process = subprocess.Popen(
        [sys.executable, *program, "--port", str(port), *arguments],
        env=_environment(instance, settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        while "Stop with Ctrl" not in (said or [""])[-1]:
            line = process.stdout.readline()
            assert line, "the server did not start:\n" + "".join(said)
            said.append(line)
        # Read on, so that what it says never fills the pipe and holds it up.
        reader = threading.Thread(target=process.stdout.read)
        reader.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            reader.join(timeout=30)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def serving(port: int) -> psutil.Process:
    """The server itself, whose children are its workers. All of them hold the socket, and any may be named for it."""
    found = (one for one in psutil.net_connections("tcp") if one.status == "LISTEN" and one.laddr.port == port)
    process = psutil.Process(next(one.pid for one in found if one.pid is not None))
    return process if process.children() else process.parents()[0]


def _environment(instance: Path, settings: dict[str, str]) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("SAMVERKAN_") and name != "PORT"}
    return others | _settings(instance, settings) | {"PYTHONUNBUFFERED": "1"}


def _settings(instance: Path, settings: dict[str, str]) -> dict[str, str]:
    return {"SAMVERKAN_INSTANCE": str(instance)} | {f"SAMVERKAN_{name.upper()}": one for name, one in settings.items()}
