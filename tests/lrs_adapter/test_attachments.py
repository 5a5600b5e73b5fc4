"""Attachments and signatures (xAPI 1.0.3 Data 2.4.11, 2.6; Communication 1.5.2)."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256, sha512
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lrs_adapter.resources import Limits
from tests.conformance.app import create_app
from tests.lrs_adapter.conftest import NOW, Lrs

Make = Callable[..., dict[str, Any]]
ALGORITHMS: dict[str, HashAlgorithm] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


def attachment(data: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "usageType": "http://example.com/usage",
        "display": {"en": "data"},
        "contentType": "application/octet-stream",
        "length": len(data),
        "sha2": sha256(data).hexdigest(),
        **changes,
    }


def part(data: bytes, sha2: str | None = None, extra: str = "") -> bytes:
    head = (
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
        f"X-Experience-API-Hash: {sha2 or sha256(data).hexdigest()}\r\n{extra}\r\n"
    )
    return head.encode() + data


def mixed(statements: Any, *parts: bytes) -> dict[str, Any]:
    pieces = [b"Content-Type: application/json\r\n\r\n" + orjson.dumps(statements), *parts]
    body = b"".join(b"\r\n--bound\r\n" + piece for piece in pieces) + b"\r\n--bound--\r\n"
    return {"data": body, "content_type": 'multipart/mixed; boundary="bound"'}


def test_data_comes_back_byte_for_byte_and_once(lrs: Lrs, statement: Make) -> None:
    data = b"\r\n--other\x00\xff\r\n\r\n" + bytes(range(256))
    sent = [statement(attachments=[attachment(data)]) for _ in range(2)]
    assert lrs("POST", "statements", **mixed(sent, part(data))).status_code == 200
    got = lrs("GET", "statements", query_string={"attachments": "true"})
    assert got.content_type.startswith("multipart/mixed; boundary=")
    assert got.get_data().count(data) == 1
    assert got.get_data().count(sha256(data).hexdigest().encode()) == 3
    plain = lrs("GET", "statements", query_string={"attachments": "false"})
    assert plain.content_type == "application/json"


def test_other_sums_of_the_family_and_capitals_are_known(lrs: Lrs, statement: Make) -> None:
    data = b"data"
    sent = statement(attachments=[attachment(data, sha2=sha512(data).hexdigest().upper())])
    assert lrs("POST", "statements", **mixed(sent, part(data, sha512(data).hexdigest()))).status_code == 200
    got = lrs("GET", "statements", query_string={"statementId": sent["id"], "attachments": "true"})
    assert data in got.get_data()


def test_a_file_url_stands_for_data_that_is_elsewhere(lrs: Lrs, statement: Make) -> None:
    there = statement(attachments=[attachment(b"x", fileUrl="https://files.example/x")])
    assert lrs("POST", "statements", json=there).status_code == 200
    assert lrs("POST", "statements", json=statement(attachments=[attachment(b"x")])).status_code == 400


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part(b"other")],
        [part(b"data"), part(b"belongs to nothing")],
        [part(b"data", sha2=sha256(b"no").hexdigest())],
        [part(b"data", extra="Content-Length: 5\r\n")],
        [part(b"data").replace(b"binary", b"base64")],
        [part(b"data").replace(b"application/octet-stream", b"text/plain")],
        [part(b"data").replace(b": ", b" ")],
        [b"no headers"],
    ],
)
def test_parts_and_attachments_must_agree(lrs: Lrs, statement: Make, parts: list[bytes]) -> None:
    sent = statement(attachments=[attachment(b"data")])
    assert lrs("POST", "statements", **mixed(sent, *parts)).status_code == 400
    assert lrs.ids() == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/mixed", b"--bound\r\n\r\n{}\r\n--bound--"),
        ("multipart/mixed; boundary=", b"--\r\n\r\n{}\r\n----"),
        ("multipart/mixed; boundary=other", b"--bound\r\n\r\n{}\r\n--bound--"),
        ("multipart/mixed; boundary=bound", b"--bound\r\n\r\n{}\r\n"),
        ("multipart/mixed; boundary=bound", b"--bound--\r\n"),
        ("multipart/mixed; boundary=bound", b"--boundary\r\n\r\n{}\r\n--bound--"),
        ("multipart/mixed; boundary=bound", b"--bound\r\nContent-Type: text/plain\r\n\r\n{}\r\n--bound--"),
        ("multipart/mixed; boundary=bound", b""),
        ("multipart/mixed; boundary=\xe5", b""),
        ("multipart/form-data; boundary=bound", b"--bound\r\n\r\n{}\r\n--bound--"),
        ("text/plain", b"{}"),
        ("", b"{}"),
    ],
)
def test_a_broken_multipart_request_is_refused(lrs: Lrs, content_type: str, body: bytes) -> None:
    assert lrs("POST", "statements", data=body, content_type=content_type).status_code == 400


def test_an_answer_holds_no_more_attachments_than_a_request(lrs: Lrs, statement: Make) -> None:
    """A page of them would otherwise be 500 times ten megabytes in memory."""
    lrs.client = create_app(lrs.engine, limits=Limits(body=5_000)).test_client()
    pieces = [bytes([number]) * 2_000 for number in range(5)]
    for data in pieces:
        assert (
            lrs("POST", "statements", **mixed(statement(attachments=[attachment(data)]), part(data))).status_code == 200
        )

    read, path = [], "statements?attachments=true&ascending=true"
    while path:
        got = lrs("GET", path).get_data()
        read.append([number for number, data in enumerate(pieces) if data in got])
        path = re.search(rb'"more":"(?:/xapi/)?([^"]*)"', got)[1].decode()  # type: ignore[index]

    assert read == [[0, 1], [2, 3], [4]]
    assert len(lrs.ids()) == 5


def test_limits_are_kept_with_a_reason(lrs: Lrs, statement: Make) -> None:
    """Communication 3.2: 413."""
    small = Limits(body=5_000, batch=3, depth=10, part=100, document=50, page=2)
    lrs.client = create_app(lrs.engine, limits=small).test_client()
    data = b"x" * 101
    sent = statement(attachments=[attachment(data)])
    for answer, words in (
        (lrs("POST", "statements", **mixed(sent, part(data))), "this LRS takes 100"),
        (lrs("POST", "statements", json=[statement() for _ in range(4)]), "takes 3 in a batch"),
        (lrs("POST", "statements", data=b" " * 5_001, content_type="application/json"), "more than 5000 bytes"),
        (
            lrs(
                "PUT",
                "agents/profile",
                query_string={"agent": '{"mbox":"mailto:a@b.se"}', "profileId": "p"},
                data=b"x" * 51,
                headers={"If-None-Match": "*"},
            ),
            "takes 50",
        ),
    ):
        assert answer.status_code == 413
        assert words in answer.get_json()["error"]
    lrs.store(*(statement() for _ in range(3)))
    assert len(lrs("GET", "statements", query_string={"limit": 100}).get_json()["statements"]) == 2


@pytest.fixture(scope="module")
def private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def encode(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def certificate(key: RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1)).sign(key, SHA256())
    )  # fmt: skip
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def jws(key: RSAPrivateKey, payload: Any, algorithm: str = "RS256", **header: Any) -> bytes:
    signed = encode(orjson.dumps({"alg": algorithm, **header})) + b"." + encode(orjson.dumps(payload))
    digest = ALGORITHMS.get(algorithm, SHA256())
    return signed + b"." + encode(key.sign(signed, PKCS1v15(), digest))


def signed_request(sent: dict[str, Any], signature: bytes, **changes: Any) -> dict[str, Any]:
    usage = "http://adlnet.gov/expapi/attachments/signature"
    return mixed({**sent, "attachments": [attachment(signature, usageType=usage, **changes)]}, part(signature))


@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_a_good_signature_is_accepted(lrs: Lrs, statement: Make, private_key: RSAPrivateKey, algorithm: str) -> None:
    sent = statement()
    signature = jws(private_key, sent, algorithm, x5c=[certificate(private_key)])
    assert lrs("POST", "statements", **signed_request(sent, signature)).status_code == 200


VERSION = bytes.fromhex("a003020102")
RSA_KEY = bytes.fromhex("06092a864886f70d010101")
"""What a certificate says of itself and of the kind of its key."""


def altered(private_key: RSAPrivateKey, old: bytes, new: bytes) -> str:
    """A certificate of a version or with a kind of key that there is not."""
    whole = base64.b64decode(certificate(private_key))
    assert old in whole
    return base64.b64encode(whole.replace(old, new, 1)).decode()


def test_the_type_of_an_attachment_ends_no_header(lrs: Lrs, statement: Make) -> None:
    data = b"x"
    for kind, status in (("text/plain\r\n\r\n;x", 400), ("text/plain ;a=\r", 400), ("text/plain; a=\tb", 200)):
        sent = statement(attachments=[attachment(data, contentType=kind, fileUrl="https://course.example/x")])
        assert lrs("POST", "statements", json=sent).status_code == status, kind


def test_a_bad_signature_is_refused_with_the_reason(lrs: Lrs, statement: Make, private_key: RSAPrivateKey) -> None:
    """Data 2.6, LRS Requirements."""
    sent = statement()
    other = generate_private_key(public_exponent=65537, key_size=2048)
    good = jws(private_key, sent)
    head, payload, tail = good.split(b".")
    for signature, words in (
        (b"nonsense", "three parts"),
        (b"!." + payload + b"." + tail, "not base64url"),
        (encode(b"[]") + b"." + payload + b"." + tail, "not an object"),
        (jws(private_key, sent, "HS256"), "RS256"),
        (jws(private_key, sent, "none"), "RS256"),
        (encode(b'{"alg":["RS256"]}') + b"." + payload + b"." + tail, "RS256"),
        (jws(private_key, sent, x5c=[altered(private_key, VERSION, VERSION[:-1] + b"\x07")]), "can be read"),
        (jws(private_key, sent, x5c=[altered(private_key, RSA_KEY, RSA_KEY[:-1] + b"\x7f")]), "can be read"),
        (jws(private_key, statement()), "another Statement"),
        (jws(private_key, {"some": "thing"}), "no Statement"),
        (jws(private_key, sent, x5c=[certificate(other)]), "doesn't fit the certificate"),
        (jws(private_key, sent, x5c=["bm9uZQ=="]), "no certificate"),
        (jws(private_key, sent, x5c=[]), "array of certificates"),
        (head + b"." + encode(b"{") + b"." + tail, "not JSON"),
    ):
        answer = lrs("POST", "statements", **signed_request(sent, signature))
        assert answer.status_code == 400, words
        assert words in answer.get_json()["error"]
