"""The address of an AU: what it may be (cmi5 8.1, 13.1.4, 14), and what it becomes when it is launched."""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tracker.launch.faults import Kind

__all__ = ["RESERVED", "is_absolute", "launch_address", "path_in_package", "url_faults"]

RESERVED: Final = ("endpoint", "fetch", "actor", "registration", "activityId")
"""The parameters of a launch (cmi5 8.1)."""

# RFC 1738 2.2, and the tilde, which everybody uses and the later RFC 3986 allows.
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'(),;/?:@=&%#~]+")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(r"[A-Za-z0-9._\-]+")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
# These run in, or read from, the place that opens them.
_DANGEROUS: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"})


def is_absolute(url: str) -> bool:
    """Fully qualified: with a scheme."""
    return _SCHEME.match(url) is not None


def path_in_package(url: str) -> str | None:
    """The name of the file that a relative address leads to. None: it leads out of the package."""
    path = unquote(url.split("#", 1)[0].split("?", 1)[0])
    if path.startswith("//") or "\\" in path or "\0" in path:
        return None
    normal = posixpath.normpath(path.lstrip("/"))
    return None if normal in ("..", ".") or normal.startswith("../") else normal


def url_faults(url: str, names: Collection[str] | None) -> Iterator[tuple[Kind, str, Mapping[str, str]]]:
    """What is wrong with it: the kind, the requirement and the words. ``names``: the files of the package; None: an XML
    file by itself."""
    if not _is_rfc_1738(url):
        yield Kind.BAD_URL, "13.1.4.0-2", {"url": url}
        return
    given = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    for name in RESERVED:
        if name in given:
            yield Kind.RESERVED_PARAMETER, "8.1.0.0-6", {"url": url, "name": name}
    if is_absolute(url):
        return
    if names is None:
        yield Kind.RELATIVE_URL, "14.2.0.0-1", {"url": url}
    elif path_in_package(url) not in names:
        yield Kind.NOT_IN_PACKAGE, "14.1.0.0-4", {"url": url}


def launch_address(url: str, parameters: Mapping[str, str]) -> str:
    """The address with the parameters after those it has itself, and before its fragment."""
    address, mark, fragment = url.partition("#")
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{query}{mark}{fragment}"


def _is_rfc_1738(url: str) -> bool:
    if not _CHARACTERS.fullmatch(url) or _BROKEN_ESCAPE.search(url) or url.count("#") > 1:
        return False
    if (scheme := _SCHEME.match(url)) is None:
        return ":" not in url.split("/", 1)[0].split("?", 1)[0]
    if scheme[1].lower() in _DANGEROUS or not url[scheme.end() :].startswith("//"):
        return False
    try:
        parts = urlsplit(url)
        return _HOST.fullmatch(parts.hostname or "") is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
