"""``samverkan course``: check the course, and export it."""

from datetime import datetime
from pathlib import Path

import click

from course.check import check, report
from course.faults import errors_in
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


course.add_command(export_course)
