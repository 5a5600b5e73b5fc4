"""How long the certificate of the site's own address still holds."""

import socket
import ssl
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.x509 import load_der_x509_certificate

__all__ = ["holds_until"]

SECONDS = 3.0


def holds_until(base_url: str) -> datetime | None:
    """Whoever has issued it: a certificate that has run out is to be told too. None: nobody answers there.

    :param base_url: of https.
    """
    parts = urlsplit(base_url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout=SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as connection,
        ):
            found = connection.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None
    return load_der_x509_certificate(found).not_valid_after_utc if found else None
