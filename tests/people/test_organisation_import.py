"""A list of organisations: shown with every fault, and done as it was shown or not at all."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tracker.learners.models import Learner, Organisation, OrganisationKind

PAGE = "/sv/admin/organisations/import"


def _send(visitor: Visitor, text: str) -> Any:
    data = {"file": (io.BytesIO(text.encode()), "lista.csv")}
    return visitor.post(PAGE, data, content_type="multipart/form-data")


def _stored(db: Session) -> dict[str, tuple[str, str | None]]:
    """Name, kind and what it belongs to."""
    db.rollback()
    found = list(db.scalars(select(Organisation).execution_options(populate_existing=True)))
    names = {one.id: one.name for one in found}
    db.commit()
    return {one.name: (one.kind.value, names.get(one.parent_id or 0)) for one in found}


def _faults(page: str) -> dict[int, str]:
    if 'id="faults"' not in page:
        return {}
    table = page.split('id="faults"')[1].split("</table>")[0]
    return {int(row): words for row, words in re.findall(r'<th scope="row">.*?(\d+)</th><td>([^<]+)</td>', table)}


def test_a_tree_is_imported_in_whatever_order_the_file_has_it(
    administrator: Visitor, municipality: Organisation, make_learner: Callable[..., Learner], db: Session
) -> None:
    karin = make_learner(
        email="karin@alvbro.example", organisation_id=municipality.id, organisation_kind=OrganisationKind.MUNICIPALITY
    )
    shown = _send(
        administrator,
        "Namn;Typ;Hör till\nFörvaltningen;Annan;Älvbro KOMMUN\nälvbro kommun;Annan;Regionen\nRegionen;region;\n",
    )
    page = administrator.get(shown.location).text
    assert "2 nya organisationer" in page
    assert "1 organisation ändras" in page
    assert _stored(db) == {"Älvbro kommun": ("municipality", None)}

    done = administrator.post(f"{shown.location}/confirm")

    assert "3 organisationer är importerade." in administrator.get(done.location).text
    assert _stored(db) == {
        "Regionen": ("region", None),
        "Älvbro kommun": ("other", "Regionen"),
        "Förvaltningen": ("other", "Älvbro kommun"),
    }
    db.refresh(karin)
    assert karin.organisation_kind is OrganisationKind.OTHER
    assert administrator.post(f"{shown.location}/confirm").status_code == 404

    again = _send(administrator, "Namn;Typ;Hör till\nRegionen;Region;–\nÄlvbro kommun;;\nFörvaltningen;;-\n")
    page = administrator.get(again.location).text
    assert "2 rader ändrar inget" in page
    administrator.post(f"{again.location}/confirm")
    assert _stored(db)["Förvaltningen"] == ("other", None)


def test_every_fault_is_told_by_row(administrator: Visitor, municipality: Organisation, db: Session) -> None:
    long = "x" * 201
    shown = _send(
        administrator,
        "Namn,Typ,Hör till\n"
        "Bra,Förening,Älvbro kommun\n"  # 2
        ",Kommun,\n"
        f"{long},Kommun,\n"
        "bra,Förening,\n"  # 5
        "Slott,Palats,\n"
        "Utan typ,,\n"
        "Ensam,Förening,Finns inte\n"  # 8
        "A,Förening,B\n"
        "B,Förening,A\n"
        "Under A,Förening,A\n"  # 11
        "Under slottet,Förening,Slott\n"
        "Sig själv,Förening,Sig själv\n"
        "Älvbro kommun,,Bra\n"  # 14
        "För,många,celler,här\n",
    )
    ring = "Den skulle höra till sig själv, direkt eller genom andra"
    told = _faults(administrator.get(shown.location).text)

    assert told == {
        2: ring,
        3: "Namnet saknas, är längre än 200 tecken eller har tecken som inte syns",
        4: "Namnet saknas, är längre än 200 tecken eller har tecken som inte syns",
        5: "Organisationen står på en tidigare rad också",
        6: "Vi känner inte till den typen av organisation",
        7: "En ny organisation behöver en typ",
        8: "Det den hör till finns varken i listan eller i filen",
        9: ring,
        10: ring,
        11: "Det den hör till står på en rad som är fel",
        12: "Det den hör till står på en rad som är fel",
        13: ring,
        14: ring,
        15: "Raden har fler celler än första raden",
    }


def test_an_organisation_changed_after_the_list_was_shown_stops_all_of_it(
    administrator: Visitor, municipality: Organisation, db: Session
) -> None:
    shown = _send(administrator, "Namn;Typ\nÄlvbro kommun;Annan\nNy;Förening\n")
    municipality.kind = OrganisationKind.REGION
    db.commit()
    assert "Inget är importerat" in administrator.get(administrator.post(f"{shown.location}/confirm").location).text

    shown = _send(administrator, "Namn;Typ\nNy;Förening\n")
    db.add(Organisation(name="NY", kind=OrganisationKind.OTHER, created_at=municipality.created_at))
    db.commit()
    administrator.post(f"{shown.location}/confirm")

    assert _stored(db) == {"Älvbro kommun": ("region", None), "NY": ("other", None)}


def test_somebody_responsible_for_a_part_reaches_that_part(
    responsible: Visitor, administrator: Visitor, elsewhere: Organisation, db: Session
) -> None:
    shown = _send(
        responsible,
        "Namn;Typ;Hör till\n"
        "Skolan;Annan;Älvbro kommun\n"
        "Klassen;Annan;Skolan\n"
        "Fri;Annan;\n"
        "Kapad;Annan;Öppna Köket\n"
        "Öppna Köket;Annan;Älvbro kommun\n"
        "Älvbro kommun;;Öppna Köket\n",
    )

    assert set(_faults(responsible.get(shown.location).text)) == {4, 5, 6, 7}
    assert administrator.get(shown.location).status_code == 404
    responsible.post(f"{shown.location}/confirm")
    assert _stored(db) == {
        "Älvbro kommun": ("municipality", None),
        "Öppna Köket": ("association", None),
        "Skolan": ("other", "Älvbro kommun"),
        "Klassen": ("other", "Skolan"),
    }


@pytest.mark.parametrize(("text", "told"), [("", "ingen kolumn med namn"), ("E-post\nx\n", "ingen kolumn med namn")])
def test_a_file_that_cannot_be_read_is_told(administrator: Visitor, text: str, told: str) -> None:
    answer = _send(administrator, text)

    assert (answer.status_code, answer.text.count(told)) == (422, 2)
