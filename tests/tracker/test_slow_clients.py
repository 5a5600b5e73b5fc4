"""Clients that stop in the middle of what they send."""

import socket
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tests.tracker.servers import free_port, run_samverkan, running

IMPATIENT = """
import logging
from tracker.commands import server

logging.getLogger("gunicorn.error").addHandler(logging.FileHandler("{log}"))
server.SILENCE_SECONDS = 1
server.serve()
"""
BEGUN = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 1000\r\n\r\ne"
)


def test_who_falls_silent_holds_up_nobody(tmp_path: Path) -> None:
    assert run_samverkan(tmp_path, "db", "upgrade").returncode == 0
    log, port = tmp_path / "server.log", free_port()
    program = ("-c", IMPATIENT.format(log=log))
    with ExitStack() as stack:
        address = stack.enter_context(running(tmp_path, port, "--workers", "1", "--threads", "2", program=program))
        for text in (BEGUN.format(path="/sv/sign-in"), BEGUN.format(path="/xapi/statements"), "GET /sv/ HT"):
            silent = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(4)]
            for one in silent:
                one.sendall(text.encode())
            # With an address that is as long as what a launched part asks the LRS for.
            with urllib.request.urlopen(f"{address}/sv/?long={'x' * 7000}", timeout=30) as answer:
                assert answer.status == 200
            for one in silent:
                assert one.recv(12) in (b"", b"HTTP/1.1 400", b"HTTP/1.1 408")

    assert log.read_text() == "", "anybody could fill the log"
