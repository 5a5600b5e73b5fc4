"""OpenID Connect Core 1.0, the authorization code flow with PKCE, from the side that asks. No database, no Flask.

Authlib makes the requests and checks the claims, joserfc the signatures. Here is decided which of them are accepted.
Together they take a quarter of a second to import, so this module is imported where somebody asks a provider.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from requests import RequestException

from tracker.providers.client import Client, Fault, Metadata, ProviderFailed, Told, described
from tracker.providers.outgoing import SECONDS, ForbiddenAddress, Guarded

__all__ = ["address_to_ask", "address_to_leave", "describe", "exchange"]

ALGORITHMS = frozenset(f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)) | {
    "EdDSA",
    "Ed25519",
}
"""Signatures that only the provider can make. Never ``none``, and never one whose key we hold too (HS256)."""

LEEWAY_SECONDS = 60
KEPT_SECONDS = 600


def _session(client: Client, method: str = "client_secret_basic") -> OAuth2Session:
    # RFC 6749, section 2.3.1, has both escaped in the header, which Authlib leaves to us.
    escaped = (lambda word: quote(word, safe="")) if method == "client_secret_basic" else str
    session = OAuth2Session(
        escaped(client.client_id),
        escaped(client.secret),
        token_endpoint_auth_method=method,
        scope=client.scopes,
        redirect_uri=client.redirect_uri,
        code_challenge_method="S256",
        default_timeout=SECONDS,
    )
    # Neither proxies nor passwords from the surroundings.
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, Guarded(client.issuer))
    return session


def describe(client: Client, *, anew: bool = False) -> Metadata:
    """What the provider says of itself, ten minutes old at most.

    :raises ProviderFailed:
    """
    kept = described.get(client.issuer)
    if kept is not None and not anew and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    with _session(client) as session:
        said = _get(session, client.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != client.issuer:
            raise ProviderFailed(Fault.WRONG_ISSUER if isinstance(said.get("issuer"), str) else Fault.NOT_A_PROVIDER)
        jwks_uri = _endpoint(said, "jwks_uri", client)
        metadata = Metadata(
            authorization_endpoint=_endpoint(said, "authorization_endpoint", client),
            token_endpoint=_endpoint(said, "token_endpoint", client),
            userinfo_endpoint=_endpoint(said, "userinfo_endpoint", client) if "userinfo_endpoint" in said else None,
            end_session_endpoint=(
                _endpoint(said, "end_session_endpoint", client) if "end_session_endpoint" in said else None
            ),
            acr_values=tuple(_strings(said.get("acr_values_supported"))),
            token_methods=tuple(_strings(said.get("token_endpoint_auth_methods_supported"))),
            says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
            jwks_uri=jwks_uri,
            keys=_public(_get(session, jwks_uri)),
        )
    described[client.issuer] = time.monotonic(), metadata
    return metadata


def address_to_ask(
    client: Client, metadata: Metadata, *, state: str, nonce: str, verifier: str, language: str, acr: Iterable[str] = ()
) -> str:
    """Where the browser is sent. ``acr``: one of these is asked for, and the person shows it anew."""
    stronger = {"acr_values": " ".join(acr), "prompt": "login"} if acr else {}
    with _session(client, "client_secret_post") as session:
        address, _state = session.create_authorization_url(
            metadata.authorization_endpoint,
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            ui_locales=language,
            **stronger,
        )
    return str(address)


def address_to_leave(client: Client, metadata: Metadata, *, back: str) -> str | None:
    """OpenID Connect RP-Initiated Logout 1.0. None: it has no such page."""
    if metadata.end_session_endpoint is None:
        return None
    mark = "&" if urlsplit(metadata.end_session_endpoint).query else "?"
    asked = urlencode({"client_id": client.client_id, "post_logout_redirect_uri": back})
    return f"{metadata.end_session_endpoint}{mark}{asked}"


def exchange(client: Client, *, code: str, issuer: str | None, nonce: str, verifier: str, now: datetime) -> Told:
    """The code that came with the browser, turned into what the provider says about the person.

    :param issuer: the ``iss`` that came with the code (RFC 9207), if any.
    :raises ProviderFailed:
    """
    metadata = describe(client)
    if issuer != client.issuer and (issuer is not None or metadata.says_issuer):
        raise ProviderFailed(Fault.WRONG_ISSUER)
    with _session(client, metadata.token_method) as session:
        try:
            token = session.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                allow_redirects=False,
            )
        except ForbiddenAddress:
            raise ProviderFailed(Fault.FORBIDDEN_ADDRESS) from None
        except RequestException:
            raise ProviderFailed(Fault.UNREACHABLE) from None
        except (AuthlibBaseError, ValueError, TypeError):
            # The words may hold the code, so they are neither kept nor logged.
            raise ProviderFailed(Fault.REFUSED_US) from None
        if not isinstance(token.get("id_token"), str):
            raise ProviderFailed(Fault.UNTRUSTED)
        claims = _verified(client, metadata, token, nonce=nonce, now=now)
        _add_userinfo(session, client, metadata, claims)
    return _told(client, claims)


def _verified(
    client: Client, metadata: Metadata, token: Mapping[str, Any], *, nonce: str, now: datetime
) -> dict[str, Any]:
    """Section 3.1.3.7: signed by the provider, for us, now, and in answer to what this browser asked."""
    try:
        try:
            decoded = jwt.decode(token["id_token"], _key_set(metadata.keys), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # It has got new keys since we asked.
            decoded = jwt.decode(token["id_token"], _key_set(describe(client, anew=True).keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": client.issuer},
                "aud": {"essential": True, "value": client.client_id},
            },
            params={"nonce": nonce, "client_id": client.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (AuthlibBaseError, JoseError, ValueError, TypeError):
        raise ProviderFailed(Fault.UNTRUSTED) from None
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise ProviderFailed(Fault.UNTRUSTED)
    return dict(claims)


def _add_userinfo(session: OAuth2Session, client: Client, metadata: Metadata, claims: dict[str, Any]) -> None:
    """Address and groups may be told there alone (section 5.3). Never what the token has said already."""
    wanted = {"email", "email_verified"} | (
        {client.role_claim.split(".")[0], client.role_claim} if client.role_claim else set()
    )
    lacks_role = client.role_claim is not None and _claim(claims, client.role_claim) is None
    if metadata.userinfo_endpoint is None or not ("email" not in claims or lacks_role):
        return
    said = _get(session, metadata.userinfo_endpoint, withhold_token=False)
    if said.get("sub") != claims["sub"]:
        raise ProviderFailed(Fault.UNTRUSTED)
    for name in wanted & said.keys():
        claims.setdefault(name, said[name])


def _told(client: Client, claims: Mapping[str, Any]) -> Told:
    email = claims.get("email")
    return Told(
        subject=claims["sub"],
        email=email if isinstance(email, str) else None,
        email_verified=claims.get("email_verified") in (True, "true"),
        role_values=frozenset(_strings(_claim(claims, client.role_claim) if client.role_claim else None)),
        assurance=frozenset([*_strings(claims.get("acr")), *_strings(claims.get("amr"))]),
    )


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """By its whole name, which may hold dots, or by the way to it: ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _get(session: OAuth2Session, address: str, *, withhold_token: bool = True) -> dict[str, Any]:
    try:
        response = session.get(
            address,
            withhold_token=withhold_token,
            allow_redirects=False,
            headers={"Accept": "application/json"},
        )
        said = response.json() if response.status_code == 200 else None
    except ForbiddenAddress:
        raise ProviderFailed(Fault.FORBIDDEN_ADDRESS) from None
    except ValueError:  # RequestException has a ValueError of its own for what is not JSON
        raise ProviderFailed(Fault.NOT_A_PROVIDER) from None
    except (RequestException, AuthlibBaseError):
        raise ProviderFailed(Fault.UNREACHABLE) from None
    if response.status_code >= 500:
        raise ProviderFailed(Fault.UNREACHABLE)
    if not isinstance(said, dict):
        raise ProviderFailed(Fault.NOT_A_PROVIDER)
    return said


def _endpoint(said: Mapping[str, Any], name: str, client: Client) -> str:
    address = said.get(name)
    if not isinstance(address, str):
        raise ProviderFailed(Fault.NOT_A_PROVIDER)
    parts, issuer = urlsplit(address), urlsplit(client.issuer)
    if not parts.hostname or parts.username or (parts.scheme != "https" and parts[:2] != issuer[:2]):
        raise ProviderFailed(Fault.FORBIDDEN_ADDRESS)
    return address


def _public(said: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    keys = said.get("keys")
    if not isinstance(keys, list):
        raise ProviderFailed(Fault.NOT_A_PROVIDER)
    return tuple(key for key in keys if isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"})


def _key_set(keys: Iterable[Mapping[str, Any]]) -> KeySet:
    """Those for signing that we can use; a provider may have others too."""
    usable: list[Key] = []
    for key in keys:
        if key.get("use", "sig") == "sig":
            try:
                usable.append(JWKRegistry.import_key(dict(key)))
            except (JoseError, ValueError, TypeError):
                continue
    return KeySet(usable)
