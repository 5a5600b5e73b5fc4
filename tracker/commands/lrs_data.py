"""``samverkan lrs import`` and ``samverkan lrs export``: Statements in and out in bulk."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask import Flask
from sqlalchemy.orm import Session

from lrs_adapter.multipart import Part
from lrs_adapter.validation.primitives import is_iri, parse_timestamp
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.commands.base import CommandFailed, application, whole_file
from tracker.config import Settings
from tracker.lrs_admin import exporting, remote
from tracker.lrs_admin.files import BrokenFile, read_statements
from tracker.lrs_admin.importing import BATCH, Refused, Taken, authority_of, take

__all__ = ["export_statements", "import_statements"]

MOST_LISTED = 1_000


class Moment(click.ParamType[datetime]):
    """A day (its first moment, in UTC) or a timestamp."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.combine(date.fromisoformat(value), time.min, UTC)
        except ValueError:
            moment = parse_timestamp(value)
        if moment is None:
            self.fail(f"{value!r} is neither a day (2027-02-04) nor a timestamp (2027-02-04T17:30:00Z)", param, ctx)
        return moment


class Iri(click.ParamType[str]):
    name = "iri"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_iri(value):
            self.fail(f"{value!r} is not an absolute IRI", param, ctx)
        return str(value)


class _Import:
    """One run of ``samverkan lrs import``: what has come of it so far."""

    def __init__(self, app: Flask, db: Session, *, strict: bool) -> None:
        self.db = db
        self.strict = strict
        self.settings: Settings = app.extensions["samverkan.settings"]
        self.authority = authority_of(self.settings.base_url + "/xapi")
        self.total = Taken()

    def take(
        self,
        found: Iterable[tuple[str, bytes]],
        parts: Mapping[str, Part] | None = None,
        *,
        through: tuple[str, datetime] | None = None,
    ) -> None:
        """One batch, in a transaction of its own. ``through``: source, and how far it has been read with this."""
        depth = self.settings.lrs_limits.depth
        taken = take(self.db, list(found), authority=self.authority, now=now(), parts=parts, depth=depth)
        if self.strict and taken.refused:
            self.db.rollback()
            first = taken.refused[0]
            raise CommandFailed(f"{first.place}: {first.reason} ({self.said}; this batch is not)")
        if through is not None:
            remote.remember(self.db, *through, now=now())
        self.db.commit()
        self.total.new += taken.new
        self.total.present += taken.present
        self.total.without_data += taken.without_data
        self.total.refused += taken.refused

    @property
    def said(self) -> str:
        return f"{self.total.new} new, {self.total.present} already there"

    def finish(self) -> None:
        """Say how it went.

        :raises CommandFailed: when something was not taken.
        """
        refused = self.total.refused
        _list(refused)
        click.echo(f"{self.said}.")
        if self.total.without_data:
            click.echo(f"{self.total.without_data} of the new have an attachment whose data did not come along.")
        if refused:
            count = len(refused)
            raise CommandFailed(f"{count} {'Statement was' if count == 1 else 'Statements were'} not taken, see above")


def _list(refused: list[Refused]) -> None:
    for one in refused[:MOST_LISTED]:
        click.echo(f"{one.place}: {one.reason}", err=True)
    if len(refused) > MOST_LISTED:
        click.echo(f"… and {len(refused) - MOST_LISTED} more", err=True)


@click.command("import")
@click.argument("source")
@click.option("--key", help="Key of the other LRS.")
@click.option(
    "--secret",
    envvar="SAMVERKAN_IMPORT_SECRET",
    help="Its secret. Better in SAMVERKAN_IMPORT_SECRET, where other users of the machine cannot see it.",
)
@click.option("--strict", is_flag=True, help="Stop at the first Statement that cannot be taken.")
@click.option("--from-start", is_flag=True, help="Read all of the other LRS again, not only what has been added.")
@click.option(
    "--xapi-version", type=click.Choice(["1.0.3", "2.0.0"]), default="1.0.3", show_default=True, help="Ask in this."
)
def import_statements(
    source: str, key: str | None, secret: str | None, strict: bool, from_start: bool, xapi_version: str
) -> None:
    """Take Statements from SOURCE: a file (JSON Lines, a JSON array or an LRS's answer), - for stdin, or the address
    of another LRS with --key and --secret. Safe to run again: what is here already is left alone.
    """
    is_address = source.startswith(("http://", "https://"))
    if is_address and (key is None or secret is None):
        raise CommandFailed("the other LRS asks who we are: give --key, and --secret or SAMVERKAN_IMPORT_SECRET")
    with application() as (app, db):
        run = _Import(app, db, strict=strict)
        if is_address:
            assert key is not None
            assert secret is not None
            _from_lrs(run, remote.OtherLrs(source, key, secret, version=xapi_version), from_start=from_start)
        else:
            with _open(source) as file, _bar(_size(file), "Importing") as told:
                _from_file(run, file, "stdin" if source == "-" else source, told)
        run.finish()


def _from_file(run: _Import, file: BinaryIO, name: str, told: Callable[[int], None]) -> None:
    statements = read_statements(file, most=run.settings.lrs_limits.body, told=told)
    try:
        while batch := list(islice(statements, BATCH)):
            run.take((f"{name}:{one.line}", one.text) for one in batch)
    except BrokenFile as error:
        _list(run.total.refused)
        raise CommandFailed(f"{name}:{error.line}: {error.rule} ({run.said}; nothing is read from there on)") from error


def _from_lrs(run: _Import, other: remote.OtherLrs, *, from_start: bool) -> None:
    since = None if from_start else remote.read_on(run.db, other.source)
    run.db.rollback()
    number = 0
    try:
        with _bar(None, "Importing") as told:
            for page in other.pages(since):
                found = [(f"Statement {number + n}", text) for n, text in enumerate(page.statements, start=1)]
                number += len(found)
                run.take(found, page.parts, through=(other.source, page.through) if page.through else None)
                told(len(found))
    except remote.SourceFailed as error:
        _list(run.total.refused)
        raise CommandFailed(f"{error} ({run.said}; run it again to go on from there)") from error
    finally:
        other.close()


@click.command("export")
@click.option("-o", "--output", required=True, help="The file to write, or - for stdout.")
@click.option("--since", type=Moment(), help="Stored after this.")
@click.option("--until", type=Moment(), help="Stored at this moment or before.")
@click.option("--verb", type=Iri(), help="Only with this verb.")
@click.option("--activity", type=Iri(), help="Only about this Activity.")
def export_statements(
    output: str, since: datetime | None, until: datetime | None, verb: str | None, activity: str | None
) -> None:
    """Write Statements as JSON Lines, in the order in which they were stored, voided ones too."""
    with application() as (_, db):
        choice = exporting.choose(db, now=now(), since=since, until=until, verb=verb, activity=activity)
        audit.note(db, Action.STATEMENTS_EXPORTED, by=None, now=now())
        db.commit()
        total = exporting.count(db, choice)
        db.rollback()
        where = nullcontext(sys.stdout.buffer) if output == "-" else whole_file(Path(output))
        with _bar(total, "Exporting") as told, where as file:
            written = 0
            for line in exporting.lines(db, choice):
                file.write(line.encode() + b"\n")
                written += 1
                if written % BATCH == 0:
                    told(BATCH)
            told(written % BATCH)
    if output != "-":
        click.echo(f"{written} Statements are in {output}.")


@contextmanager
def _open(source: str) -> Iterator[BinaryIO]:
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(source).open("rb") as file:
            yield file
    except OSError as error:
        raise CommandFailed(f"{source} cannot be read: {error.strerror}") from error


def _size(file: BinaryIO) -> int | None:
    size = os.fstat(file.fileno()).st_size
    return size or None


@contextmanager
def _bar(length: int | None, label: str) -> Iterator[Callable[[int], None]]:
    """On a terminal only. Without a length it counts. Gives what is told how many more are done."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=length or 0, label=label, file=sys.stderr, hidden=hidden, show_pos=length is None
    ) as bar:
        if length is None:
            bar.length = None
        yield bar.update
