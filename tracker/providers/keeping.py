"""The providers' secrets as they lie in the database."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["decrypt", "encrypt"]


def encrypt(secret: str, secret_key: str | bytes) -> bytes:
    return _cipher(secret_key).encrypt(secret.encode())


def decrypt(token: bytes, secret_key: str | bytes) -> str | None:
    """None: it was encrypted with another secret key."""
    try:
        return _cipher(secret_key).decrypt(token).decode()
    except InvalidToken:
        return None


def _cipher(secret_key: str | bytes) -> Fernet:
    material = secret_key.encode() if isinstance(secret_key, str) else secret_key
    derived = HKDF(SHA256(), 32, salt=None, info=b"samverkan identity provider").derive(material)
    return Fernet(base64.urlsafe_b64encode(derived))
