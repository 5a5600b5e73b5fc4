"""A list of people: shown with every fault, and done as it was shown or not at all."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.learners.models import Learner, Organisation

PAGE = "/sv/admin/people/import"
BIG = 10_000
WRONG = 37


def _send(visitor: Visitor, data: bytes) -> Any:
    return visitor.post(PAGE, {"file": (io.BytesIO(data), "lista.csv")}, content_type="multipart/form-data")


def _accounts(db: Session) -> int:
    db.rollback()
    number = db.scalar(select(func.count()).where(Learner.email.is_not(None))) or 0
    db.rollback()
    return number


def test_ten_thousand_rows_of_which_some_are_wrong(
    administrator: Visitor, municipality: Organisation, db: Session
) -> None:
    lines = ["E-post;Namn;Organisation"]
    faults = ["inte en adress;X;", "p00000@alvbro.example;Igen;", "ok@alvbro.example;Y;Finns inte"]
    wrong = set(range(100, 100 + WRONG * 200, 200))
    for number in range(BIG):
        good = f"p{number:05}@alvbro.example;Person {number};älvbro KOMMUN"
        lines.append(faults[number % len(faults)] if number in wrong else good)
    before = _accounts(db)

    shown = _send(administrator, "\n".join(lines).encode())
    page = administrator.get(shown.location).text

    assert f"{BIG - WRONG} nya konton" in page
    assert f"{WRONG} rader är fel och hoppas över" in page
    told = page.split('id="faults"')[1].split("</table>")[0]
    assert {int(row) for row in re.findall(r'<th scope="row">.*?(\d+)</th>', told)} == {number + 2 for number in wrong}
    assert f"p{BIG - 1:05}@alvbro.example" not in page
    assert f"p{BIG - 1:05}@alvbro.example" in administrator.get(f"{shown.location}?page=100").text
    assert _accounts(db) == before

    done = administrator.post(f"{shown.location}/confirm")

    assert f"{BIG - WRONG} personer är importerade." in administrator.get(done.location).text
    assert _accounts(db) == before + BIG - WRONG
    for again in (administrator.get(shown.location), administrator.post(f"{shown.location}/confirm")):
        assert again.status_code == 404
        assert "Listan finns inte kvar" in again.text
    found = db.scalar(select(Learner).where(Learner.email == "p00001@alvbro.example"))
    assert found is not None
    assert (found.name, found.organisation_id) == ("Person 1", municipality.id)


def test_a_person_changed_after_the_list_was_shown_stops_all_of_it(
    administrator: Visitor, make_learner: Callable[..., Learner], db: Session
) -> None:
    karin = make_learner(email="karin@forening.example", name="Karin")
    shown = _send(administrator, b"email,name\nkarin@forening.example,Karin Ek\nny@forening.example,Ny\n")
    karin.version += 1
    db.commit()
    before = _accounts(db)

    answer = administrator.post(f"{shown.location}/confirm")

    assert "Inget är importerat" in administrator.get(answer.location).text
    assert _accounts(db) == before
    db.expire_all()
    assert karin.name == "Karin"


def test_what_the_page_has_no_room_for_is_in_the_file(administrator: Visitor, responsible: Visitor) -> None:
    shown = _send(administrator, ("E-post\n" + "".join(f"=fel {row}\n" for row in range(2, 703))).encode())
    page = administrator.get(shown.location).text
    [address] = re.findall(r'href="([^"]+faults.csv)"', page)
    file = administrator.get(address)

    assert page.count("Det här är ingen e-postadress") == 500
    assert "De första 500 av 701 rader" in page
    rows = file.get_data().decode("utf-8-sig").splitlines()
    assert [rows[0], rows[-1], len(rows)] == [
        "Rad;Vad som är fel;Så står det",
        "702;Det här är ingen e-postadress;'=fel 702",
        702,
    ]
    assert responsible.get(address).status_code == 404


def test_an_empty_cell_changes_nothing(
    administrator: Visitor, make_learner: Callable[..., Learner], municipality: Organisation, db: Session
) -> None:
    karin = make_learner(email="karin@forening.example", name="Karin")
    list_of_one = "E-post\tNamn\tOrganisation\nKARIN@forening.example\t\tÄlvbro kommun\n"
    shown = _send(administrator, list_of_one.encode("cp1252"))
    administrator.post(f"{shown.location}/confirm")

    db.expire_all()
    assert (karin.name, karin.organisation_id, karin.version) == ("Karin", municipality.id, 2)


@pytest.mark.parametrize(
    "data",
    [
        "E-post\tNamn\r\norjan@forening.example\tÖrjan\r\n".encode("utf-16"),
        "sep=;\r\nE-post;Namn\r\norjan@forening.example;Örjan\r\n".encode("cp1252"),
    ],
)
def test_what_else_excel_writes_is_read(administrator: Visitor, data: bytes) -> None:
    page = administrator.get(_send(administrator, data).location).text

    assert "Örjan" in page


@pytest.mark.parametrize("data", ["sep=;\nE-post\na@b.example\nfel\n", "E-post\na@b.example\nfel\n"])
def test_a_fault_is_told_by_its_line_in_the_file(administrator: Visitor, data: str) -> None:
    page = administrator.get(_send(administrator, data.encode()).location).text

    assert re.findall(r'<th scope="row">.*?(\d+)</th>', page)[0] == str(len(data.splitlines()))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "Första raden nämner ingen kolumn"),
        (b"Namn;Organisation\nKarin;X\n", "Första raden nämner ingen kolumn"),
        (b"PK\x03\x04\0\0\0", "ingen CSV-fil"),
        (b"\xff\xfeE", "ingen CSV-fil"),
        (b"epost\n" + b"a@b.example\n" * 20_001, "fler än 20 000 rader"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(administrator: Visitor, data: bytes, told: str) -> None:
    answer = _send(administrator, data)

    assert answer.status_code == 422
    assert answer.text.count(told) == 2


def test_a_list_reaches_nobody_elses_part(
    responsible: Visitor, make_learner: Callable[..., Learner], elsewhere: Organisation, db: Session
) -> None:
    outside = make_learner(email="ute@koket.example", name="Ute", organisation_id=elsewhere.id)
    shown = _send(
        responsible,
        "E-post;Namn;Organisation\nute@koket.example;Kapad;Älvbro kommun\nny@koket.example;Ny;Öppna Köket\n".encode(),
    )

    page = responsible.get(shown.location).text
    assert page.count("hör till någon annans del") == 2
    assert "Importera " not in page.split("<main")[1].split("Importera inget")[0]
    db.expire_all()
    assert outside.name == "Ute"


def test_who_is_responsible_for_one_organisation_need_not_write_it(
    responsible: Visitor, municipality: Organisation, make_learner: Callable[..., Learner], db: Session
) -> None:
    karin = make_learner(email="karin@alvbro.example", name="Karin", organisation_id=municipality.id)
    list_of_two = b"E-post;Namn\nkarin@alvbro.example;Karin Ek\nny@alvbro.example;Ny\n"
    under = Organisation(name="Under kommunen", kind=municipality.kind, parent_id=municipality.id, created_at=NOW)

    shown = _send(responsible, list_of_two)
    responsible.post(f"{shown.location}/confirm")

    db.expire_all()
    new = db.scalar(select(Learner).where(Learner.email == "ny@alvbro.example"))
    assert new is not None
    assert (new.organisation_id, new.organisation_kind) == (municipality.id, municipality.kind)
    assert (karin.name, karin.organisation_id) == ("Karin Ek", municipality.id)

    # Of several it has to be said which.
    db.add(under)
    db.commit()
    shown = _send(responsible, list_of_two.replace(b"ny@", b"nyare@"))
    assert responsible.get(shown.location).text.count("Skriv vilken organisation") == 1


def test_is_seen_by_the_one_who_sent_it_only(administrator: Visitor, responsible: Visitor) -> None:
    shown = _send(administrator, b"epost\na@b.example\n")

    assert responsible.get(shown.location).status_code == 404
    assert responsible.post(f"{shown.location}/confirm").status_code == 404
    assert administrator.post(f"{shown.location}/cancel").status_code == 302
    assert administrator.get(shown.location).status_code == 404
