"""Anyone with a code can check a certificate."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor
from tracker.certificates.services import issue
from tracker.learners.models import Learner


@pytest.fixture
def code(graduate: Learner, db: Session, course: Course) -> str:
    found = issue(db, graduate, course, now=NOW).code
    db.commit()
    return found


def test_a_valid_code_shows_what_it_certifies_and_nothing_else(visitor: Visitor, code: str) -> None:
    response = visitor.get(f"/sv/certificates/{code}")

    assert response.status_code == 200
    for said in ("Intyget är giltigt", "Karin Lindqvist", "4 februari 2027", "Kurs 2027.1", "På egen hand", code):
        assert said in response.text
    assert "Vi har inte kontrollerat det" in response.text
    assert "karin@forening.example" not in response.text
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "The certificate is valid" in visitor.get(f"/en/certificates/{code}").text


def test_the_address_of_the_qr_code_leads_to_the_page_in_ones_own_language(visitor: Visitor, code: str) -> None:
    response = visitor.get(f"/certificates/{code}", headers={"Accept-Language": "en"})

    assert response.location == f"/en/certificates/{code}"


def test_a_code_can_be_typed_in_many_ways(visitor: Visitor, code: str) -> None:
    sloppy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert visitor.get("/sv/certificates", query_string={"code": sloppy}).location == f"/sv/certificates/{code}"
    assert visitor.get(f"/sv/certificates/{code.replace('-', '')}").location == f"/sv/certificates/{code}"


@pytest.mark.parametrize("address", ["AAAA-BBBB-CCCC", "abc", "' OR 1=1 --", "%00"])
def test_an_unknown_code_is_said_to_be_so(visitor: Visitor, code: str, address: str) -> None:
    response = visitor.get(f"/sv/certificates/{address}")

    assert response.status_code == 404
    assert "Det finns inget sådant intyg" in response.text
    assert 'name="code"' in response.text
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("typed", ["", "7K4R", "<b>fet</b>"])
def test_what_cannot_be_a_code_is_refused_beside_the_field(visitor: Visitor, typed: str) -> None:
    response = visitor.get("/sv/certificates", query_string={"code": typed})

    assert response.status_code == 422
    assert response.text.count("Skriv intygets tolv bokstäver och siffror") == 2
    assert "<b>fet" not in response.text


def test_checking_one_code_after_another_is_stopped(visitor: Visitor, code: str) -> None:
    statuses = [visitor.get("/sv/certificates/AAAA-BBBB-CCCC").status_code for _ in range(61)]

    assert statuses == [404] * 60 + [429]
    # Somebody else's network is not hindered.
    other = visitor.get(f"/sv/certificates/{code}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200


def test_the_certificate_goes_with_the_learner(
    app: Flask, visitor: Visitor, code: str, graduate: Learner, db: Session, make_visitor: Callable[[], Visitor]
) -> None:
    db.delete(graduate)
    db.commit()

    assert visitor.get(f"/sv/certificates/{code}").status_code == 404
