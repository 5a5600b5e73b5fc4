"""Karin, about whom everything is stored that can be; and a search for her through a whole database."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from lrs_adapter.destinations import add_destination
from lrs_adapter.documents import Conditions, Scope, put_document
from lrs_adapter.identity import Authority, agent_key
from lrs_adapter.store import record
from tests.conftest import NOW, signed_in
from tests.groups.circles import Circle
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth.services import ask_for_link
from tracker.groups.closing import reopen
from tracker.groups.models import Presence
from tracker.learners.models import Learner
from tracker.people.models import PeopleImport
from tracker.reports.models import SavedView

__all__ = ["MAIL", "NAME", "found", "karins_circle", "known_by"]

MAIL = "karin.ornstedt@forening.example"
NAME = "Karin Örnstedt"
OTHER = Authority("http://lrs.example", "another system")


def karins_circle(db: Session, app: Flask, *, now: datetime = NOW) -> Circle:
    """Karin leads two others through the whole course, and has everything stored about her that can be."""
    circle = Circle(db, app, "Yusuf", "Lena", now=now)
    karin = circle.leader.registration.learner
    karin.email, karin.name = MAIL, NAME
    circle.leader.name = NAME
    add_destination(
        db, name="Länets LRS", endpoint="http://127.0.0.1:9/xapi/", key="k", secret="s", secret_key="x" * 40, now=now
    )
    db.commit()
    for number in (1, 2, 3):
        circle.was_there(number, circle.leader, *circle.members)
        circle.close(number)
    # A correction, by which she voids what she had recorded about another.
    reopen(db, circle.meeting(1), by=circle.leader, now=now + timedelta(days=30))
    circle.was_there(1, circle.members[0], presence=Presence.ABSENT)
    circle.close(1, now=now + timedelta(days=30))
    # Other systems write about her by her address, name and all.
    for agent in ({"mbox": f"mailto:{MAIL}", "name": NAME}, {"mbox_sha1sum": _sha1(MAIL)}):
        statement = {"actor": agent, "verb": {"id": "http://verb.example/read"}, "object": {"id": "http://a.example/1"}}
        record(db, [statement], authority=OTHER, now=now)
    activity, agent = uuid4(), {"account": {"homePage": "http://localhost", "name": str(karin.account)}}
    scope = Scope(kind="state", activity=activity, agent=agent_key(agent))
    put_document(db, scope, "bookmark", content=NAME.encode(), content_type="text/plain",
                 conditions=Conditions(), must_know=False, required=False, now=now)  # fmt: skip
    ask_for_link(db, MAIL, now=now)
    view = {"name": f"{NAME}s vy", "view": "modules", "filters": {}, "language": "sv"}
    db.add(SavedView(learner_id=karin.id, created_at=now, **view))
    chief = Learner(email="chef@region.example", created_at=now, is_administrator=True)
    db.add(chief)
    db.flush()
    db.add(PeopleImport(by_id=chief.id, created_at=now, unchanged=0, changes=[
        {"line": 2, "email": MAIL, "name": NAME}, {"line": 3, "email": "lena@forening.example", "name": "Lena"}],
        faults=[{"line": 4, "fault": "twice", "value": f"{MAIL} (2)"}]))  # fmt: skip
    audit.note(db, Action.PERSON_SEEN, by=chief, now=now, subject=karin)
    signed_in(karin)
    db.commit()
    return circle


def _sha1(mail: str) -> str:
    return hashlib.sha1(f"mailto:{mail}".encode(), usedforsecurity=False).hexdigest()


def known_by(learner: Learner) -> list[str]:
    """What she may be found by, in any table."""
    return [MAIL, NAME, _sha1(MAIL), str(learner.account), learner.account.hex]


def found(db: Session, *words: str) -> set[str]:
    """Where one of the words stands: every column of every table that the database itself says it has.

    As the database keeps them, whatever the program takes them for: a table that is added later is searched too.
    """
    wanted = [one.casefold() for word in words for one in (word, json.dumps(word)[1:-1])]
    return {place for place, value in _values(db) if any(one in value.casefold() for one in wanted)}


def _values(db: Session) -> Iterator[tuple[str, str]]:
    for table in inspect(db.connection()).get_table_names():
        rows = db.execute(text(f'SELECT * FROM "{table}"'))
        names = list(rows.keys())
        for row in rows:
            for name, value in zip(names, row, strict=True):
                if value is not None:
                    yield f"{table}.{name}", _text(value)


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
