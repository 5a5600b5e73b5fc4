"""A report as a file: exactly the rows and the protection that the page shows."""

import csv
import io
from collections.abc import Iterable, Mapping

from flask_babel.speaklater import LazyString

from tracker.i18n import _, _l, current_language
from tracker.reports.protection import Figure, Hidden
from tracker.reports.queries import Completion

__all__ = ["HIDDEN", "completion_csv", "share"]

HIDDEN: Mapping[Hidden, LazyString] = {
    Hidden.FEW: _l("fewer than 5"),
    Hidden.NEARLY_ALL: _l("all or nearly all"),
    Hidden.INDIVISIBLE: _l("too few to divide"),
    Hidden.PROTECTS: _l("hidden, protects another figure"),
}

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


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
    return _text(rows)


def _steps(started: Figure, completed: Figure) -> list[str]:
    percent = share(completed, started)
    return [_written(started), _written(completed), _("is not shown") if percent is None else str(percent)]


def _written(figure: Figure) -> str:
    return str(HIDDEN[figure.hidden]) if figure.hidden else str(figure.value)


def _text(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula, and runs it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
