"""Requests to an identity provider: short, small, and to no address that the administrator has not chosen.

The provider's own description says where its keys and tokens are. It could name this machine or one inside the
network, so a host other than the issuer's must be reached by TLS and have a public address. That is looked at when
the connection stands and before anything is sent, so a name cannot change its address in between.
"""

import ipaddress
import ssl
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

__all__ = ["SECONDS", "ForbiddenAddress", "Guarded"]

SECONDS = 5.0
"""For one wait; a whole answer may take twice that."""
MOST_BYTES = 1_000_000


class ForbiddenAddress(Exception):
    """The provider has named an address that nobody here has agreed to."""


class _Checked(HTTPConnection):
    chosen = ""

    def _new_conn(self) -> Any:
        connected = super()._new_conn()
        if self.host != self.chosen and not ipaddress.ip_address(connected.getpeername()[0]).is_global:
            connected.close()
            raise ForbiddenAddress
        return connected


class _CheckedTls(_Checked, HTTPSConnection):
    pass


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's own authorities too, where an organisation has one. Read once: it takes a while."""
    return ssl.create_default_context()


class Guarded(HTTPAdapter):
    def __init__(self, issuer: str) -> None:
        self.chosen = (urlsplit(issuer).hostname or "").lower()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=_trusted(), **more)
        plain = type("Plain", (_Checked,), {"chosen": self.chosen})
        tls = type("Tls", (_CheckedTls,), {"chosen": self.chosen})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
        }

    def send(self, request: PreparedRequest, *arguments: Any, **more: Any) -> Response:
        """
        :raises ForbiddenAddress:
        :raises requests.RequestException:
        """
        address = urlsplit(request.url or "")
        if address.scheme != "https" and (address.hostname or "").lower() != self.chosen:
            raise ForbiddenAddress
        until = monotonic() + 2 * SECONDS
        response = super().send(request, **{**more, "stream": True, "timeout": SECONDS})
        response._content = _read(response, until)
        return response


def _read(response: Response, until: float) -> bytes:
    """What it says, unless that is too much or comes drop by drop."""
    body = b""
    try:
        while piece := response.raw.read1(65_536, decode_content=True):
            body += piece
            if len(body) > MOST_BYTES:
                raise NotConnected("the answer is too large")
            if monotonic() > until:
                raise Timeout("the answer takes too long")
    except (HTTPError, OSError) as error:
        raise NotConnected(type(error).__name__) from error
    finally:
        response.close()
    return body
