"""``samverkan progress`` and ``samverkan report``."""

import csv
import json
import sys

import click

from lrs_adapter.store import count_statements
from tracker.commands.base import application
from tracker.content import current_course
from tracker.learners.models import Capacity, OrganisationKind
from tracker.progress import projection
from tracker.reports.protection import ALL
from tracker.reports.queries import completion_rows

__all__ = ["progress", "report"]


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


@click.group()
def report() -> None:
    """Figures."""


@report.command("completion")
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--capacity", type=click.Choice([one.value for one in Capacity]))
@click.option("--organisation-kind", "kind", type=click.Choice([one.value for one in OrganisationKind]))
def completion(format_: str, capacity: str | None, kind: str | None) -> None:
    """How many have started and completed each part. Figures under five are not shown."""
    with application() as (app, db):
        rows = completion_rows(
            db,
            current_course(),
            capacity=Capacity(capacity) if capacity else ALL,
            kind=OrganisationKind(kind) if kind else ALL,
            with_demo=app.extensions["samverkan.settings"].demo,
        )
    if format_ == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
