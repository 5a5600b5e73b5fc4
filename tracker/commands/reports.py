"""``samverkan report``."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click
from flask_babel import force_locale
from wtforms import Field, SelectField

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.commands.base import CommandFailed, application, whole_file
from tracker.content import current_course
from tracker.reports import files, people, upkeep
from tracker.reports.asking import Asked
from tracker.reports.publishing import publish
from tracker.reports.tables import Cell, Table, View
from tracker.reports.wording import titles
from tracker.reports.workbooks import xlsx

__all__ = ["report"]

_MOST_TOLD = 20

_FILTERS = {
    "since": "Began in this month or later.",
    "until": "Began in this month or before.",
    "done_since": "Completed in this month or later.",
    "done_until": "Completed in this month or before.",
    "capacity": "As what they take it, such as elected.",
    "kind": "Kind of organisation.",
    "organisation": "Organisation, by its number, with those under it.",
    "municipality": "Municipality of the group.",
    "group": "Group, by its id.",
    "form": "Alone or in a group.",
    "status": "How far.",
    "version": "Course version.",
    "language": "Language in which they take it.",
    "module": "Part of the course, such as m1.",
}


@click.group()
def report() -> None:
    """Figures."""


@report.command("publish")
@click.option("--if-due", is_flag=True, help="Only when the last time was a day ago, as the server does by itself.")
def publish_now(if_due: bool) -> None:
    """Count everybody now, without waiting for the day. Reports show it at once."""
    with application() as (app, db):
        if if_due:
            click.echo("Published." if upkeep.publish_if_due(app) else "Nothing is due.")
            return
        settings = app.extensions["samverkan.settings"]
        made = publish(db, current_course(), with_demo=settings.demo, now=now(), least=settings.report_least)
        db.commit()
        click.echo(f"Published: {made.people} people in blocks of at least {made.least}.")


@report.command("completion")
@click.option("--view", type=click.Choice([one.value for one in View]), default=View.MODULES.value, show_default=True)
@click.option("--format", "ending", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; otherwise standard output.")
@click.option("--language", type=click.Choice(["sv", "en"]), default="sv", show_default=True)
def completion(view: str, ending: str, output: Path | None, language: str, **filters: str | None) -> None:
    """What the page with the same filters shows. Months are written 2027-03, the rest as in the page's address."""
    with application() as (app, db), force_locale(language):
        chosen = {name: value for name, value in filters.items() if value is not None}
        if "taken_in" in chosen:
            chosen["language"] = chosen.pop("taken_in")
        settings = app.extensions["samverkan.settings"]
        asked = Asked(db, current_course(), chosen, scope=None, with_demo=settings.demo, now=now())
        if not asked.good:
            raise CommandFailed("; ".join(f"--{_option(name)}: {_why(asked.form[name])}" for name in asked.form.errors))
        if ending == "xlsx" and output is None:
            raise CommandFailed("an XLSX file needs --output")
        if View(view) is View.PEOPLE:
            audit.note(
                db, Action.REPORT_EXPORTED, by=None, now=now(), target="report:people", details={"format": ending}
            )
            db.commit()
        table = asked.table(View(view))
        length = None
        if table.view is View.PEOPLE and sys.stderr.isatty():
            length = people.count(db, asked.course, asked.filters, with_demo=asked.with_demo)
        with click.progressbar(length=length, file=sys.stderr) if length else nullcontext() as bar:
            counted = replace(table, rows=_counting(table, bar)) if bar is not None else table
            _write(counted, asked, ending, output)


def _option(name: str) -> str:
    """The language of the people is beside that of the report."""
    return {"language": "taken-in"}.get(name, name.replace("_", "-"))


for _name, _meaning in _FILTERS.items():
    _stored = {"language": "taken_in"}.get(_name, _name)
    completion = click.option(f"--{_option(_name)}", _stored, help=_meaning)(completion)


def _why(field: Field) -> str:
    if not isinstance(field, SelectField):
        return ", ".join(map(str, field.errors))
    known = [one.value for one in field.choices if one.value]
    return f"{field.data!r} is not one of {', '.join(known[:_MOST_TOLD])}{' …' if len(known) > _MOST_TOLD else ''}"


def _counting(table: Table, bar: "click._termui_impl.ProgressBar[int]") -> Iterator[tuple[Cell, ...]]:
    for row in table.rows:
        bar.update(1)
        yield tuple(row)


def _write(table: Table, asked: Asked, ending: str, output: Path | None) -> None:
    if ending == "xlsx":
        assert output is not None
        with whole_file(output) as file:
            file.writelines(xlsx(table, title=titles()[table.view], facts=asked.facts(table.view)))
        return
    about = {"published_at": asked.at(table.view).isoformat(), "threshold": asked.least, "filters": asked.form.address}
    lines = files.csv_lines(table) if ending == "csv" else files.as_json(table, about)
    if output is None:
        for text in lines:
            click.echo(text, nl=False)
        return
    with whole_file(output) as file:
        file.writelines(text.encode() for text in lines)
