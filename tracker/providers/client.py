"""What this site is at an identity provider, and what the provider says of itself and of people. Asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tracker.errors import TrackerError

__all__ = ["Client", "Fault", "Metadata", "ProviderFailed", "Told", "described", "forget"]


class Fault(StrEnum):
    """What a provider did wrong. The words are kept and logged, and say nothing about a person."""

    UNREACHABLE = "unreachable"
    NOT_A_PROVIDER = "not-a-provider"
    WRONG_ISSUER = "wrong-issuer"
    FORBIDDEN_ADDRESS = "forbidden-address"
    REFUSED_US = "refused-us"
    UNTRUSTED = "untrusted"
    SECRET_LOST = "secret-lost"  # noqa: S105  # what has happened, not a secret


class ProviderFailed(TrackerError):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Client:
    """What this site is at a provider."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    scopes: str
    redirect_uri: str
    role_claim: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """OpenID Connect Discovery 1.0, section 3: as much as is used."""

    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    acr_values: tuple[str, ...]
    token_methods: tuple[str, ...]
    says_issuer: bool
    """RFC 9207: the answer in the browser carries ``iss`` too."""
    jwks_uri: str
    keys: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def token_method(self) -> str:
        """In the body where that may be: not all agree on how a secret is written in the header."""
        return "client_secret_post" if "client_secret_post" in self.token_methods else "client_secret_basic"


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider has said about somebody, signed."""

    subject: str
    email: str | None
    email_verified: bool
    role_values: frozenset[str]
    assurance: frozenset[str]
    """acr, and the methods of amr."""


described: dict[str, tuple[float, Metadata]] = {}
"""By issuer: when it was asked, and what it said."""


def forget(issuer: str) -> None:
    """It has been changed or removed."""
    described.pop(issuer, None)
