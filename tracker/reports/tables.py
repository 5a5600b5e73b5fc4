"""A report as a table. The page and every file are made from the same one, so they can't differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.groups.models import Group
from tracker.i18n import _, current_language
from tracker.launch.models import ImportedCourse
from tracker.launch.wording import text_in
from tracker.learners.labels import CAPACITIES, ORGANISATION_KINDS
from tracker.learners.models import Capacity, Organisation, OrganisationKind
from tracker.reports import people, queries
from tracker.reports.dimensions import NOT_SAID
from tracker.reports.edition import latest_of
from tracker.reports.figures import Figure, share
from tracker.reports.labels import FORMS, LANGUAGES, month_in_words
from tracker.reports.models import Publication
from tracker.reports.queries import Filters
from tracker.sorting import swedish

__all__ = ["Cell", "Column", "Kind", "Table", "View", "named", "table_of"]

Cell = str | int | date | Figure | None


class View(StrEnum):
    MODULES = "modules"
    ORGANISATIONS = "organisations"
    KINDS = "kinds"
    ROLES = "roles"
    GROUPS = "groups"
    MONTHS = "months"
    FINISHED = "finished"
    IMPORTED = "imported"
    PEOPLE = "people"


class Kind(StrEnum):
    TEXT = "text"
    PEOPLE = "people"
    PERCENT = "percent"
    MINUTES = "minutes"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    """For other programs; the same in every language."""
    label: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    view: View
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    """Of the view by person they come as they are read, once."""
    overview: queries.Overview | None = None


_MANY = 500
"""Organisations: all of them are sooner read than so many named one by one."""

_DIMENSIONS = {
    View.ORGANISATIONS: "organisation",
    View.KINDS: "kind",
    View.ROLES: "capacity",
    View.GROUPS: "group",
    View.MONTHS: "begun",
    View.FINISHED: "done",
}


def table_of(
    db: Session, course: Course, publication: Publication | None, filters: Filters, view: View, **paging: Any
) -> Table:
    """``paging`` goes to the view by person: ``after``, ``limit``, ``with_demo``."""
    if view is View.PEOPLE:
        return Table(view, _people_columns(course, filters), people.rows(db, course, filters, **paging))
    overview = queries.overview(db, course, publication, filters)
    if view is View.MODULES:
        return _modules(overview)
    if view is View.IMPORTED:
        return _imported(db, publication, filters, overview)
    return _by_value(db, publication, filters, view, overview)


def named(db: Session, dimension: str, values: Iterable[str]) -> dict[str, str]:
    """How the values of a dimension are read by people."""
    values = [value for value in dict.fromkeys(values) if value != NOT_SAID]
    match dimension:
        case "organisation":
            query = select(Organisation.id, Organisation.name)
            if len(values) <= _MANY:
                query = query.where(Organisation.id.in_([int(value) for value in values]))
            names, gone = {str(key): name for key, name in db.execute(query)}, _("An organisation that is gone")
            words = {value: names.get(value, gone) for value in values}
        case "group":
            groups = [UUID(value) for value in values]
            found = db.execute(select(Group.id, Group.name).where(Group.id.in_(groups)))
            names, gone = {_bare(key): name for key, name in found}, _("A group that is gone")
            words = {value: names.get(_bare(value), gone) for value in values}
        case "kind":
            words = {value: str(ORGANISATION_KINDS[OrganisationKind(value)]) for value in values}
        case "capacity":
            words = {value: str(CAPACITIES[Capacity(value)]) for value in values}
        case "begun":
            words = {value: month_in_words(value) for value in values}
        case "done":
            words = {value: month_in_words(value) for value in values}
        case "language":
            words = {value: str(LANGUAGES[value]) if value in LANGUAGES else value for value in values}
        case "form":
            words = {value: str(FORMS[value]) for value in values}
        case _:
            words = {value: value for value in values}
    nothing = {"group": _("In no group"), "done": _("Has not completed")}.get(dimension, _("Has not said"))
    return {NOT_SAID: nothing, **words}


def _bare(identifier: object) -> str:
    """SQLite keeps a UUID without hyphens, PostgreSQL with them."""
    return str(identifier).replace("-", "")


def _modules(overview: queries.Overview) -> Table:
    language = current_language()
    columns = [
        Column("part", _("Part")),
        Column("title", _("Title")),
        Column("started", _("Started"), Kind.PEOPLE),
        Column("completed", _("Completed"), Kind.PEOPLE),
        Column("percent", _("Share"), Kind.PERCENT),
        Column("stopped", _("Started but not completed"), Kind.PEOPLE),
        Column("minutes", _("Minutes, median"), Kind.MINUTES),
    ]
    rows: list[Sequence[Cell]] = [
        (
            str(row.module.number),
            row.module.info.title[language],
            row.started,
            row.completed,
            share(row.completed, row.started),
            row.stopped,
            row.minutes,
        )
        for row in overview.modules
    ]
    rows.append(("", _("The whole course"), *_steps(overview.started, overview.completed), overview.stopped, None))
    rows.append(("", _("Has a certificate"), None, *_steps(overview.completed, overview.certified)[1:], None, None))
    return Table(View.MODULES, columns, rows, overview)


def _steps(whole: Figure, part: Figure) -> tuple[Figure, Figure, int | None]:
    return whole, part, share(part, whole)


def _by_value(
    db: Session, publication: Publication | None, filters: Filters, view: View, overview: queries.Overview
) -> Table:
    heading = {
        View.ORGANISATIONS: _("Organisation"),
        View.KINDS: _("Kind of organisation"),
        View.ROLES: _("In the capacity of"),
        View.GROUPS: _("Group"),
        View.MONTHS: _("Began in"),
        View.FINISHED: _("Completed in"),
    }[view]
    columns = [
        Column(_DIMENSIONS[view], heading),
        Column("started", _("Started"), Kind.PEOPLE),
        Column("completed", _("Completed"), Kind.PEOPLE),
        Column("percent", _("Share"), Kind.PERCENT),
        Column("certified", _("Has a certificate"), Kind.PEOPLE),
    ]
    found = queries.by_value(db, publication, filters, _DIMENSIONS[view])
    names = named(db, _DIMENSIONS[view], [row.value for row in found if row.value is not None])
    told = [row for row in found if row.value is not None and row.started.most]
    if view in (View.MONTHS, View.FINISHED):
        told.sort(key=lambda row: (row.value == NOT_SAID, row.value or ""))
    else:
        told.sort(key=lambda row: (row.value == NOT_SAID, swedish(names[row.value or ""])))
    rows: list[Sequence[Cell]] = [
        (names[row.value or ""], *_steps(row.started, row.completed), row.certified) for row in told
    ]
    rows += [
        (_("The others, too few in each"), *_steps(row.started, row.completed), row.certified)
        for row in found
        if row.value is None and row.started.most
    ]
    rows.append((_("All"), *_steps(overview.started, overview.completed), overview.certified))
    return Table(view, columns, rows, overview)


def _imported(db: Session, publication: Publication | None, filters: Filters, overview: queries.Overview) -> Table:
    """Courses made by others, each published as a course of its own. Nobody is counted twice within one."""
    columns = [
        Column("title", _("Course")),
        Column("started", _("Started"), Kind.PEOPLE),
        Column("completed", _("Completed"), Kind.PEOPLE),
        Column("percent", _("Share"), Kind.PERCENT),
        Column("passed", _("Passed"), Kind.PEOPLE),
    ]
    rows: list[Sequence[Cell]] = []
    for course in db.scalars(select(ImportedCourse)) if publication is not None else ():
        made = latest_of(db, str(course.id), with_demo=publication.with_demo) if publication is not None else None
        if made is None:
            continue
        started, completed, passed = queries.of_imported(db, made, filters)
        title = text_in(course.current.structure.title)
        rows.append((title, *_steps(started, completed), passed))
    rows.sort(key=lambda row: swedish(str(row[0])))
    return Table(View.IMPORTED, columns, rows, overview)


def _people_columns(course: Course, filters: Filters) -> list[Column]:
    language = current_language()
    return [
        Column("name", _("Name")),
        Column("email", _("E-mail address")),
        Column("organisation", _("Organisation")),
        Column("capacity", _("In the capacity of")),
        *(
            Column(module.id, f"{module.number} {module.info.title[language]}")
            for module in course.modules
            if filters.module in (None, module.id)
        ),
        Column("course", _("The whole course")),
        Column("completed", _("Completed on"), Kind.DATE),
        Column("certified", _("Certificate on"), Kind.DATE),
    ]
