"""``samverkan api token``, and the address that a start on one's own machine gives to packages."""

import json
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.launch.conftest import ACTOR
from tests.launch.packages import one_au
from tests.tracker.servers import free_port, run_samverkan, running


def _ask(address: str, token: str, body: bytes | None = None, media_type: str = "application/json") -> dict[str, str]:
    request = Request(address, data=body, headers={"Authorization": f"Bearer {token}", "Content-Type": media_type})
    with urlopen(request, timeout=20) as answer:
        return dict(json.load(answer))


def test_a_token_is_made_listed_and_revoked(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    run_samverkan(instance, "db", "upgrade")

    made = json.loads(
        run_samverkan(instance, "api", "token", "create", "Portalen", "--scope", "courses", "--json").stdout
    )
    assert (made["name"], made["scopes"]) == ("Portalen", ["courses"])
    listed = run_samverkan(instance, "api", "token", "list").stdout
    assert "Portalen  courses  unused" in listed
    assert made["token"] not in listed

    run_samverkan(instance, "api", "token", "revoke", made["id"])
    assert "revoked" in run_samverkan(instance, "api", "token", "list").stdout
    assert "not shown again" in run_samverkan(instance, "api", "token", "create", "Annan", "--scope", "courses").stdout


def test_on_ones_own_machine_packages_have_an_address_of_their_own(tmp_path: Path) -> None:
    instance, port = tmp_path / "instance", free_port()
    run_samverkan(instance, "db", "upgrade")
    token = json.loads(run_samverkan(instance, "api", "token", "create", "x", "--scope", "courses", "--json").stdout)[
        "token"
    ]
    with running(instance, port) as url:
        course = _ask(f"{url}/api/v1/courses", token, one_au(), "application/zip")
        body = json.dumps({"actor": ACTOR}).encode()
        launched = _ask(f"{url}/api/v1/courses/{course['id']}/aus/0/launch", token, body)
        address = urlsplit(launched["launch_url"])
        if address.hostname == "127.0.0.1":
            pytest.skip("127.0.0.2 is no address of this machine")
        assert address.netloc == f"127.0.0.2:{port}"
        with urlopen(launched["launch_url"], timeout=20) as page:
            assert b"<title>Del</title>" in page.read()
