"""Slips of paper with personal codes."""

import io
import re
from collections.abc import Callable

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.groups.conftest import look
from tracker.groups.models import Group


@pytest.fixture
def with_names(group: Group, margareta: Visitor, db: Session) -> Group:
    """Anna and Bo were written down without a phone."""
    answer = margareta.post(f"/sv/groups/{group.id}/members", {"names": "Anna\nBo"})
    assert answer.status_code == 302, answer.text
    return look(db, group)


def _codes(paper: bytes) -> list[str]:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
    return re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", text)


def test_each_without_an_account_gets_a_code_that_works_once(
    with_names: Group, margareta: Visitor, make_visitor: Callable[[], Visitor]
) -> None:
    members = [one.id for one in with_names.members if not one.is_facilitator]
    answer = margareta.post(f"/sv/groups/{with_names.id}/slips", {"members": members})
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    paper = PdfReader(io.BytesIO(answer.data))
    words = "\n".join(page.extract_text() for page in paper.pages)
    assert "Anna" in words
    assert "Margareta" not in words
    assert "pdfuaid" in paper.trailer["/Root"]["/Metadata"].get_data().decode()
    anna, bo = _codes(answer.data)
    links = {note.get_object()["/A"]["/URI"] for page in paper.pages for note in page.get("/Annots", [])}
    assert links == {f"http://localhost/claim/{anna}", f"http://localhost/claim/{bo}"}
    assert "Anna" in make_visitor().get(f"/sv/claim/{anna}").text
    phone = make_visitor()
    assert phone.post(f"/sv/claim/{anna}").status_code == 302
    assert make_visitor().get(f"/sv/claim/{anna}").status_code == 410


def test_new_slips_make_the_old_codes_worthless_for_those_members_only(
    with_names: Group, margareta: Visitor, make_visitor: Callable[[], Visitor]
) -> None:
    anna, bo = [one.id for one in with_names.members if not one.is_facilitator]
    address = f"/sv/groups/{with_names.id}/slips"
    old_anna, old_bo = _codes(margareta.post(address, {"members": [anna, bo]}).data)
    [new_anna] = _codes(margareta.post(address, {"members": [anna]}).data)
    status = {code: make_visitor().get(f"/sv/claim/{code}").status_code for code in (old_anna, old_bo, new_anna)}
    assert status == {old_anna: 404, old_bo: 200, new_anna: 200}


def test_nobody_chosen_is_told(with_names: Group, margareta: Visitor) -> None:
    answer = margareta.post(f"/sv/groups/{with_names.id}/slips", {})
    assert answer.status_code == 422
    assert answer.text.count("Välj minst en deltagare") == 2


def test_somebody_of_another_group_is_not_printed(with_names: Group, margareta: Visitor) -> None:
    assert margareta.post(f"/sv/groups/{with_names.id}/slips", {"members": [99999]}).status_code == 422


def test_a_group_where_all_have_accounts(group: Group, margareta: Visitor) -> None:
    assert "Ingen behöver en lapp" in margareta.get(f"/sv/groups/{group.id}/slips").text


def test_only_for_those_who_lead(with_names: Group, stranger: Visitor, visitor: Visitor) -> None:
    address = f"/sv/groups/{with_names.id}/slips"
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"members": [with_names.members[1].id]}).status_code == 404
    assert visitor.get(address).status_code == 302
