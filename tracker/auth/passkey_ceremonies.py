"""What happens when a passkey is made or shown, in two steps: what the browser is asked, and what it answered.

The ``webauthn`` library reads and verifies. Here is decided what is asked for and what it is good for. The library
takes a tenth of a second to import, so this module is imported where somebody is there with a passkey.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tracker.auth.models import Passkey, PasskeyChallenge
from tracker.auth.passkeys import LONGEST_NAME, MOST, Site, Used, Why, WrongPasskey, of
from tracker.learners.models import Learner

__all__ = ["ask_to_register", "ask_to_use", "register", "use"]

MINUTES = 5


# ---------------------------------------------------------------- a new one


def ask_to_register(db: Session, learner: Learner, site: Site, *, called: str, browser: str, now: datetime) -> str:
    """What the browser hands to the authenticator, as JSON."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=called,
        user_id=learner.account.bytes,
        user_name=learner.email or "",
        user_display_name=learner.email or "",
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(of(db, learner)),
    )
    _remember(db, options.challenge, learner, browser=browser, now=now)
    return options_to_json(options)


def register(
    db: Session, learner: Learner, credential: str, site: Site, *, name: str, browser: str, now: datetime
) -> Passkey:
    """:raises WrongPasskey:"""
    if (db.scalar(select(func.count()).where(Passkey.learner_id == learner.id)) or 0) >= MOST:
        raise WrongPasskey(Why.TOO_MANY)
    try:
        sent = parse_registration_credential_json(credential)
        challenge = _asked(db, sent.response.client_data_json, learner, browser=browser, now=now)
        found = verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except WebAuthnException as error:
        raise WrongPasskey(Why.UNKNOWN) from error
    passkey = Passkey(
        id=bytes_to_base64url(found.credential_id),
        learner_id=learner.id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        name=" ".join(name.split())[:LONGEST_NAME],
        synced=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        created_at=now,
    )
    if db.get(Passkey, passkey.id) is not None:
        raise WrongPasskey(Why.UNKNOWN)
    db.add(passkey)
    db.flush()
    return passkey


# ---------------------------------------------------------------- using one


def ask_to_use(db: Session, learner: Learner | None, site: Site, *, browser: str, now: datetime) -> str:
    """``learner``: who has shown the first step already. None: the passkey tells who it is, and has to be enough."""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptors(of(db, learner)) if learner is not None else [],
        user_verification=(
            UserVerificationRequirement.REQUIRED if learner is None else UserVerificationRequirement.PREFERRED
        ),
    )
    _remember(db, options.challenge, learner, browser=browser, now=now)
    return options_to_json(options)


def use(db: Session, learner: Learner | None, credential: str, site: Site, *, browser: str, now: datetime) -> Used:
    """
    :param learner: as in ``ask_to_use``.
    :raises WrongPasskey: the caller commits all the same: what was asked is used up, and a copied passkey is stopped.
    """
    try:
        sent = parse_authentication_credential_json(credential)
        challenge = _asked(db, sent.response.client_data_json, learner, browser=browser, now=now)
        passkey = db.get(Passkey, bytes_to_base64url(sent.raw_id), with_for_update=True)
        if passkey is None or passkey.stopped_at is not None or (learner and passkey.learner_id != learner.id):
            raise WrongPasskey(Why.UNKNOWN)
        owner = db.get_one(Learner, passkey.learner_id)
        if sent.response.user_handle not in (None, b"", owner.account.bytes):
            raise WrongPasskey(Why.UNKNOWN)
        found = verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # looked at below, where what it means can be told
        )
    except WebAuthnException as error:
        raise WrongPasskey(Why.UNKNOWN) from error
    if passkey.sign_count and found.new_sign_count <= passkey.sign_count:
        passkey.stopped_at = now
        db.flush()
        raise WrongPasskey(Why.COPIED)
    if owner.deactivated_at is not None:
        raise WrongPasskey(Why.CLOSED)
    if learner is None and not found.user_verified:
        raise WrongPasskey(Why.NOT_VERIFIED)
    passkey.sign_count, passkey.last_used_at = found.new_sign_count, now
    db.flush()
    return Used(owner, verified=found.user_verified)


def _descriptors(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in passkeys]


def _remember(db: Session, challenge: bytes, learner: Learner | None, *, browser: str, now: datetime) -> None:
    db.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))
    db.add(
        PasskeyChallenge(
            challenge_hash=hashlib.sha256(challenge).hexdigest(),
            learner_id=learner.id if learner is not None else None,
            browser=browser,
            expires_at=now + timedelta(minutes=MINUTES),
        )
    )
    db.flush()


def _asked(db: Session, client_data: bytes, learner: Learner | None, *, browser: str, now: datetime) -> bytes:
    """The challenge that came back, if we sent it to this browser. Each is good once."""
    challenge = parse_client_data_json(client_data).challenge
    row = db.get(PasskeyChallenge, hashlib.sha256(challenge).hexdigest())
    taken = row is not None and db.execute(
        delete(PasskeyChallenge).where(PasskeyChallenge.challenge_hash == row.challenge_hash)
    )
    if row is None or not taken or not taken.rowcount:  # type: ignore[attr-defined]  # the result of a DELETE has it
        raise WrongPasskey(Why.LATE)
    db.expunge(row)
    whose = learner.id if learner is not None else None
    if row.expires_at < now or row.browser != browser or row.learner_id != whose:
        raise WrongPasskey(Why.LATE)
    return challenge
