"""One person, followed through every table, the LRS, the queues, what is exported, and a backup that is restored."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.models import AgentNameRow, OutboxRow, StatementRow
from lrs_adapter.store import voided_among
from tests.conftest import NOW, Visitor
from tests.groups.circles import Circle
from tests.privacy.person import MAIL, NAME, found, known_by
from tracker.audit import chain
from tracker.certificates.models import Certificate
from tracker.config import Settings
from tracker.groups.models import Member
from tracker.learners.models import Learner
from tracker.migrations.env_metadata import METADATA
from tracker.people.models import PeopleImport
from tracker.privacy import erasing, orders, reapplying
from tracker.privacy.inventory import HOLDINGS, NOTHING
from tracker.privacy.models import ErasureOrder
from tracker.progress import projection
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.publishing import publish
from tracker.reports.queries import Filters, overview


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
    db: Session, app: Flask, karins: Circle, place: erasing.Place, course: Course, settings: Settings
) -> None:
    karin = karins.leader.registration.learner
    known, ids = known_by(karin), [karins.leader.registration_id, karin.account]
    before = publish(db, course, with_demo=False, now=NOW, least=3)
    figures = overview(db, course, before, Filters())
    members = [one.registration_id for one in karins.members]
    of_members = select(StatementRow.statement_id).where(StatementRow.registration.in_(members))
    stored = set(db.scalars(of_members))
    voided = voided_among(db, list(stored))
    assert len(found(db, *known)) > 12
    assert voided
    place.mail_folder.mkdir(parents=True)
    (place.mail_folder / "one.eml").write_text(f"To: {MAIL}\n\nhello")

    erasing.erase(db, karin, by=None, place=place, now=NOW + timedelta(days=40))
    db.commit()
    db.expire_all()

    # Only the order says what those who run the other LRS have to erase, for as long as they have not.
    assert found(db, *known) == {"erasure_order.agents"}
    assert not list(place.mail_folder.glob("*"))
    [order] = db.scalars(select(ErasureOrder))
    orders.confirm(db, order, by=None, now=NOW)
    db.commit()
    assert found(db, *known, *(str(one) for one in ids), *(one.hex for one in ids if one)) == set()
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


def test_somebody_who_comes_back_by_the_protocol_alone_goes_again(
    db: Session, app: Flask, karins: Circle, place: erasing.Place, settings: Settings, tmp_path: Path
) -> None:
    """The protocol outside the database is enough: here another copy of the same person is what comes back."""
    karin = karins.leader.registration.learner
    known, account, registration = known_by(karin), karin.account, karins.leader.registration.account
    erasing.erase(db, karin, by=None, place=place, now=NOW)
    db.commit()
    back = Learner(email=MAIL, name=NAME, created_at=NOW, account=account)
    db.add_all([back, Learner(email="nagon@annan.example", created_at=NOW)])
    db.commit()
    assert account == registration

    again = reapplying.reapply(db, place.protocol_folder / "erasures.jsonl", place=place, now=NOW)

    assert again == 1
    assert found(db, *known) <= {"erasure_order.agents"}
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
    db: Session, karins: Circle, place: erasing.Place, make_visitor: Callable[[], Visitor]
) -> None:
    registration = karins.leader.registration
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
