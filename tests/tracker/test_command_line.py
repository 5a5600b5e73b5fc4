"""What a person at a terminal is told when a command cannot do what it was asked."""

import socket
from pathlib import Path

import pytest

from tests.tracker.servers import run_samverkan


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("nonsense", "No such command 'nonsense'. (samverkan --help)"),
        ("lrs credential create x --scope nonsense", "'nonsense' is not one of 'all', "),
        ("lrs credential create", "Missing argument 'NAME'. (samverkan lrs credential create --help)"),
        ("serve --port 99999", "99999 is not in the range 1<=x<=65535"),
        ("course check no-such-folder", "'no-such-folder' does not exist"),
        ("api token create x", "Missing option '--scope'. Choose from: courses, reports"),
    ],
)
def test_wrong_words_are_told_in_one_line(arguments: str, told: str, tmp_path: Path) -> None:
    ended = run_samverkan(tmp_path, *arguments.split())

    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith("samverkan: ")
    assert told in line


def test_without_a_command_they_are_listed(tmp_path: Path) -> None:
    ended = run_samverkan(tmp_path)

    assert ended.returncode == 2
    assert "\n  serve " in ended.stderr


def test_a_port_that_another_program_has_is_told_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_samverkan(tmp_path, "serve", "--demo", "--port", str(port))

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"samverkan: cannot serve on 127.0.0.1, port {port}: Address already in use. Another port: --port, or PORT=…"
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_is_none_and_a_database_that_is_none_are_told_in_one_line(tmp_path: Path) -> None:
    for arguments, settings in (
        (("serve", "--host", "no.such.host.invalid"), {}),
        (("db", "upgrade"), {"database_url": f"sqlite:///{__file__}"}),
        (("db", "upgrade"), {"database_url": f"sqlite:///{tmp_path}/nowhere/x.sqlite"}),
    ):
        ended = run_samverkan(tmp_path, *arguments, **settings)

        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1, ended.stderr


def test_an_administrator_is_made_of_an_address_that_mail_reaches(tmp_path: Path) -> None:
    assert run_samverkan(tmp_path, "db", "upgrade").returncode == 0
    for address in ("chef", "åsa@region.example"):
        ended = run_samverkan(tmp_path, "user", "create-admin", address)
        assert ended.returncode == 1
        [line] = ended.stderr.splitlines()
        assert f'"{address}" is not an e-mail address' in line

    made = run_samverkan(tmp_path, "user", "create-admin", "Chef@Region.example")
    assert (made.returncode, made.stdout) == (0, "chef@region.example is an administrator.\n")
