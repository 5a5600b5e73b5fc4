"""A certificate for a course made by others: what it says, and that the course can change or go away."""

import io
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor
from tests.launch import packages
from tests.launch.conftest import Au
from tests.launch.packages import au
from tracker.auth.joining import join
from tracker.certificates.models import Certificate, ImportedCertificate
from tracker.certificates.services import follow, issue
from tracker.config import Settings
from tracker.launch import launching, services
from tracker.launch.current import place_of_settings
from tracker.launch.models import ImportedCompletion, ImportedCourse, LaunchRegistration
from tracker.launch.registering import register_learner
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion

MakeCourse = Callable[..., ImportedCourse]
SignIn = Callable[[Learner], Visitor]
# Half past midnight on 5 February in Sweden.
LATE = datetime(2027, 2, 4, 23, 30, tzinfo=UTC)


@pytest.fixture
def karin(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="karin@forening.example", name="Karin Lindqvist")


@pytest.fixture
def imported(make_imported: MakeCourse) -> ImportedCourse:
    return make_imported(au("1", moveOn="Passed", title="Avtalet"), au("2", moveOn="Completed"))


@pytest.fixture
def completed(db: Session) -> Callable[..., UUID]:
    """Opens parts as the learner and passes them. The registration, completed late on 4 February 2027."""

    def complete(visitor: Visitor, made: ImportedCourse, *indexes: int) -> UUID:
        for index in indexes:
            opened = visitor.post(f"/sv/courses/{made.id}/parts/{index}")
            part = Au(visitor.client, {"launch_url": opened.location}).begin()
            verb = "passed" if part.data["moveOn"] == "Passed" else "completed"
            part.send(verb)
            part.send("terminated")
        found = db.scalars(
            select(LaunchRegistration)
            .where(LaunchRegistration.course_id == made.id)
            .order_by(LaunchRegistration.created_at.desc())
        ).first()
        assert found is not None
        db.refresh(found)
        found.satisfied_at = found.satisfied_at and LATE
        db.commit()
        return found.id

    return complete


def _make(visitor: Visitor, registration: UUID, name: str = "Karin Lindqvist") -> str:
    """The code."""
    address = f"/sv/my-certificates/{registration}"
    assert visitor.post(address, {"name": name}).location == address
    found = re.search(r"Kod: </span>([0-9A-Z-]{14})<", visitor.get(address).text)
    assert found
    return found[1]


def _words(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def _waive(db: Session, settings: Settings, learner: Learner, made: ImportedCourse, *indexes: int) -> None:
    place = place_of_settings(settings)
    registration = register_learner(db, made, learner, base_url=place.base_url, now=NOW)
    for index in indexes:
        part = registration.version.structure.aus[index]
        launching.waive(db, registration, part, reason="Tested Out", place=place, now=NOW)
    db.commit()


def test_it_says_what_was_true(
    karin: Learner, sign_in: SignIn, imported: ImportedCourse, completed: Callable[..., UUID], visitor: Visitor
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)
    address = f"/sv/my-certificates/{registration}"
    assert f'href="{address}"' in mine.get(f"/sv/courses/{imported.id}").text
    assert 'value="Karin Lindqvist"' in mine.get(address).text

    code = _make(mine, registration)

    for page in (mine.get(address), visitor.get(f"/sv/certificates/{code}")):
        said = _words(page)
        assert "har genomfört kursen Lagen i vardagen" in said
        for fact in ("Datum 5 februari 2027", "Form På egen hand", "Omfattning 2 delar", "Version 1", code):
            assert fact in said
        assert "Kurs Gjord av andra, given på localhost" in said
        assert "minuter" not in said
        assert "lektion" not in said
        assert "tillgodoräk" not in said
    in_english = _words(visitor.get(f"/en/certificates/{code}"))
    assert "Karin Lindqvist has completed the course The law every day" in in_english
    assert visitor.get("/sv/certificates", query_string={"code": code.lower()}).location == f"/sv/certificates/{code}"


def test_the_pdf_is_tagged_and_the_same_each_time(
    karin: Learner, sign_in: SignIn, imported: ImportedCourse, completed: Callable[..., UUID]
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)
    assert mine.get(f"/sv/my-certificates/{registration}.pdf").status_code == 404
    code = _make(mine, registration)

    first, second = (mine.get(f"/sv/my-certificates/{registration}.pdf") for _ in range(2))

    assert first.mimetype == "application/pdf"
    assert f"intyg-{code}.pdf" in first.headers["Content-Disposition"]
    assert first.data == second.data
    for needed in (b"/StructTreeRoot", b"pdfuaid:part", b"DisplayDocTitle true"):
        assert needed in first.data


@pytest.mark.parametrize("title", ["Lag " * 400, "W" * 700, "دورة القانون", "#[= *"])
def test_a_course_may_be_called_anything(
    karin: Learner, sign_in: SignIn, make_imported: MakeCourse, completed: Callable[..., UUID], title: str
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, make_imported(au("1", moveOn="Passed"), title=title), 0)
    _make(mine, registration, "W" * 100)

    response = mine.get(f"/sv/my-certificates/{registration}.pdf")

    assert response.status_code == 200
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", response.data)) == 1


def test_a_title_in_another_language_than_the_page_is_marked(
    karin: Learner, sign_in: SignIn, imported: ImportedCourse, completed: Callable[..., UUID], db: Session
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)
    code = _make(mine, registration)
    kept = db.scalars(select(ImportedCompletion)).one()
    kept.title = {"de-AT": "Das Recht im Alltag"}
    db.commit()

    for address in (f"/sv/certificates/{code}", f"/sv/my-certificates/{registration}"):
        assert '<b lang="de-AT">Das Recht im Alltag</b>' in mine.get(address).text
    assert 'lang="de-AT"' in mine.get("/sv/my-certificates").text
    assert mine.get(f"/sv/my-certificates/{registration}.pdf").status_code == 200


def test_what_was_counted_as_done_is_said_to_be_so(
    karin: Learner,
    sign_in: SignIn,
    make_imported: MakeCourse,
    completed: Callable[..., UUID],
    db: Session,
    settings: Settings,
) -> None:
    mine = sign_in(karin)
    partly = make_imported(au("1", moveOn="Passed"), au("2", moveOn="Passed"), au("3"))
    _waive(db, settings, karin, partly, 1)
    wholly = make_imported(au("1", moveOn="Passed"))
    _waive(db, settings, karin, wholly, 0)

    code = _make(mine, completed(mine, partly, 0))
    said = _words(mine.get(f"/sv/certificates/{code}"))
    assert "har genomfört kursen" in said
    assert "Omfattning 2 delar, varav 1 tillgodoräknad" in said, "the third part asks for nothing"

    registration = completed(mine, wholly)
    code = _make(mine, registration)
    for address in (f"/sv/certificates/{code}", f"/sv/my-certificates/{registration}"):
        said = _words(mine.get(address))
        assert "har fått tillgodoräkna sig kursen" in said
        assert "Form Tillgodoräknad" in said
        assert "genomför" not in said


def test_there_is_none_for_a_course_that_is_not_complete(
    karin: Learner, sign_in: SignIn, imported: ImportedCourse, completed: Callable[..., UUID], db: Session
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0)
    address = f"/sv/my-certificates/{registration}"

    assert address not in mine.get(f"/sv/courses/{imported.id}").text
    assert mine.get(address).status_code == 404
    assert mine.post(address, {"name": "Karin"}).status_code == 404
    assert mine.get(f"{address}.pdf").status_code == 404
    assert "Lagen i vardagen" not in mine.get("/sv/my-certificates").text
    assert db.scalars(select(ImportedCertificate)).all() == []


def test_opening_a_course_that_asks_for_nothing_certifies_nothing(
    karin: Learner, sign_in: SignIn, make_imported: MakeCourse, completed: Callable[..., UUID]
) -> None:
    mine = sign_in(karin)
    made = make_imported(au("1"))
    mine.post(f"/sv/courses/{made.id}/parts/0")

    assert mine.get(f"/sv/my-certificates/{completed(mine, made)}").status_code == 404


def test_it_belongs_to_its_owner(
    karin: Learner,
    sign_in: SignIn,
    make_learner: Callable[..., Learner],
    imported: ImportedCourse,
    completed: Callable[..., UUID],
    visitor: Visitor,
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)
    code = _make(mine, registration)
    stranger = sign_in(make_learner(name="Nils Ek"))
    address = f"/sv/my-certificates/{registration}"

    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}.pdf").status_code == 404
    assert stranger.post(address, {"name": "Nils Ek"}).status_code == 404
    assert code not in stranger.get("/sv/my-certificates").text
    assert visitor.get(address).location.startswith("/sv/sign-in")
    assert "Karin Lindqvist" in visitor.get(f"/sv/certificates/{code}").text


def test_the_name_can_be_left_out_and_mended(
    karin: Learner, sign_in: SignIn, imported: ImportedCourse, completed: Callable[..., UUID], visitor: Visitor
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)
    code = _make(mine, registration, "")
    assert "Innehavaren har genomfört kursen" in _words(visitor.get(f"/sv/certificates/{code}"))

    assert _make(mine, registration, "Karin Lindkvist") == code
    assert "Karin Lindkvist" in visitor.get(f"/sv/certificates/{code}").text
    refused = mine.post(f"/sv/my-certificates/{registration}", {"name": "x" * 101})
    assert (refused.status_code, refused.text.count("högst 100 tecken")) == (422, 2)


def test_a_course_that_is_replaced_and_deleted_changes_nothing(
    karin: Learner,
    sign_in: SignIn,
    imported: ImportedCourse,
    completed: Callable[..., UUID],
    visitor: Visitor,
    db: Session,
    settings: Settings,
) -> None:
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)
    code = _make(mine, registration)
    addresses = (f"/sv/certificates/{code}", f"/en/certificates/{code}")
    before = [_words(visitor.get(one)) for one in addresses]
    pdf = mine.get(f"/sv/my-certificates/{registration}.pdf").data

    new = io.BytesIO(packages.zipped(packages.course(au("9", moveOn="Passed"), title="Något helt annat")))
    package = services.read_package(new, media_type=None, shelf=services.Shelf(settings.package_folder))
    services.replace(db, db.get_one(ImportedCourse, imported.id), package, filename="ny.zip", now=NOW)
    db.commit()
    assert [_words(visitor.get(one)) for one in addresses] == before

    services.delete_course(db, db.get_one(ImportedCourse, imported.id))
    db.commit()
    assert [_words(visitor.get(one)) for one in addresses] == before
    assert mine.get(f"/sv/my-certificates/{registration}.pdf").data == pdf
    assert "Lagen i vardagen" in mine.get("/sv/my-certificates").text


def test_whoever_had_completed_a_deleted_course_can_still_make_one(
    karin: Learner,
    make_learner: Callable[..., Learner],
    sign_in: SignIn,
    imported: ImportedCourse,
    completed: Callable[..., UUID],
    db: Session,
) -> None:
    halfway = sign_in(make_learner(email="nils@forening.example"))
    unfinished = completed(halfway, imported, 0)
    mine = sign_in(karin)
    registration = completed(mine, imported, 0, 1)

    services.delete_course(db, db.get_one(ImportedCourse, imported.id))
    db.commit()

    assert halfway.get(f"/sv/my-certificates/{unfinished}").status_code == 404
    assert "Gör intyget" in mine.get("/sv/my-certificates").text
    code = _make(mine, registration)
    assert "5 februari 2027" in mine.get(f"/sv/certificates/{code}").text
    assert mine.get("/sv/course").status_code == 200


def test_the_list_has_both_kinds_and_a_corrected_meeting_takes_only_ours(
    graduate: Learner,
    sign_in: SignIn,
    imported: ImportedCourse,
    completed: Callable[..., UUID],
    db: Session,
    course: Course,
) -> None:
    mine = sign_in(graduate)
    code = _make(mine, completed(mine, imported, 0, 1))
    ours = issue(db, graduate, course, now=NOW).code
    db.commit()
    assert 'href="/sv/my-certificates"' in mine.get("/sv/course").text
    listed = _words(mine.get("/sv/my-certificates"))
    assert ours in listed
    assert code in listed
    assert "Klar 4 februari 2027" in listed
    assert "Klar 5 februari 2027" in listed

    db.delete(db.scalars(select(CourseCompletion)).one())
    db.flush()
    assert follow(db, graduate, course) == 1
    db.commit()

    assert mine.get(f"/sv/certificates/{ours}").status_code == 404
    assert mine.get(f"/sv/certificates/{code}").status_code == 200
    listed = _words(mine.get("/sv/my-certificates"))
    assert "Se vad som är kvar" in listed
    assert code in listed


def test_a_guests_certificate_follows_into_the_account(
    karin: Learner,
    make_learner: Callable[..., Learner],
    sign_in: SignIn,
    imported: ImportedCourse,
    completed: Callable[..., UUID],
    db: Session,
) -> None:
    mine, guest = sign_in(karin), make_learner(name="Karin L")
    not_made = completed(mine, imported, 0, 1)
    registration = completed(sign_in(guest), imported, 0, 1)
    code = _make(sign_in(guest), registration)

    join(db, guest=db.get_one(Learner, guest.id), into=db.get_one(Learner, karin.id))
    db.commit()

    assert "Karin Lindqvist" in mine.get(f"/sv/certificates/{code}").text
    listed = mine.get("/sv/my-certificates").text
    assert str(registration) in listed
    assert str(not_made) not in listed, "one certificate for one course is enough"


def test_it_goes_with_the_learner(
    karin: Learner, sign_in: SignIn, imported: ImportedCourse, completed: Callable[..., UUID], db: Session
) -> None:
    mine = sign_in(karin)
    code = _make(mine, completed(mine, imported, 0, 1))

    db.delete(db.get_one(Learner, karin.id))
    db.commit()

    assert mine.get(f"/sv/certificates/{code}").status_code == 404
    assert db.scalars(select(ImportedCompletion)).all() == []
    assert db.scalars(select(Certificate)).all() == []


def test_of_many_presses_at_once_there_is_one(
    karin: Learner,
    sign_in: SignIn,
    imported: ImportedCourse,
    completed: Callable[..., UUID],
    db: Session,
    app: Flask,
) -> None:
    registration = completed(sign_in(karin), imported, 0, 1)
    visitors = [sign_in(karin) for _ in range(6)]
    together = threading.Barrier(6)
    found: list[int] = []

    def press(visitor: Visitor) -> None:
        together.wait()
        found.append(visitor.post(f"/sv/my-certificates/{registration}", {"name": "Karin"}).status_code)

    threads = [threading.Thread(target=press, args=[one]) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [302] * 6
    assert len(db.scalars(select(ImportedCertificate)).all()) == 1
