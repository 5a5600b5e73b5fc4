"""Who is meant, as fixed-size keys: the same Agent or IRI always has the same key, in every process and database.

A key is 16 bytes of BLAKE2b, so a Statement can be indexed without first looking up (and locking) rows for the Agents
and Activities it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from lrs_adapter.validation.primitives import LONGEST_KEPT
from lrs_adapter.vocabulary import OWN_BASE


def iri_key(iri: str) -> UUID:
    return _key_of_short(iri) if len(iri) <= LONGEST_KEPT else _key(iri)


def _key(iri: str) -> UUID:
    return UUID(bytes=blake2b(iri.encode(), digest_size=16).digest())


_key_of_short: Final = lru_cache(maxsize=65_536)(_key)


def ifi(agent: Mapping[str, Any]) -> str | None:
    """The Inverse Functional Identifier as one string (xAPI 1.0.3 Data 2.4.2.3), or None for an anonymous Group.

    An Agent and a Group with the same identifier are one: the filters compare identifiers only (Communication 2.1.3).
    The domain of a mail address is compared without case.
    """
    if (account := agent.get("account")) is not None:
        return f"account\n{account['homePage']}\n{account['name']}"
    if (mbox := agent.get("mbox")) is not None:
        local, _, domain = mbox.rpartition("@")
        return f"mbox\n{local}@{domain.lower()}"
    if (sha1sum := agent.get("mbox_sha1sum")) is not None:
        return f"mbox_sha1sum\n{sha1sum.lower()}"
    if (openid := agent.get("openid")) is not None:
        return f"openid\n{openid}"
    return None


def agent_key(agent: Mapping[str, Any]) -> UUID | None:
    identifier = ifi(agent)
    return None if identifier is None else iri_key(identifier)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who asserts that a Statement is true: always an account that we give out (xAPI 1.0.3 Data 2.4.9)."""

    home_page: str
    name: str

    @property
    def agent(self) -> dict[str, Any]:
        return {"objectType": "Agent", "account": {"homePage": self.home_page, "name": self.name}}

    @property
    def key(self) -> UUID:
        return iri_key(f"account\n{self.home_page}\n{self.name}")


# What the tracker itself records. No credential can be given this account: theirs carry the LRS's own address.
INTERNAL: Final = Authority(OWN_BASE, "tracker")
