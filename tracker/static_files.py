"""Addresses of static files carry a hash of their content, so that browsers keep them until they change."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    root = Path(app.static_folder or "")

    @cache
    def digest(name: str) -> str | None:
        file = root / name
        return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None

    @app.url_defaults
    def _add_hash(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static" and isinstance(name := values.get("filename"), str):
            found = digest(name)
            if found is not None:
                values["v"] = found
