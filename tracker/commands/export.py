"""``samverkan course export``: the course as a package."""

from pathlib import Path

import click

from course.check import check, report
from course.exporters import Chosen, Format, NothingChosen, UnknownModule, export
from course.faults import errors_in
from course.loader import load_course
from course.schema import Language
from tracker.app import TEMPLATES
from tracker.clock import now
from tracker.commands.base import CommandFailed, whole_file
from tracker.i18n import LANGUAGES
from tracker.packages.house import house_of

__all__ = ["export_course"]


@click.command("export")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "format_", type=click.Choice([one.value for one in Format]), required=True)
@click.option(
    "--lang",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    default=("sv",),
    show_default=True,
    help="Twice for both in one package; the first is the one that it opens in.",
)
@click.option("--module", "modules", multiple=True, metavar="ID", help="Only this module. Can be given several times.")
@click.option("--optional/--no-optional", default=True, show_default=True, help="With the optional lessons or without.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The zip file to write.")
def export_course(
    directory: Path | None,
    format_: str,
    languages: tuple[Language, ...],
    modules: tuple[str, ...],
    optional: bool,
    output: Path,
) -> None:
    """Write the course as a package: cmi5, SCORM 1.2, SCORM 2004 4th Edition, or pages that need no server.

    A course with errors is not exported; they are listed as by "course check".
    """
    faults = check(directory, today=now().date())
    if errors_in(faults):
        for line in report(faults, directory):
            click.echo(line)
        raise CommandFailed("the course has errors, so nothing was exported")
    try:
        chosen = Chosen(load_course(directory), tuple(dict.fromkeys(languages)), modules, optional)
    except (UnknownModule, NothingChosen) as error:
        raise CommandFailed(str(error)) from error
    with whole_file(output) as file:
        package = export(chosen, Format(format_), house_of(TEMPLATES, directory))
        file.write(package)
    click.echo(f"{output}: {len(chosen.lessons)} lessons, {len(package) / 1000:,.0f} kB.")
