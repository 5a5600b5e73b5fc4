"""Signed Statements (xAPI 1.0.3 Data 2.6): is the signature well formed, and does it sign this Statement?"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509 import InvalidVersion, load_der_x509_certificate

from lrs_adapter.comparison import same_statement
from lrs_adapter.errors import InvalidStatement
from lrs_adapter.validation import validate_statement
from lrs_adapter.vocabulary import SIGNATURE_USAGE

_ALGORITHMS: Final = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


def is_signature(attachment: Mapping[str, Any]) -> bool:
    return bool(attachment["usageType"] == SIGNATURE_USAGE)


def verify_signature(attachment: Mapping[str, Any], data: bytes, statement: bytes, place: str) -> None:
    """:raises InvalidStatement: when it is malformed, signs something else, or doesn't fit its own certificate."""
    if attachment["contentType"].split(";")[0].strip() != "application/octet-stream":
        _fail(place, "the content type of a signature is application/octet-stream")
    parts = data.strip().split(b".")
    if len(parts) != 3:
        _fail(place, "a signature is a JWS in compact form: three parts with dots between them")
    header = _json(parts[0], place, "the header of the JWS")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        _fail(place, "the algorithm of a signature is RS256, RS384 or RS512")
    payload = _decode(parts[1], place, "the payload of the JWS")
    signed = _json(parts[1], place, "the payload of the JWS")
    try:
        validate_statement(signed, version_2=True)
    except InvalidStatement as error:
        _fail(place, f"the payload of the JWS is no Statement: {error}")
    if not same_statement(payload, statement):
        _fail(place, "the payload of the JWS is another Statement")
    if "x5c" in header:
        _verify(header["x5c"], algorithm, b".".join(parts[:2]), _decode(parts[2], place, "the signature"), place)


def _verify(chain: Any, algorithm: str, signed: bytes, signature: bytes, place: str) -> None:
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        _fail(place, "x5c is an array of certificates")
    try:
        key = load_der_x509_certificate(base64.b64decode(chain[0])).public_key()
    except (ValueError, InvalidVersion, UnsupportedAlgorithm):
        _fail(place, "the first entry of x5c is no certificate that can be read")
    if not isinstance(key, RSAPublicKey):
        _fail(place, "the certificate in x5c holds no RSA key")
    try:
        key.verify(signature, signed, PKCS1v15(), _ALGORITHMS[algorithm])
    except InvalidSignature:
        _fail(place, "the signature doesn't fit the certificate in x5c")


def _json(part: bytes, place: str, what: str) -> dict[str, Any]:
    try:
        value = orjson.loads(_decode(part, place, what))
    except orjson.JSONDecodeError:
        _fail(place, f"{what} is not JSON")
    if not isinstance(value, dict):
        _fail(place, f"{what} is not an object")
    return value


def _decode(part: bytes, place: str, what: str) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        _fail(place, f"{what} is not base64url")


def _fail(place: str, rule: str) -> NoReturn:
    raise InvalidStatement(place, f"{rule} (xAPI 1.0.3 Data 2.6)")
