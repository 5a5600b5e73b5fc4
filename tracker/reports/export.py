"""A report as a file: exactly the rows and the protection that the page shows."""

from collections.abc import Mapping

from flask_babel.speaklater import LazyString

from tracker.i18n import _, _l, current_language
from tracker.reports.protection import Figure, Hidden
from tracker.reports.queries import Completion
from tracker.spreadsheets import csv_text

__all__ = ["HIDDEN", "completion_csv", "share"]

HIDDEN: Mapping[Hidden, LazyString] = {
    Hidden.FEW: _l("fewer than 5"),
    Hidden.NEARLY_ALL: _l("all or nearly all"),
    Hidden.INDIVISIBLE: _l("too few to divide"),
    Hidden.PROTECTS: _l("hidden, protects another figure"),
}


def share(part: Figure, whole: Figure) -> int | None:
    """In whole percent, where both may be shown."""
    if part.value is None or not whole.value:
        return None
    return round(100 * part.value / whole.value)


def completion_csv(found: Completion, filters: Mapping[str, str]) -> str:
    """For Excel in Swedish: semicolons, and a mark that says UTF-8."""
    language = current_language()
    rows = [
        [_("Part"), _("Title"), _("Started"), _("Completed"), _("Per cent"), *filters],
        *(
            [row.module.number, row.module.info.title[language], *_steps(row.started, row.completed), *filters.values()]
            for row in found.modules
        ),
        ["", _("The whole course"), *_steps(found.started, found.completed), *filters.values()],
        [
            "",
            _("Has a certificate"),
            _("does not apply"),
            *_steps(found.completed, found.certified)[1:],
            *filters.values(),
        ],
    ]
    return csv_text(rows)


def _steps(started: Figure, completed: Figure) -> list[str]:
    percent = share(completed, started)
    return [_written(started), _written(completed), _("is not shown") if percent is None else str(percent)]


def _written(figure: Figure) -> str:
    return str(HIDDEN[figure.hidden]) if figure.hidden else str(figure.value)
