"""A report as somebody asks for it: by a page, a file, the API or the command line, all by the same filters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import format_date, format_time
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from course.schema import Course
from tracker.i18n import _, current_language
from tracker.reports.blocks import THRESHOLD
from tracker.reports.edition import latest_of
from tracker.reports.files import definitions
from tracker.reports.forms import CompletionFilter
from tracker.reports.publishing import latest
from tracker.reports.queries import Filters, Overview, overview
from tracker.reports.tables import Table, View, table_of

__all__ = ["Asked", "Before", "clock_time"]

_MONTH_BACK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Before:
    """What the figures are compared with."""

    words: str
    overview: Overview


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


class Asked:
    """``args``: the filters as they stand in an address. ``scope``: the only organisations that may be seen."""

    def __init__(
        self,
        db: Session,
        course: Course,
        args: Mapping[str, str],
        *,
        scope: frozenset[int] | None,
        with_demo: bool,
        now: datetime,
    ) -> None:
        self.db, self.course, self.scope, self.with_demo, self.now = db, course, scope, with_demo, now
        self.publication = latest(db, course, with_demo=with_demo)
        self.form = CompletionFilter(MultiDict(args))
        self.form.fill(db, course, self.publication, scope)
        self.good = self.form.validate()

    @property
    def filters(self) -> Filters:
        return self.form.chosen(self.db, self.scope)

    @property
    def least(self) -> int:
        return self.publication.least if self.publication else THRESHOLD

    def table(self, view: View, db: Session | None = None, **paging: Any) -> Table:
        """``db``: another session for what is read while it is sent."""
        more = {"with_demo": self.with_demo, **paging} if view is View.PEOPLE else {}
        return table_of(db or self.db, self.course, self.publication, self.filters, view, **more)

    def at(self, view: View) -> datetime:
        """When it was so."""
        return self.publication.published_at if self.publication and view is not View.PEOPLE else self.now

    def before(self) -> "Before | None":
        """What the same view said a month earlier; of a period, the one just before it that was as long."""
        filters = self.filters
        if filters.since is not None and filters.until is not None:
            months = _number(filters.until) - _number(filters.since) + 1
            earlier = replace(
                filters, since=_month(_number(filters.since) - months), until=_month(_number(filters.since) - 1)
            )
            words = _("the period before, from %(first)s until %(last)s", first=earlier.since, last=earlier.until)
            return Before(words, overview(self.db, self.course, self.publication, earlier))
        if self.publication is None:
            return None
        then = self.publication.published_at - _MONTH_BACK
        made = latest_of(self.db, self.course.info.id, with_demo=self.with_demo, until=then)
        if made is None:
            return None
        words = str(format_date(made.published_at, "d MMMM yyyy"))
        return Before(words, overview(self.db, self.course, made, filters))

    def as_of(self, view: View) -> str:
        at = self.at(view)
        return _("As it was on %(date)s at %(time)s.", date=format_date(at, "d MMMM yyyy"), time=clock_time(at))

    def facts(self, view: View) -> list[tuple[str, str]]:
        """What was chosen and what it means, for the files that have room for it."""
        words = self.form.words or {_("Filters"): _("None: everybody")}
        explained = definitions(self.least) if view is not View.PEOPLE else []
        return [*words.items(), ("", self.as_of(view)), *(("", text) for text in explained)]


def clock_time(value: datetime) -> str:
    return str(format_time(value, "HH.mm" if current_language() == "sv" else "HH:mm"))
