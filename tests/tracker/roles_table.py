"""The table of roles and pages, ``roles.csv``: a row for each page and method, a column for each kind of visitor.

``in``: the page is served (what it shows can still depend on whose it is). ``sign in``: the visitor is sent to sign in
(a form that is sent gets 403). ``no``: 403. ``key``: the page asks for a key of its own, and takes no notice of who is
signed in.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from tracker.permissions import Role, with_what_follows

FILE = Path(__file__).with_name("roles.csv")
VISITORS: dict[str, Role | None] = {
    "stranger": None,
    "guest": Role.LEARNER,
    "learner": Role.ACCOUNT,
    "facilitator": Role.ACCOUNT,
    "report reader": Role.REPORT_READER,
    "organisation administrator": Role.ORGANISATION_ADMINISTRATOR,
    "administrator": Role.ADMINISTRATOR,
}
Row = dict[str, str]


def row(page: str, method: str, roles: frozenset[Role]) -> Row:
    """What follows from the roles that the view allows."""
    return {"page": page, "method": method, **{who: _answer(role, roles) for who, role in VISITORS.items()}}


def _answer(role: Role | None, roles: frozenset[Role]) -> str:
    if Role.MACHINE in roles:
        return "key"
    if Role.ANYONE in roles:
        return "in"
    if role is None:
        return "sign in"
    if roles & with_what_follows(role):
        return "in"
    return "sign in" if role is Role.LEARNER and Role.ACCOUNT in roles else "no"


def read() -> list[Row]:
    """In the order of the page's name; in the file they may stand in any order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda one: (one["page"], one["method"]))


def write(rows: Iterable[Row]) -> None:
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["page", "method", *VISITORS], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
