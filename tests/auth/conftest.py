"""A provider for the whole session, in a process of its own, and what a test does with it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

import pytest
import requests
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.auth.oidc_provider import CLIENT, SECRET
from tests.conftest import NOW, Visitor
from tests.tracker.servers import free_port
from tracker.config import Settings
from tracker.learners.models import Organisation
from tracker.providers.client import forget
from tracker.providers.keeping import encrypt
from tracker.providers.models import Admits, IdentityProvider, ProviderDomain

_browser = requests.Session()
_browser.trust_env = False


class Provider:
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def behave(self, **how: Any) -> None:
        """From now on, instead of how it behaved before: ``behave(claims={"email": None}, sign="none")``."""
        request = Request(f"{self.issuer}/behave", data=json.dumps(how).encode())
        build_opener().open(request).read()

    def asked(self) -> list[str]:
        """The paths that it has been asked for since it was last told how to behave."""
        found: list[str] = requests.get(f"{self.issuer}/asked", timeout=30).json()["asked"]
        return found

    def follow(self, address: str) -> str:
        """What a browser does that is sent there: the path that it comes back with."""
        answer = _browser.get(address, allow_redirects=False, timeout=30)
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="session")
def _provider() -> Iterator[Provider]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("oidc_provider.py")), str(port)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield Provider(f"http://127.0.0.1:{port}")
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture
def provider(_provider: Provider) -> Provider:
    """That behaves, whatever the test before told it."""
    _provider.behave()
    forget(_provider.issuer)
    return _provider


@pytest.fixture
def add_provider(
    db: Session, provider: Provider, municipality: Organisation, settings: Settings
) -> Callable[..., IdentityProvider]:
    """One of ours, as an administrator has added it, with some things changed."""

    def add(**changed: Any) -> IdentityProvider:
        columns = {
            "name": "Älvbro kommun",
            "issuer": provider.issuer,
            "client_id": CLIENT,
            "secret": encrypt(SECRET, settings.secret_key),
            "organisation_id": municipality.id,
            "scopes": "openid email",
            "admits": Admits.EVERYBODY,
            "vouches": False,
            "role_claim": None,
            "role_values": {},
            "may_administer": False,
            "assurance": {},
            "is_open": True,
            "created_at": NOW,
            **changed,
        }
        one = IdentityProvider(**columns, domains=[ProviderDomain(domain="alvbro.example")])
        db.add(one)
        db.commit()
        return one

    return add


@pytest.fixture
def come_in(provider: Provider) -> Callable[..., TestResponse]:
    """All the way: out to the provider and back."""

    def come(visitor: Visitor, one: IdentityProvider, **query: Any) -> TestResponse:
        out = visitor.get(f"/sv/sign-in/with/{one.id}", query_string=query)
        assert out.status_code == 302, out.text
        return visitor.get(provider.follow(out.location))

    return come
