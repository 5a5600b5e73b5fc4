"""Which of the organisations' own sign-ins we take, and what each may say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.admin.services import ChangedMeanwhile
from tracker.config import OidcSettings
from tracker.errors import TrackerError
from tracker.learners.models import Organisation, OrganisationKind
from tracker.providers.client import forget
from tracker.providers.keeping import decrypt, encrypt
from tracker.providers.models import Admits, IdentityProvider, ProviderDomain

__all__ = [
    "AddedAlready",
    "DomainTaken",
    "Wish",
    "add_provider",
    "change_provider",
    "ensure_provider",
    "remove_provider",
]


class AddedAlready(TrackerError):
    """There is one with this issuer and client id."""


class DomainTaken(TrackerError):
    """A mail domain belongs to another provider."""

    def __init__(self, domain: str) -> None:
        super().__init__(domain)
        self.domain = domain


@dataclass(frozen=True, slots=True)
class Wish:
    """What an administrator wants of a provider. ``secret`` None: the one that is stored."""

    name: str
    issuer: str
    client_id: str
    secret: str | None
    organisation_id: int
    domains: Collection[str]
    admits: Admits
    vouches: bool
    scopes: str
    role_claim: str | None
    role_values: Mapping[str, list[str]]
    may_administer: bool
    assurance: Mapping[str, list[str]]
    is_open: bool


def add_provider(db: Session, wish: Wish, *, secret_key: str | bytes, now: datetime) -> IdentityProvider:
    """
    :raises AddedAlready: when nothing has been added.
    :raises DomainTaken: likewise.
    """
    provider = IdentityProvider(created_at=now)
    _carry_out(db, provider, wish, secret_key=secret_key)
    return provider


def ensure_provider(db: Session, given: OidcSettings, *, secret_key: str | bytes, now: datetime) -> None:
    """The sign-in of the settings is among the others. What an administrator has changed of it since stays, but for
    the secret.

    :raises DomainTaken: when nothing has been changed.
    """
    same = IdentityProvider.issuer == given.issuer, IdentityProvider.client_id == given.client_id
    known = db.scalar(select(IdentityProvider).where(*same))
    if known is not None:
        if decrypt(known.secret, secret_key) != given.secret:
            known.secret = encrypt(given.secret, secret_key)
            db.flush()
        return
    organisation = db.scalar(select(Organisation).where(Organisation.name_key == given.organisation.casefold()))
    if organisation is None:
        organisation = Organisation(name=given.organisation, kind=OrganisationKind.OTHER, created_at=now)
        db.add(organisation)
        db.flush()
    wish = Wish(
        name=organisation.name,
        issuer=given.issuer,
        client_id=given.client_id,
        secret=given.secret,
        organisation_id=organisation.id,
        domains=given.domains,
        admits=Admits.INVITED,
        vouches=False,
        scopes="openid email",
        role_claim=None,
        role_values={},
        may_administer=False,
        assurance={},
        is_open=True,
    )
    add_provider(db, wish, secret_key=secret_key, now=now)


def change_provider(
    db: Session, provider: IdentityProvider, wish: Wish, *, version: int, secret_key: str | bytes
) -> None:
    """
    :raises ChangedMeanwhile: when it is no longer the ``version`` that the administrator saw.
    :raises AddedAlready: when nothing has been changed.
    :raises DomainTaken: likewise.
    """
    if provider.version != version:
        raise ChangedMeanwhile
    forget(provider.issuer)
    _carry_out(db, provider, wish, secret_key=secret_key)


def remove_provider(db: Session, provider: IdentityProvider, *, version: int) -> None:
    """Accounts and roles stay; who came this way signs in with a link from now on.

    :raises ChangedMeanwhile:
    """
    if provider.version != version:
        raise ChangedMeanwhile
    forget(provider.issuer)
    db.delete(provider)
    db.flush()


def _carry_out(db: Session, provider: IdentityProvider, wish: Wish, *, secret_key: str | bytes) -> None:
    taken = select(ProviderDomain.domain).where(ProviderDomain.domain.in_(wish.domains))
    with db.no_autoflush:
        if provider.id is not None:
            taken = taken.where(ProviderDomain.provider_id != provider.id)
        if (domain := db.scalar(taken.order_by(ProviderDomain.domain))) is not None:
            raise DomainTaken(domain)
        same = select(IdentityProvider.id).where(
            IdentityProvider.issuer == wish.issuer, IdentityProvider.client_id == wish.client_id
        )
        if db.scalar(same) not in {None, provider.id}:
            raise AddedAlready
    kept = {one.domain: one for one in provider.domains}
    provider.domains = [kept.get(domain) or ProviderDomain(domain=domain) for domain in sorted(wish.domains)]
    provider.organisation = db.get_one(Organisation, wish.organisation_id)
    for name in (
        "name",
        "issuer",
        "client_id",
        "admits",
        "vouches",
        "scopes",
        "role_claim",
        "may_administer",
        "is_open",
    ):
        setattr(provider, name, getattr(wish, name))
    provider.role_values, provider.assurance = dict(wish.role_values), dict(wish.assurance)
    if wish.secret is not None:
        provider.secret = encrypt(wish.secret, secret_key)
    try:
        with db.begin_nested():
            db.add(provider)
    except IntegrityError as error:
        # Two administrators did the same at once, and the other was first.
        raise AddedAlready from error
