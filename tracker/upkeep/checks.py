"""What an operator asks of a running site, one check after the other: how it stands, and what to do where it is red."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from flask_babel import format_date, format_decimal
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.config import Settings
from tracker.i18n import _, _n
from tracker.lrs_admin.queries import State, deliveries
from tracker.lrs_admin.wording import explain
from tracker.mail import what_to_do
from tracker.notes import Note
from tracker.operations import what_is_wrong_with_the_tables
from tracker.privacy.protocol import ProtocolNotWritten
from tracker.providers.queries import every_provider
from tracker.reports.models import SavedView
from tracker.upkeep.certificate import holds_until

__all__ = ["Check", "Colour", "checks", "facts"]

BACKUP_AGE = timedelta(hours=26)
"""A day, and two hours for the backup itself."""
RENEWED_BEFORE = timedelta(days=14)
LEAST_FREE = 0.05
QUIET = timedelta(minutes=10)
SELDOM = timedelta(hours=3)
"""After this long without a word, what runs beside the requests all the time, or once an hour, has stopped."""
_GIGA = 1_000_000_000


class Colour(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    colour: Colour
    says: str
    todo: str = ""
    at: datetime | None = None
    """When it was last as it should be."""
    endpoint: str | None = None
    """Where more can be seen."""


def facts(db: Session, course: Course) -> list[tuple[str, str]]:
    """What stands there, as somebody who is asked for help wants to know it."""
    engine = db.get_bind()
    if engine.dialect.name == "sqlite":
        size = db.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")) or 0
        kind = f"SQLite {db.scalar(text('SELECT sqlite_version()'))}"
    else:
        size = db.scalar(text("SELECT pg_database_size(current_database())")) or 0
        kind = f"PostgreSQL {db.scalar(text('SHOW server_version'))}"
    return [
        (_("Program"), f"Samverkan {version('samverkan')}"),
        (_("Course"), course.info.version),
        (_("Python"), platform.python_version()),
        (_("Database"), kind),
        (_("Size of the database"), _size(size)),
    ]


def checks(db: Session, settings: Settings, *, now: datetime) -> list[Check]:
    """The red ones first."""
    notes = {one.name: one for one in db.scalars(select(Note))}
    found = [
        _tables(),
        _mail(notes.get("mail"), settings),
        _running(_("Delivery to outside LRSs"), notes.get("delivery"), QUIET, now),
        _running(_("Reports and their mails"), notes.get("reports"), QUIET, now),
        _running(_("Names in study circles that are removed in time"), notes.get("groups"), SELDOM, now),
        _running(_("Courses from others that are left open"), notes.get("launches"), SELDOM, now),
        _privacy(notes.get("privacy"), settings, now),
        *_published(notes.get("publishing")),
        *_outside(db, now),
        *_sign_ins(db),
        *_reports(db),
        *_certificate(settings, now),
        _backup(settings, now),
        *_disks(settings),
    ]
    order = [Colour.RED, Colour.YELLOW, Colour.GREEN]
    return sorted(found, key=lambda one: order.index(one.colour))


def _tables() -> Check:
    name, fault = _("Tables of the database"), what_is_wrong_with_the_tables()
    if fault is None:
        return Check(name, Colour.GREEN, _("They are the ones that the program needs."))
    return Check(name, Colour.RED, _("They are not the ones that the program needs."), _("Run: samverkan db upgrade"))


def _mail(note: Note | None, settings: Settings) -> Check:
    name = _("Outgoing mail")
    if settings.mail_url is None:
        return Check(
            name,
            Colour.YELLOW,
            _("Mails are written to files, and nobody gets them."),
            _("Set SAMVERKAN_MAIL_URL to your mail server."),
        )
    if note is None:
        return Check(name, Colour.YELLOW, _("No mail has been sent yet."), _("Send one to yourself below."))
    if note.failures == 0:
        return Check(name, Colour.GREEN, _("The last mail was taken by the mail server."), at=note.last_success_at)
    says = _n("The last mail was not sent.", "The last %(num)s mails were not sent.", note.failures)
    return Check(name, Colour.RED, says, what_to_do(note.last_fault or ""), at=note.last_success_at)


def _running(name: str, note: Note | None, quiet: timedelta, now: datetime) -> Check:
    start = _("It runs with samverkan serve. Start that, or look in its log why it stopped.")
    if note is None or note.last_success_at is None:
        return Check(name, Colour.RED, _("Has not run here yet."), start)
    if now - note.last_success_at > quiet:
        return Check(name, Colour.RED, _("Has stopped."), start, at=note.last_success_at)
    if note.failures:
        failed = _n("Failed the last time.", "Failed the last %(num)s times.", note.failures)
        todo = _("The server tries again by itself. If it goes on, its log says why.")
        return Check(name, Colour.RED, failed, todo, at=note.last_success_at)
    return Check(name, Colour.GREEN, _("Runs."), at=note.last_success_at)


def _privacy(note: Note | None, settings: Settings, now: datetime) -> Check:
    found = _running(_("Retention, the audit log and orders of erasure"), note, SELDOM, now)
    if note is None or not note.failures or note.last_fault != ProtocolNotWritten.__name__:
        return found
    todo = _(
        "The server can’t write in %(folder)s. Let it, or make room. Nobody can be erased until it can.",
        folder=settings.protocol_folder,
    )
    return replace(found, says=_n("Failed the last time.", "Failed the last %(num)s times.", note.failures), todo=todo)


def _published(note: Note | None) -> Iterator[Check]:
    if note is not None and note.failures:
        failed = _n("Failed the last time.", "Failed the last %(num)s times.", note.failures)
        todo = _(
            "Run samverkan report publish on the server: it says what is wrong. "
            "Until it works the reports show the figures from last time."
        )
        yield Check(_("The day’s reports"), Colour.RED, failed, todo, at=note.last_success_at)


def _outside(db: Session, now: datetime) -> Iterator[Check]:
    for one in deliveries(db, now):
        to = one.figures.destination
        says = _n("%(num)s Statement waits.", "%(num)s Statements wait.", one.figures.waiting)
        if one.figures.refused:
            says += " " + _n("%(num)s was refused.", "%(num)s were refused.", one.figures.refused)
        todo = ""
        if one.state is State.HELD:
            says = _("An administrator has paused it.") + " " + says
            todo = _("Open it and choose Try again when it may go on.")
        elif one.needs_somebody:
            detail = to.pause_reason or to.last_error
            told = explain(detail) if detail else None
            todo = (
                f"{told.what} {told.todo}"
                if told
                else _("It runs with samverkan serve. Start that, or look in its log why it stopped.")
            )
        elif one.figures.refused:
            todo = _("Open it to see what was refused, and why.")
        colour = Colour.RED if one.needs_somebody else Colour.YELLOW if one.figures.refused else Colour.GREEN
        yield Check(one.name, colour, says, todo, at=to.last_success, endpoint="lrs_admin.destinations")


def _sign_ins(db: Session) -> Iterator[Check]:
    for one in every_provider(db):
        failing = one.last_fault_at and (one.last_success_at is None or one.last_success_at < one.last_fault_at)
        if not one.is_open and not failing:
            continue
        name = _("Sign-in with %(name)s", name=one.name)
        where = "admin_providers.providers"
        if failing:
            yield Check(
                name,
                Colour.RED,
                _("The last try failed."),
                _("Open it to see what is wrong and what to do."),
                at=one.last_success_at,
                endpoint=where,
            )
        elif one.last_success_at is None:
            yield Check(name, Colour.YELLOW, _("Nobody has signed in yet."), _("Test it."), endpoint=where)
        else:
            yield Check(name, Colour.GREEN, _("Works."), at=one.last_success_at, endpoint=where)


def _reports(db: Session) -> Iterator[Check]:
    failed = db.scalar(select(func.count()).where(SavedView.fault.is_not(None))) or 0
    if failed:
        says = _n("%(num)s report could not be mailed.", "%(num)s reports could not be mailed.", failed)
        yield Check(_("Reports by mail"), Colour.RED, says, _("They are tried again. See to the mail server first."))


def _certificate(settings: Settings, now: datetime) -> Iterator[Check]:
    if not settings.secure:
        return
    name, until = _("The site’s certificate"), holds_until(settings.base_url)
    if until is None:
        says = _("The server does not reach its own address.")
        yield Check(
            name, Colour.YELLOW, says, _("Is SAMVERKAN_BASE_URL right? In some networks it is so all the same.")
        )
    elif until - now < RENEWED_BEFORE:
        says = _("It holds until %(date)s.", date=format_date(until, "d MMMM yyyy"))
        yield Check(name, Colour.RED, says, _("Renew it, and see why it was not done by itself."))
    else:
        yield Check(name, Colour.GREEN, _("It holds until %(date)s.", date=format_date(until, "d MMMM yyyy")))


def _backup(settings: Settings, now: datetime) -> Check:
    name = _("Last backup")
    if settings.backups is None:
        return Check(
            name,
            Colour.YELLOW,
            _("We do not know where the backups are."),
            _("Set SAMVERKAN_BACKUPS to the file or folder that your backup writes."),
        )
    newest = _newest(settings.backups)
    if newest is None:
        todo = _("See that the backup runs, and that the server may read %(place)s.", place=settings.backups)
        return Check(name, Colour.RED, _("There is none."), todo)
    if now - newest > BACKUP_AGE:
        return Check(
            name, Colour.RED, _("It is more than a day old."), _("See that the backup runs every night."), at=newest
        )
    return Check(name, Colour.GREEN, _("It is less than a day old."), at=newest)


def _newest(place: Path) -> datetime | None:
    """When the newest file was written that holds anything."""
    try:
        files = [place] if place.is_file() else list(place.iterdir())
        written = [found.st_mtime for one in files if one.is_file() and (found := one.stat()).st_size]
    except OSError:
        return None
    return datetime.fromtimestamp(max(written), UTC) if written else None


def _disks(settings: Settings) -> Iterator[Check]:
    seen: set[int] = set()
    for name, place in ((_("Disk of the server"), settings.instance), (_("Disk of the backups"), settings.backups)):
        if place is None or not place.exists() or place.stat().st_dev in seen:
            continue
        seen.add(place.stat().st_dev)
        usage = shutil.disk_usage(place)
        says = _("%(free)s of %(total)s are free.", free=_size(usage.free), total=_size(usage.total))
        if usage.free < max(LEAST_FREE * usage.total, _GIGA):
            yield Check(name, Colour.RED, says, _("Make room, or nothing more can be saved soon."))
        else:
            yield Check(name, Colour.GREEN, says)


def _size(size: int) -> str:
    for unit, worth in (("GB", _GIGA), ("MB", 1_000_000)):
        if size >= worth:
            return f"{format_decimal(round(size / worth, 1))} {unit}"
    return f"{size // 1000} kB"
