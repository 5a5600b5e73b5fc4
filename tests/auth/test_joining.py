"""A guest signs in: what has been done comes along, once, and nobody else gets at it."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.models import StatementRow
from tests.auth.steps import ask_for_link, lessons_left, sign_in_by_link, signed_in_as
from tests.conftest import NOW, Mails, Visitor
from tests.tracker.taking import take_course, take_lesson
from tracker.auth.joining import NotAGuest, join
from tracker.certificates.services import issue
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind
from tracker.registrations.models import Registration

KARIN = "karin@forening.example"

Make = Callable[..., Learner]
SignIn = Callable[[Learner], Visitor]
T = TypeVar("T")


@pytest.fixture
def took(db: Session, app: Flask) -> Callable[..., None]:
    """``took(learner, "0-1", "0-2")``"""

    def take(learner: Learner, *lesson_ids: str) -> None:
        with app.app_context():
            for lesson_id in lesson_ids:
                take_lesson(db, app, learner, lesson_id, now=NOW)
            db.commit()

    return take


def _statements(db: Session) -> dict[str, Any]:
    return {str(row.statement_id): json.loads(row.statement) for row in _all(db, StatementRow)}


def _all(db: Session, table: type[T]) -> list[T]:
    """As it is now. The session keeps no transaction open, which on SQLite would hinder the pages."""
    found = list(db.scalars(select(table).execution_options(populate_existing=True)))
    db.commit()
    return found


def test_a_guest_becomes_the_account_of_a_new_address(
    make_learner: Make, sign_in: SignIn, mails: Mails, took: Callable[..., None], db: Session
) -> None:
    guest = make_learner(name="Karin Lindqvist")
    took(guest, "0-1", "1-1")
    before = _statements(db)
    visitor = sign_in(guest)

    link = ask_for_link(visitor, mails, KARIN)
    assert "Lektionerna du har gjort i den här webbläsaren följer med" in visitor.get(link).text
    visitor.post(link)

    assert (signed_in_as(visitor), lessons_left(visitor)) == (KARIN, 18)
    assert [(one.id, one.account, one.name) for one in _all(db, Learner)] == [
        (guest.id, guest.account, "Karin Lindqvist")
    ]
    assert _statements(db) == before


def test_on_another_device_the_guest_comes_along_and_is_signed_out_where_it_was(
    make_learner: Make, sign_in: SignIn, make_visitor: Callable[[], Visitor], mails: Mails, took: Callable[..., None]
) -> None:
    guest = make_learner()
    took(guest, "0-1")
    computer, telephone = sign_in(guest), make_visitor()

    link = ask_for_link(computer, mails, KARIN)
    assert "Ta med det som är gjort i den webbläsare där länken beställdes" in telephone.get(link).text
    telephone.post(link, {"keep_asked": "y"})

    assert (signed_in_as(telephone), lessons_left(telephone)) == (KARIN, 19)
    assert computer.get("/sv/profile").status_code == 302


def test_what_somebody_else_has_done_can_be_left_behind(
    make_learner: Make, sign_in: SignIn, make_visitor: Callable[[], Visitor], mails: Mails, took: Callable[..., None]
) -> None:
    stranger = make_learner()
    took(stranger, "0-1")
    elsewhere, karin = sign_in(stranger), make_visitor()

    karin.post(ask_for_link(elsewhere, mails, KARIN))

    assert (signed_in_as(karin), lessons_left(karin)) == (KARIN, 20)
    assert lessons_left(elsewhere) == 19


def test_an_account_gets_what_the_guest_has_done(
    make_learner: Make, sign_in: SignIn, mails: Mails, took: Callable[..., None], db: Session
) -> None:
    account, guest = make_learner(email=KARIN), make_learner()
    took(account, "0-1", "1-1")
    took(guest, "1-1", "1-2")
    registrations = {one.id: one.account for one in _all(db, Registration)}
    before = _statements(db)
    visitor = sign_in(guest)

    sign_in_by_link(visitor, mails, KARIN)

    # 1-1 was done twice and counts once.
    assert (signed_in_as(visitor), lessons_left(visitor)) == (KARIN, 17)
    assert [one.id for one in _all(db, Learner)] == [account.id]
    assert {one.id: one.account for one in _all(db, Registration)} == registrations
    assert {one.learner_id for one in _all(db, Registration)} == {account.id}
    assert _statements(db) == before


def test_two_halves_make_a_whole_course(
    make_learner: Make, sign_in: SignIn, mails: Mails, took: Callable[..., None], course: Course, db: Session
) -> None:
    lessons = [lesson.id for lesson in course.core_lessons]
    account, guest = make_learner(email=KARIN), make_learner()
    took(account, *lessons[::2])
    took(guest, *lessons[1::2])
    before = _statements(db)
    visitor = sign_in(guest)

    sign_in_by_link(visitor, mails, KARIN)

    assert "Du har genomfört kursen" in visitor.get("/sv/certificate").text
    after = _statements(db)
    assert {key: after[key] for key in before} == before
    completed = [one["object"]["id"] for key, one in after.items() if key not in before]
    assert completed.count(course.info.iri) == 1


def test_a_guest_can_leave_it_behind(
    make_learner: Make, sign_in: SignIn, mails: Mails, took: Callable[..., None]
) -> None:
    guest = make_learner()
    took(guest, "0-1")
    visitor = sign_in(guest)

    sign_in_by_link(visitor, mails, KARIN, keep=False)

    assert (signed_in_as(visitor), lessons_left(visitor)) == (KARIN, 20)


def test_the_guest_in_the_browser_that_opens_the_link_can_come_along_too(
    make_learner: Make, sign_in: SignIn, make_visitor: Callable[[], Visitor], mails: Mails, took: Callable[..., None]
) -> None:
    guest = make_learner()
    took(guest, "0-1")
    here, elsewhere = sign_in(guest), make_visitor()
    link = ask_for_link(elsewhere, mails, KARIN)

    assert "Ta med det som är gjort i den här webbläsaren" in here.get(link).text
    here.post(link, {"keep_here": "y"})

    assert (signed_in_as(here), lessons_left(here)) == (KARIN, 19)


def test_the_account_keeps_its_own_details_and_takes_what_it_lacks(
    make_learner: Make, sign_in: SignIn, mails: Mails, db: Session
) -> None:
    kitchen = Organisation(name="Öppna Köket", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
    db.add(kitchen)
    db.flush()
    account = make_learner(email=KARIN, name="Karin Lindqvist")
    guest = make_learner(
        name="Kajsa", capacity=Capacity.VOLUNTEER, organisation=kitchen, organisation_kind=OrganisationKind.ASSOCIATION
    )

    sign_in_by_link(sign_in(guest), mails, KARIN)

    [learner] = _all(db, Learner)
    assert (learner.id, learner.name, learner.capacity) == (account.id, "Karin Lindqvist", Capacity.VOLUNTEER)
    assert (learner.organisation, learner.organisation_kind) == (kitchen, OrganisationKind.ASSOCIATION)


def test_a_guests_certificate_is_valid_after_the_join(
    make_learner: Make, sign_in: SignIn, mails: Mails, app: Flask, db: Session, course: Course, visitor: Visitor
) -> None:
    make_learner(email=KARIN, name="Karin Lindqvist")
    guest = make_learner(name="Kajsa")
    with app.app_context():
        finished = take_course(db, app, guest, now=NOW)
        code = issue(db, guest, course, now=finished).code
        db.commit()

    mine = sign_in(guest)
    sign_in_by_link(mine, mails, KARIN)

    assert "Karin Lindqvist" in visitor.get(f"/sv/certificates/{code}").text
    assert code in mine.get("/sv/certificate").text


def test_an_account_is_never_taken_for_the_guest_it_was(
    make_learner: Make, sign_in: SignIn, make_visitor: Callable[[], Visitor], mails: Mails, took: Callable[..., None]
) -> None:
    guest = make_learner()
    took(guest, "0-1")
    visitor, other = sign_in(guest), make_visitor()
    second = ask_for_link(visitor, mails, "nils@forening.example")
    sign_in_by_link(visitor, mails, KARIN)

    other.post(second, {"keep_asked": "y"})

    assert (signed_in_as(visitor), lessons_left(visitor)) == (KARIN, 19)
    assert (signed_in_as(other), lessons_left(other)) == ("nils@forening.example", 20)


def test_accounts_are_not_joined(make_learner: Make, db: Session) -> None:
    one, other = make_learner(email=KARIN), make_learner(email="nils@forening.example")

    with pytest.raises(NotAGuest):
        join(db, guest=one, into=other)


def test_a_password_brings_the_guest_along_too(
    make_learner: Make, sign_in: SignIn, took: Callable[..., None], db: Session
) -> None:
    from tracker.auth.passwords import set_password

    account, guest = make_learner(email=KARIN), make_learner()
    set_password(db, account, "tre korta ord")
    db.commit()
    took(guest, "0-1")
    visitor = sign_in(guest)

    visitor.post("/sv/sign-in/password", {"email": KARIN, "password": "tre korta ord", "keep": "y"})

    assert (signed_in_as(visitor), lessons_left(visitor)) == (KARIN, 19)
