"""What the commands share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tracker.app import create_app
from tracker.config import Settings, read_settings
from tracker.db import db
from tracker.migrations import is_current

__all__ = ["CommandFailed", "application", "settings_here", "whole_file"]


class CommandFailed(Exception):
    """The message is the one line that the person at the terminal sees."""


def settings_here() -> Settings:
    return read_settings(os.environ, env_file=Path(".env"))


@contextmanager
def application() -> Iterator[tuple[Flask, Session]]:
    """The application and a session, on a database that is up to date. The command commits.

    :raises CommandFailed: when the tables are older than the program.
    """
    settings = settings_here()
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        current = is_current(connection)
    engine.dispose()
    if not current:
        raise CommandFailed("the database is not up to date; run: samverkan db upgrade")
    app = create_app(settings)
    with app.app_context():
        try:
            yield app, db.session
        finally:
            db.session.close()
            db.engine.dispose()


@contextmanager
def whole_file(output: Path) -> Iterator[BinaryIO]:
    """Stands under its name only when it is whole; until then what was there before stays.

    :raises CommandFailed: when it cannot be written.
    """
    if output.is_dir():
        raise CommandFailed(f"{output} cannot be written: it is a folder")
    if not output.parent.is_dir():
        raise CommandFailed(f"{output} cannot be written: there is no folder {output.parent}")
    unfinished = output.with_name(f"{output.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(output)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
