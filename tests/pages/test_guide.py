"""The facilitator's guide, page by page and on paper."""

import io
import re

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.models import StatementRow


@pytest.mark.parametrize("language", ["sv", "en"])
def test_one_reads_from_chapter_to_chapter(client: FlaskClient, course: Course, language: str) -> None:
    address: str | None = f"/{language}/facilitator/guide"
    [address] = re.findall(r'class="btn" href="([^"]+)"', client.get(address).text)
    seen = []
    while address is not None:
        page = client.get(address)
        assert page.status_code == 200
        [title] = re.findall(r"<h1>([^<]+)</h1>", page.text)
        seen.append(title.replace("\xad", ""))
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = found[1] if found else None
    assert seen == [chapter.title[language] for chapter in course.guide]  # type: ignore[index]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_all_of_it_is_on_paper(client: FlaskClient, course: Course, language: str) -> None:
    response = client.get(f"/{language}/facilitator/guide.pdf")
    paper = PdfReader(io.BytesIO(response.data))
    words = " ".join(page.extract_text() for page in paper.pages)

    assert response.content_type == "application/pdf"
    assert paper.trailer["/Root"]["/Lang"] == language
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    for chapter in course.guide:
        assert chapter.title[language] in words  # type: ignore[index]
    outline = [item["/Title"] for item in paper.outline if not isinstance(item, list)]
    assert len(outline) >= len(course.guide)


def test_its_links_lead_to_the_lessons(client: FlaskClient) -> None:
    page = client.get("/sv/facilitator/guide/samtalsregler").text
    [address] = re.findall(r'href="([^"]+)" class="lesson-link"', page)
    assert client.get(address).status_code == 200


def test_a_chapter_that_is_not_there(client: FlaskClient) -> None:
    assert client.get("/sv/facilitator/guide/nowhere").status_code == 404


def test_reading_records_nothing(client: FlaskClient, course: Course, db: Session) -> None:
    for chapter in course.guide:
        client.get(f"/sv/facilitator/guide/{chapter.id}")
    assert db.scalars(select(StatementRow)).all() == []
