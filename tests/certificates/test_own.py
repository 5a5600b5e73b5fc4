"""The certificate as its owner sees it: what is left, making it, the name, the PDF."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor, signed_in
from tests.tracker.taking import fail_check, take_course, take_lesson
from tracker.certificates.models import Certificate
from tracker.certificates.services import NotComplete, issue
from tracker.learners.models import Learner

Make = Callable[..., Learner]
SignIn = Callable[[Learner], Visitor]


def _code_on(visitor: Visitor) -> str:
    found = re.search(r"Kod: </span>([0-9A-Z-]{14})<", visitor.get("/sv/certificate").text)
    assert found
    return found[1]


def _make(visitor: Visitor, name: str = "Karin Lindqvist") -> str:
    assert visitor.post("/sv/certificate", {"name": name}).location == "/sv/certificate"
    return _code_on(visitor)


def test_before_the_course_is_complete_the_page_says_what_is_left(
    make_learner: Make, sign_in: SignIn, app: Flask, db: Session
) -> None:
    learner = make_learner()
    with app.app_context():
        take_lesson(db, app, learner, "0-1", now=NOW)
        db.commit()

    page = sign_in(learner).get("/sv/certificate").text

    assert "19 lektioner är kvar" in page
    assert 'href="/sv/lessons/0-2"' in page
    assert 'href="/sv/lessons/0-1"' not in page
    assert "åtta rätt av tio" in page


def test_nobody_gets_a_certificate_for_an_incomplete_course(
    make_learner: Make, sign_in: SignIn, app: Flask, db: Session, course: Course
) -> None:
    learner = make_learner()
    with app.app_context():
        for lesson in course.core_lessons[:-2]:
            take_lesson(db, app, learner, lesson.id, now=NOW)
        fail_check(db, app, learner, now=NOW)
        db.commit()
    visitor = sign_in(learner)

    visitor.post("/sv/certificate", {"name": "Karin"})

    assert "2 lektioner är kvar" in visitor.get("/sv/certificate").text
    assert visitor.get("/sv/certificate.pdf").location == "/sv/certificate"
    assert db.scalars(select(Certificate)).all() == []
    with pytest.raises(NotComplete):
        issue(db, learner, course, now=NOW)


def test_the_certificate_says_what_was_true(graduate: Learner, sign_in: SignIn) -> None:
    visitor = sign_in(graduate)
    assert 'value="Karin Lindqvist"' in visitor.get("/sv/certificate").text

    _make(visitor)

    page = visitor.get("/sv/certificate").text
    for said in ("Karin Lindqvist", "4 februari 2027", "20 lektioner, 108 minuter", "Kurs 2027.1", "På egen hand"):
        assert said in page
    assert "samverkan mellan offentlig sektor och civilsamhälle" in page
    assert "8/10" not in page
    in_english = visitor.get("/en/certificate").text
    assert "4 February 2027" in in_english
    assert "cooperation between the public sector and civil society" in in_english


def test_a_double_click_and_a_second_visit_give_the_same_certificate(
    graduate: Learner, sign_in: SignIn, db: Session
) -> None:
    code = _make(sign_in(graduate))

    assert _make(sign_in(graduate)) == code
    assert len(db.scalars(select(Certificate)).all()) == 1


def test_the_name_is_left_out_added_and_mended_under_the_same_code(
    graduate: Learner, sign_in: SignIn, visitor: Visitor
) -> None:
    mine = sign_in(graduate)
    code = _make(mine, "")
    assert "Innehavaren har genomfört kursen" in mine.get("/sv/certificate").text

    mine.post("/sv/certificate", {"name": "Karin Lindkvist"})
    mine.post("/sv/profile", {"name": "Karin Lindqvist"})

    assert "Karin Lindqvist" in visitor.get(f"/sv/certificates/{code}").text
    assert "Lindkvist" not in visitor.get(f"/sv/certificates/{code}").text
    refused = mine.post("/sv/certificate", {"name": "x" * 101})
    assert (refused.status_code, refused.text.count("högst 100 tecken")) == (422, 2)
    assert _code_on(mine) == code


def test_a_later_version_of_the_course_does_not_change_it(
    graduate: Learner, course: Course, make_app: Callable[..., Flask], db: Session
) -> None:
    # The course changes after the completion and before the certificate is fetched.
    info = course.info.model_copy(update={"version": "2028.1", "minutes_solo": 999, "goals": course.info.goals[:1]})
    client = make_app(course=course.model_copy(update={"info": info})).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(graduate)
    visitor = Visitor(client)

    _make(visitor)

    page = visitor.get("/sv/certificate").text
    assert "Kurs 2027.1" in page
    assert "20 lektioner, 108 minuter" in page
    # Which goals the version had is no longer known, so none are claimed.
    assert "Kursens mål" not in page


def test_midnight_is_swedish(make_learner: Make, sign_in: SignIn, app: Flask, db: Session, course: Course) -> None:
    learner = make_learner()
    with app.app_context():
        start = NOW.replace(hour=22, minute=30) - timedelta(minutes=course.info.minutes_solo)
        take_course(db, app, learner, now=start + timedelta(minutes=60))
        db.commit()

    visitor = sign_in(learner)
    _make(visitor)

    assert "5 februari 2027" in visitor.get("/sv/certificate").text


def test_it_belongs_to_its_owner(graduate: Learner, make_learner: Make, sign_in: SignIn, visitor: Visitor) -> None:
    code = _make(sign_in(graduate))
    stranger = sign_in(make_learner(name="Nils Ek"))

    assert code not in stranger.get("/sv/certificate").text
    stranger.post("/sv/certificate", {"name": "Nils Ek"})
    assert "Karin Lindqvist" in visitor.get(f"/sv/certificates/{code}").text
    assert visitor.get("/sv/certificate").location.startswith("/sv/sign-in")
    assert visitor.get("/sv/certificate.pdf").location.startswith("/sv/sign-in")
    assert visitor.post("/sv/certificate", {"name": "Nils Ek"}).status_code == 403


# ---------------------------------------------------------------- PDF


def test_the_pdf_is_tagged_has_a_title_and_is_the_same_each_time(graduate: Learner, sign_in: SignIn) -> None:
    visitor = sign_in(graduate)
    code = _make(visitor)

    first, second = visitor.get("/sv/certificate.pdf"), visitor.get("/sv/certificate.pdf")

    assert first.mimetype == "application/pdf"
    assert f"intyg-{code}.pdf" in first.headers["Content-Disposition"]
    assert first.data == second.data
    assert first.data.startswith(b"%PDF-1.7")
    for needed in (b"/MarkInfo", b"/StructTreeRoot", b"pdfuaid:part", b"/Lang(sv)", b"DisplayDocTitle true"):
        assert needed in first.data.replace(b"/Lang (sv)", b"/Lang(sv)"), needed
    assert "Intyg för Karin Lindqvist".encode() in first.data
    assert len(first.data) < 60_000


@pytest.mark.parametrize(
    "name", ["", "Žofia Ñúñez Łukaszewska Sárá", "Анна Петрова", "محمد علي", "李小龙", "W" * 100, "#[= *"]
)
def test_every_name_gets_a_pdf_of_one_page(graduate: Learner, sign_in: SignIn, name: str, tmp_path: Path) -> None:
    visitor = sign_in(graduate)
    _make(visitor, name)

    response = visitor.get("/en/certificate.pdf")

    assert response.status_code == 200
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", response.data)) == 1
