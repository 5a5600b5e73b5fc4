"""``samverkan audit``."""

import json
import sys
from pathlib import Path

import click

from tracker.audit import chain
from tracker.commands.base import CommandFailed, application

__all__ = ["audit"]


@click.group()
def audit() -> None:
    """The log of who looked at or changed whose data."""


@audit.command("head")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def head(as_json: bool) -> None:
    """The last entry and its hash: write it down, where whoever runs the database can't change it."""
    with application() as (_, db):
        last = chain.head(db)
    click.echo(json.dumps({"seq": last.seq, "hash": last.hash}) if as_json else str(last))


@audit.command("verify")
@click.option("--head", "heads", multiple=True, metavar="NUMBER:HASH", help="As `audit head` printed it some time.")
@click.option(
    "--heads",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with such lines, as the server keeps (see docs/privacy.md).",
)
def verify(heads: tuple[str, ...], file: Path | None) -> None:
    """Does every entry hold, and follow the one before? Status 1 at the first that does not."""
    written = [*heads, *(file.read_text(encoding="utf-8").split() if file is not None else [])]
    try:
        known = [chain.read_head(one) for one in written if ":" in one]
    except ValueError as error:
        raise CommandFailed(f"{error} is not a number, a colon and a hash of 64 characters") from error
    with application() as (_, db):
        found = chain.verify(db, known=known)
        if isinstance(found, chain.Broken):
            raise CommandFailed(f"entry {found.seq}: {found.why}")
    if not known:
        click.echo("No head was given, so entries cut off at the end would not be seen.", err=True)
    click.echo(f"The log holds. Last entry: {found}")
    sys.exit(0)
