"""Static files: compressed once, kept in memory, and with an address that carries a hash of the content.

A browser keeps what it has fetched for good, and asks anew only when the content, and so the address, has changed.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Flask, abort, request
from werkzeug import Response
from werkzeug.security import safe_join

from tracker.permissions import Role, allow

__all__ = ["init_app"]

_WORTH_COMPRESSING = {"text/css", "text/javascript", "image/svg+xml", "text/plain"}


@dataclass(frozen=True, slots=True)
class _File:
    mimetype: str
    digest: str
    bodies: dict[str, bytes]
    """Content encoding -> body; ``identity`` is always there."""


@lru_cache(maxsize=200)
def _load(path: Path, _changed: int) -> _File:
    body = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    bodies = {"identity": body}
    if mimetype in _WORTH_COMPRESSING:
        bodies["br"] = brotli.compress(body)
        bodies["gzip"] = gzip.compress(body, mtime=0)
    return _File(mimetype, hashlib.sha256(body).hexdigest()[:12], bodies)


def init_app(app: Flask, root: Path) -> None:
    def find(name: str) -> _File | None:
        path = safe_join(str(root), name)
        file = Path(path) if path is not None else None
        return _load(file, file.stat().st_mtime_ns) if file is not None and file.is_file() else None

    @app.get("/static/<path:filename>", endpoint="static")
    @allow(Role.ANYONE)
    def static(filename: str) -> Response:
        file = find(filename)
        if file is None:
            abort(404)
        accepted = request.accept_encodings
        encoding = next((name for name in ("br", "gzip") if name in file.bodies and accepted[name] > 0), "identity")
        response = Response(file.bodies[encoding], mimetype=file.mimetype)
        if encoding != "identity":
            response.content_encoding = encoding
        response.vary.add("Accept-Encoding")
        response.set_etag(f"{file.digest}-{encoding}")
        # The address with the right hash means this content for ever. A font is named in a stylesheet, without a hash;
        # a changed one gets a new name.
        is_kept = request.args.get("v") == file.digest or file.mimetype.startswith("font/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_kept else "no-cache"
        return response.make_conditional(request)

    @app.url_defaults
    def _add_hash(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static" and isinstance(name := values.get("filename"), str):
            file = find(name)
            if file is not None:
                values["v"] = file.digest
