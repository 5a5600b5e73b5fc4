"""``samverkan progress``."""

import sys

import click

from lrs_adapter.store import count_statements
from tracker.commands.base import application
from tracker.content import current_course
from tracker.progress import projection

__all__ = ["progress"]


@click.group()
def progress() -> None:
    """What learners have done."""


@progress.command("rebuild")
def rebuild() -> None:
    """Make all progress again from the Statements alone."""
    with application() as (_, db):
        with click.progressbar(length=count_statements(db), label="Reading Statements", file=sys.stderr) as bar:
            count = projection.rebuild(db, current_course().info.iri, told=lambda read: bar.update(read - bar.pos))
        db.commit()
    click.echo(f"Progress was made again from {count} Statements.")
