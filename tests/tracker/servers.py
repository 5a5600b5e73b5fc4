"""Real servers in processes of their own."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from click.testing import CliRunner

from tracker.cli import samverkan
from tracker.config import Settings

__all__ = ["free_port", "run_here", "run_samverkan", "running", "serving"]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def run_samverkan(instance: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "tracker", *arguments],
        env=_environment(instance, settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_here(settings: Settings, *arguments: str) -> str:
    """A command in this process, with these settings: what it says. Starting one of its own takes two seconds."""
    environ: dict[str, str | None] = {name: None for name in os.environ if name.startswith("SAMVERKAN_")}
    environ |= {
        "SAMVERKAN_DATABASE_URL": settings.database_url,
        "SAMVERKAN_INSTANCE": str(settings.instance),
        "SAMVERKAN_SECRET_KEY": settings.secret_key,
        "SAMVERKAN_BASE_URL": settings.base_url,
    }
    result = CliRunner(env=environ).invoke(samverkan, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


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
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAMVERKAN_")}
    environment.pop("PORT", None)
    environment.update({"SAMVERKAN_INSTANCE": str(instance), "PYTHONUNBUFFERED": "1"})
    environment.update({f"SAMVERKAN_{name.upper()}": value for name, value in settings.items()})
    return environment
