"""``python -m course.check [DIR]``: every fault in a course at once, a line each."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from course.checks import answers, dates, ids, languages, minutes, reading, references, texts, typography
from course.faults import Fault, Severity, errors_in
from course.loader import DEFAULT_DIRECTORY
from course.reader import read

__all__ = ["check", "main", "report"]


def check(directory: Path | None = None, *, today: date, lix_limit: int | None = None) -> tuple[Fault, ...]:
    """Everything that is wrong in a course, in the order of the files. What can be checked is, whatever else is wrong.

    :param lix_limit: takes the place of the limit in course.yaml.
    """
    draft = read(directory or DEFAULT_DIRECTORY)
    found = [
        *draft.faults,
        *ids.check(draft),
        *languages.check(draft),
        *texts.check(draft),
        *typography.check(draft),
        *references.check(draft),
        *answers.check(draft),
        *minutes.check(draft),
        *dates.check(draft, today),
        *reading.check(draft, lix_limit),
    ]
    return tuple(sorted(set(found)))


def report(faults: Sequence[Fault], directory: Path | None = None) -> Iterator[str]:
    """The lines to print: a fault each with its path from where one stands, and a summary last."""
    folder = directory or DEFAULT_DIRECTORY
    for fault in faults:
        yield f"{folder / fault.path}:{fault.line}: {fault.severity}: {fault.message}"
    errors = len(errors_in(faults))
    warnings = sum(1 for fault in faults if fault.severity is Severity.WARNING)
    if not faults:
        yield "No faults in the course."
    else:
        yield f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}."


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 when there are errors."""
    parser = argparse.ArgumentParser(
        prog="python -m course.check", description="Report every fault in a course at once."
    )
    parser.add_argument(
        "directory", nargs="?", type=Path, help="the course's folder; without it, the course of this package"
    )
    parser.add_argument(
        "--lix-limit", type=int, help="Swedish above this LIX is reported; without it, the course's own limit"
    )
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="check as on this day")
    options = parser.parse_args(arguments)
    faults = check(
        options.directory, today=options.today or datetime.now(UTC).astimezone().date(), lix_limit=options.lix_limit
    )
    for line in report(faults, options.directory):
        print(line)
    return 1 if errors_in(faults) else 0


if __name__ == "__main__":
    sys.exit(main())
