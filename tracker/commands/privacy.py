"""``samverkan privacy``."""

from pathlib import Path

import click

from tracker.clock import now
from tracker.commands.base import CommandFailed, application
from tracker.config import Settings
from tracker.privacy import protocol, reapplying
from tracker.privacy.erasing import Place

__all__ = ["privacy"]


@click.group()
def privacy() -> None:
    """Personal data."""


@privacy.command("reapply")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def reapply(file: Path | None) -> None:
    """After a backup has been restored: erase again who has been erased since it was made.

    FILE: the protocol of erasures, where it is not in the folder of the settings.
    """
    with application() as (app, db):
        settings: Settings = app.extensions["samverkan.settings"]
        place = Place(settings.base_url, settings.protocol_folder, settings.instance / "mail")
        written = file or settings.protocol_folder / protocol.ERASURES
        if not written.exists():
            raise CommandFailed(f"{written} is not there; nobody has been erased, or say where the file is")
        try:
            done = reapplying.reapply(db, written, place=place, now=now())
        except ValueError as error:
            raise CommandFailed(str(error)) from error
    click.echo(f"Erased again: {done}.")
