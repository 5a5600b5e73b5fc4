"""``samverkan lrs import`` from another LRS over HTTP: ours in a process of its own, and one that fails on purpose."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.conftest import NOW
from tests.lrs_admin.conftest import Read, Run
from tests.lrs_admin.making import as_lines, as_stored, make, source_with
from tests.tracker.servers import free_port, run_samverkan, running
from tracker.lrs_admin.remote import OtherLrs, SourceFailed


def test_all_of_another_lrs_comes_with_its_attachments(run: Run, stored: Read, tmp_path: Path) -> None:
    outside, port = tmp_path / "outside", free_port()
    assert run_samverkan(outside, "db", "upgrade").returncode == 0
    made = json.loads(run_samverkan(outside, "lrs", "credential", "create", "kursen", "--json").stdout)
    file = tmp_path / "there.jsonl"
    file.write_text(as_lines(*(make() for _ in range(1100))))
    assert run_samverkan(outside, "lrs", "import", str(file)).returncode == 0
    key = ["--key", made["key"]]
    with running(outside, port) as address:
        _post_with_attachment(f"{address}/xapi/statements", made)
        first = run(f"{address}/xapi", *key, import_secret=made["secret"])
        again = run(f"{address}/xapi/statements/", *key, "--secret", made["secret"], "--from-start")
        wrong = run(f"{address}/xapi", *key, "--secret", "wrong", "--from-start")

    assert (first.stdout, first.stderr) == ("1101 new, 0 already there.\n", "")
    assert again.stdout == "0 new, 1101 already there.\n"
    assert wrong.returncode == 1
    assert f"{address}/xapi/statements answers 401 " in wrong.stderr
    assert len(stored()) == 1101


def _post_with_attachment(address: str, made: dict[str, str]) -> None:
    sha2 = sha256(b"data").hexdigest()
    attachment = {
        "usageType": "https://other.example/usage",
        "display": {"en": "data"},
        "contentType": "text/plain",
        "length": 4,
        "sha2": sha2,
    }
    body = (
        f"--b\r\nContent-Type: application/json\r\n\r\n{json.dumps(make(attachments=[attachment]))}\r\n--b\r\n"
        f"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}\r\n\r\n"
        "data\r\n--b--\r\n"
    )
    request = Request(address, body.encode())
    request.add_header("Content-Type", "multipart/mixed; boundary=b")
    request.add_header("X-Experience-API-Version", "1.0.3")
    request.add_header("Authorization", "Basic " + b64encode(f"{made['key']}:{made['secret']}".encode()).decode())
    assert urlopen(request).status == 200


def test_reading_goes_on_where_it_stopped(run: Run, stored: Read) -> None:
    there = [as_stored(number) for number in range(0, 60, 2)]
    with source_with(*there) as source:
        source.answer = lambda number: 400 if number == 4 else 200
        arguments = [source.address, "--key", "k", "--secret", "s"]
        broken = run(*arguments)
        assert broken.returncode == 1
        assert "answers 400 Bad Request" in broken.stderr
        assert "(12 new, 0 already there; run it again to go on from there)" in broken.stderr

        source.answer = lambda _number: 200
        asked = len(source.asked)
        # The last that came is asked for once more: others may have been stored in the same moment.
        assert run(*arguments).stdout == "18 new, 1 already there.\n"
        assert "since=2026-10-01T00%3A21" in source.asked[asked]

        source.statements.append(as_stored(90))
        assert run(*arguments).stdout == "1 new, 1 already there.\n"
        assert run(*arguments, "--from-start").stdout == "0 new, 31 already there.\n"

    assert [one["id"] for one in stored()] == [one["id"] for one in source.statements]


def test_what_may_still_come_in_there_is_read_again(run: Run) -> None:
    with source_with(*(as_stored(number) for number in (10, 20, 30))) as source:
        source.consistent_through = "2026-10-01T00:15:00Z"
        arguments = [source.address, "--key", "k", "--secret", "s"]
        run(*arguments)
        source.statements.insert(1, as_stored(16))

        assert run(*arguments).stdout == "1 new, 2 already there.\n"


def test_one_that_gives_the_newest_first_is_read_from_the_start_when_it_was_broken_off(run: Run) -> None:
    with source_with(*(as_stored(number) for number in range(90, 0, -10))) as source:
        source.answer = lambda number: 400 if number == 2 else 200
        arguments = [source.address, "--key", "k", "--secret", "s"]
        assert run(*arguments).returncode == 1
        source.answer = lambda _number: 200

        assert run(*arguments).stdout == "3 new, 6 already there.\n"


def test_key_and_secret_go_to_no_other_server(run: Run) -> None:
    with source_with(*(as_stored(number) for number in range(4))) as source:
        source.more = "http://elsewhere.example/xapi/more/{}"
        done = run(source.address, "--key", "k", "--secret", "s")

    assert done.returncode == 1
    assert "the next page is on another server, http://elsewhere.example" in done.stderr


def test_a_passing_fault_is_tried_again() -> None:
    with source_with(as_stored(1), as_stored(2)) as source:
        source.answer = lambda number: 503 if number < 3 else 200
        pages = list(OtherLrs(source.address, "k", "s").pages(None, wait=0))
        assert [len(page.statements) for page in pages] == [2]

        source.answer = lambda _number: 503
        with pytest.raises(SourceFailed, match="answers 503"):
            list(OtherLrs(source.address, "k", "s").pages(None, wait=0))


def test_one_that_does_not_answer_is_told() -> None:
    with pytest.raises(SourceFailed, match=r"http://127.0.0.1:1/x/statements does not answer"):
        list(OtherLrs("http://127.0.0.1:1/x", "k", "s").pages(None, wait=0))


def test_filters_in_the_address_are_kept() -> None:
    with source_with(as_stored(1)) as source:
        list(OtherLrs(f"{source.address}/statements?verb=https://verbs.example/said", "k", "s").pages(NOW))

        (asked,) = source.asked
    assert asked.startswith("/xapi/statements?verb=https%3A%2F%2Fverbs.example%2Fsaid&ascending=true&")
    assert asked.endswith("&since=2027-02-04T17%3A30%3A00.000000Z")


@pytest.mark.parametrize("answer", [{}, {"statements": {}}, {"statements": [], "more": 1}])
def test_an_address_that_is_no_lrs_says_so(run: Run, answer: dict[str, Any]) -> None:
    with source_with() as source:
        source.page = lambda _path: answer  # type: ignore[method-assign]
        done = run(source.address, "--key", "k", "--secret", "s")

    assert done.returncode == 1
    assert "does not answer with Statements; is it the address of an LRS?" in done.stderr
