"""``samverkan course``: check the course, export it, help who writes it."""

from datetime import datetime
from pathlib import Path

import click

from course.check import check, report
from course.faults import errors_in
from course.json_schema import DEFAULT_DIRECTORY, write_schemas
from tracker.clock import now
from tracker.commands.base import CommandFailed
from tracker.commands.export import export_course

__all__ = ["course"]


@click.group()
def course() -> None:
    """The course's files."""


@course.command("check")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--lix-limit", type=int, help="Swedish above this LIX is reported; otherwise the course's own limit.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Check as on this day.")
def check_course(directory: Path | None, lix_limit: int | None, today: datetime | None) -> None:
    """Report every fault at once, with file and line. Exit status 1 when there are errors."""
    faults = check(directory, today=(today or now()).date(), lix_limit=lix_limit)
    for line in report(faults, directory):
        click.echo(line)
    if errors_in(faults):
        raise CommandFailed("the course has errors")


@course.command("schema")
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
def write_schema(directory: Path | None) -> None:
    """Write the JSON Schemas that let an editor complete and check the course's files.

    To DIRECTORY, or where those of this program are.
    """
    try:
        for file in write_schemas(directory or DEFAULT_DIRECTORY):
            click.echo(file)
    except OSError as error:
        raise CommandFailed(f"{error.filename} cannot be written: {error.strerror}") from error


course.add_command(export_course)
