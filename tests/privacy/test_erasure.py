"""One person, followed through every table, the LRS, the queues, what is exported, and a backup that is restored."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.destinations import add_destination
from lrs_adapter.documents import Conditions, Scope, put_document
from lrs_adapter.identity import Authority, agent_key
from lrs_adapter.models import AgentNameRow, OutboxRow, StatementRow
from lrs_adapter.store import record, voided_among
from tests.conftest import NOW, Visitor, signed_in
from tests.groups.circles import Circle
from tracker.audit import chain
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth.services import ask_for_link
from tracker.certificates.models import Certificate
from tracker.config import Settings
from tracker.groups.closing import reopen
from tracker.groups.models import Member, Presence
from tracker.learners.models import Learner
from tracker.migrations.env_metadata import METADATA
from tracker.people.models import PeopleImport
from tracker.privacy import erasing, orders, reapplying
from tracker.privacy.inventory import HOLDINGS, NOTHING
from tracker.privacy.models import ErasureOrder
from tracker.progress import projection
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.models import SavedView
from tracker.reports.publishing import publish
from tracker.reports.queries import Filters, overview

MAIL = "karin.ornstedt@forening.example"
NAME = "Karin Örnstedt"
OTHER = Authority("http://lrs.example", "another system")


def _places(db: Session) -> Iterator[tuple[str, str]]:
    """Every value in every table, as text, with where it stands."""
    for metadata in METADATA:
        for table in metadata.tables.values():
            for row in db.execute(select(*table.c)):
                for column, value in zip(table.c, row, strict=True):
                    if isinstance(column.type, LargeBinary) and value is not None:
                        yield f"{table.name}.{column.name}", bytes(value).decode("utf-8", "replace")
                    elif isinstance(value, dict | list):
                        yield f"{table.name}.{column.name}", json.dumps(value, ensure_ascii=False)
                    elif value is not None:
                        yield f"{table.name}.{column.name}", str(value)


def _found(db: Session, *words: str) -> set[str]:
    wanted = [one.casefold() for one in words]
    return {place for place, text in _places(db) if any(one in text.casefold() for one in wanted)}


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    """Karin leads two others through the whole course, and has everything stored about her that can be."""
    circle = Circle(db, app, "Yusuf", "Lena")
    karin = circle.leader.registration.learner
    karin.email, karin.name = MAIL, NAME
    circle.leader.name = NAME
    add_destination(
        db, name="Länets LRS", endpoint="http://127.0.0.1:9/xapi/", key="k", secret="s", secret_key="x" * 40, now=NOW
    )
    db.commit()
    for number in (1, 2, 3):
        circle.was_there(number, circle.leader, *circle.members)
        circle.close(number)
    # A correction, by which she voids what she had recorded about another.
    reopen(db, circle.meeting(1), by=circle.leader, now=NOW + timedelta(days=30))
    circle.was_there(1, circle.members[0], presence=Presence.ABSENT)
    circle.close(1, now=NOW + timedelta(days=30))
    # Other systems write about her by her address, name and all.
    for agent in ({"mbox": f"mailto:{MAIL}", "name": NAME}, {"mbox_sha1sum": _sha1(MAIL)}):
        statement = {"actor": agent, "verb": {"id": "http://verb.example/read"}, "object": {"id": "http://a.example/1"}}
        record(db, [statement], authority=OTHER, now=NOW)
    activity, agent = uuid4(), {"account": {"homePage": "http://localhost", "name": str(karin.account)}}
    scope = Scope(kind="state", activity=activity, agent=agent_key(agent))
    put_document(db, scope, "bookmark", content=NAME.encode(), content_type="text/plain",
                 conditions=Conditions(), must_know=False, required=False, now=NOW)  # fmt: skip
    ask_for_link(db, MAIL, now=NOW)
    view = {"name": f"{NAME}s vy", "view": "modules", "filters": {}, "language": "sv"}
    db.add(SavedView(learner_id=karin.id, created_at=NOW, **view))
    chief = Learner(email="chef@region.example", created_at=NOW, is_administrator=True)
    db.add(chief)
    db.flush()
    db.add(PeopleImport(by_id=chief.id, created_at=NOW, unchanged=0, changes=[
        {"line": 2, "email": MAIL, "name": NAME}, {"line": 3, "email": "lena@forening.example", "name": "Lena"}],
        faults=[{"line": 4, "fault": "twice", "value": f"{MAIL} (2)"}]))  # fmt: skip
    audit.note(db, Action.PERSON_SEEN, by=chief, now=NOW, subject=karin)
    signed_in(karin)
    db.commit()
    return circle


def _sha1(mail: str) -> str:
    return hashlib.sha1(f"mailto:{mail}".encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def place(settings: Settings) -> erasing.Place:
    return erasing.Place(settings.base_url, settings.protocol_folder, settings.instance / "mail")


def _known_by(learner: Learner) -> list[str]:
    return [MAIL, NAME, _sha1(MAIL), str(learner.account), learner.account.hex]


def test_every_table_is_in_the_inventory() -> None:
    own = set(METADATA[0].tables)

    assert set(HOLDINGS) | set(NOTHING) == own, "say in tracker/privacy/inventory.py what the table holds about people"
    assert not set(HOLDINGS) & set(NOTHING)
    about = {
        table.name
        for table in METADATA[0].tables.values()
        if any(key.column.table.name in {"learner", "registration", "group_member"} for key in table.foreign_keys)
    }
    assert about <= set(HOLDINGS)


def test_nothing_leads_to_an_erased_person(
    db: Session, app: Flask, circle: Circle, place: erasing.Place, course: Course, settings: Settings
) -> None:
    karin = circle.leader.registration.learner
    known, ids = _known_by(karin), [circle.leader.registration_id, karin.account]
    before = publish(db, course, with_demo=False, now=NOW, least=3)
    figures = overview(db, course, before, Filters())
    members = [one.registration_id for one in circle.members]
    of_members = select(StatementRow.statement_id).where(StatementRow.registration.in_(members))
    stored = set(db.scalars(of_members))
    voided = voided_among(db, list(stored))
    assert len(_found(db, *known)) > 12
    assert voided
    place.mail_folder.mkdir(parents=True)
    (place.mail_folder / "one.eml").write_text(f"To: {MAIL}\n\nhello")

    erasing.erase(db, karin, by=None, place=place, now=NOW + timedelta(days=40))
    db.commit()
    db.expire_all()

    # Only the order says what those who run the other LRS have to erase, for as long as they have not.
    assert _found(db, *known) == {"erasure_order.agents"}
    assert not list(place.mail_folder.glob("*"))
    [order] = db.scalars(select(ErasureOrder))
    orders.confirm(db, order, by=None, now=NOW)
    db.commit()
    assert _found(db, *known, *(str(one) for one in ids), *(one.hex for one in ids if one)) == set()
    for file in place.protocol_folder.iterdir():
        assert not any(word.casefold() in file.read_text().casefold() for word in known)

    # What others have done stands, and what was voided stays so.
    assert set(db.scalars(of_members)) == stored
    assert voided_among(db, list(stored)) == voided
    assert db.scalar(select(func.count()).select_from(AgentNameRow)) == 0
    assert [one.name for one in db.scalars(select(Member).order_by(Member.id))] == [None, "Yusuf", "Lena"]
    assert {one["email"] for one in db.scalars(select(PeopleImport.changes)).one()} == {"lena@forening.example"}
    assert db.scalar(select(func.count()).select_from(OutboxRow)) == len(
        [seq for seq in db.scalars(select(OutboxRow.seq)) if db.get(StatementRow, seq) is not None]
    )

    # As many as before have begun and completed, also when all is worked out again from the Statements.
    projection.rebuild(db, course.info.iri)
    again = publish(db, course, with_demo=False, now=NOW + timedelta(days=41), least=3)
    after = overview(db, course, again, Filters())
    assert [str(one) for one in (after.started, after.completed)] == [
        str(one) for one in (figures.started, figures.completed)
    ]
    left = db.scalars(
        select(ModuleProgress.started_at).join(Registration).join(Learner).where(Learner.erased_on.is_not(None))
    )
    assert {(one.day, one.hour, one.minute) for one in left} == {(1, 0, 0)}
    assert isinstance(chain.verify(db), chain.Head)


def test_a_restored_backup_forgets_again(
    db: Session, app: Flask, circle: Circle, place: erasing.Place, settings: Settings, tmp_path: Path
) -> None:
    """The protocol outside the database is enough: here another copy of the same person is what comes back."""
    karin = circle.leader.registration.learner
    known, account, registration = _known_by(karin), karin.account, circle.leader.registration.account
    erasing.erase(db, karin, by=None, place=place, now=NOW)
    db.commit()
    back = Learner(email=MAIL, name=NAME, created_at=NOW, account=account)
    db.add_all([back, Learner(email="nagon@annan.example", created_at=NOW)])
    db.commit()
    assert account == registration

    found = reapplying.reapply(db, place.protocol_folder / "erasures.jsonl", place=place, now=NOW)

    assert found == 1
    assert _found(db, *known) <= {"erasure_order.agents"}
    assert db.scalar(select(Learner.email).where(Learner.email == "nagon@annan.example")) is not None
    assert reapplying.reapply(db, place.protocol_folder / "erasures.jsonl", place=place, now=NOW) == 0


def test_nothing_is_erased_that_the_protocol_cannot_hold(
    db: Session, karin: Learner, sign_in: Callable[[Learner], Visitor], settings: Settings
) -> None:
    settings.protocol_folder.parent.mkdir(parents=True, exist_ok=True)
    settings.protocol_folder.write_text("in the way")

    page = sign_in(karin).post("/sv/my-data/erase", {"word": "radera"})

    assert page.status_code == 503
    db.expire_all()
    assert db.scalar(select(Learner.email).where(Learner.id == karin.id)) == karin.email


def test_the_code_of_the_certificate_opens_nothing(
    db: Session, circle: Circle, place: erasing.Place, make_visitor: Callable[[], Visitor]
) -> None:
    registration = circle.leader.registration
    done = {"course_version": "1", "lesson_count": 20, "minutes": 108}
    db.add(CourseCompletion(registration_id=registration.id, completed_at=NOW, **done))
    db.add(
        Certificate(
            code="7K4R-29WX-0B3D",
            registration_id=registration.id,
            course={"title": {"sv": "x", "en": "x"}, "subtitle": {"sv": "", "en": ""}, "goals": {"sv": [], "en": []}},
            course_version="1",
            form="group",
            completed_on=NOW.date(),
            lesson_count=20,
            minutes=108,
            issued_at=NOW,
        )
    )
    db.commit()
    assert make_visitor().get("/sv/certificates/7K4R-29WX-0B3D").status_code == 200

    erasing.erase(db, registration.learner, by=None, place=place, now=NOW)
    db.commit()

    assert make_visitor().get("/sv/certificates/7K4R-29WX-0B3D").status_code == 404
    assert db.scalar(select(func.count()).select_from(Certificate)) == 1  # still counted, on nobody's paper
