"""The print pack: with it alone, a meeting can be held."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from course.schema import Choice, Course, KnowledgeCheck, Matrix, Scenario, Sort
from course.timetable import lessons_of
from tests.conftest import NOW, Visitor
from tracker.groups.models import Group, Member
from tracker.groups.programme import checked_questions


def _words(data: bytes) -> str:
    """Everything that stands in it, without breaks of lines and hyphens at their ends. All is large enough to read."""
    sizes: set[float] = set()

    def visit(words: str, placed: list[float], turned: list[float], _font: object, size: float) -> None:
        if words.strip():
            sizes.add(round(size * abs(turned[3] * placed[3]), 1))

    pages = [page.extract_text(visitor_text=visit) for page in PdfReader(io.BytesIO(data)).pages]
    assert min(sizes) >= 11
    # No page of the facilitator's is left with the last lines of a lesson.
    assert [page for page in pages if re.search("Till ledaren|For the facilitator", page) and len(page) < 300] == []
    text = "\n".join(pages)
    return re.sub(r"\s+", "", text.replace("-\n", "").replace("\xad", ""))


def _in(expected: str, words: str) -> bool:
    plain = re.sub(r"\s+", "", expected.replace("**", "").replace("'", "’"))
    return plain in words or plain.replace("-", "") in words.replace("-", "")


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("meeting", [0, 1, 2])
def test_a_plan_on_paper_has_all_that_is_said_and_done(
    meeting: int, language: str, client: FlaskClient, course: Course
) -> None:
    plan = course.meetings.meetings[meeting]
    answer = client.get(f"/{language}/facilitator/{plan.id}/pack-a4.pdf")
    assert answer.content_type == "application/pdf"
    words = _words(answer.data)
    for lesson in lessons_of(course, plan):
        notes = lesson.facilitator[language]  # type: ignore[index]
        for beat in notes.beats:
            assert _in(beat.text, words), (lesson.id, beat.text)
        for text in (*notes.ask, *notes.watch_for):
            assert _in(text, words), (lesson.id, text)
        for name, activity in lesson.activities[language].items():  # type: ignore[index]
            match activity:
                case Sort() | Matrix():
                    said = [text for card in activity.cards for text in (card.text, card.feedback)]
                case Scenario():
                    options = [option for node in activity.nodes for option in node.options]
                    said = [text for one in options for text in (one.text, one.public.later, one.civic.today)]
                case KnowledgeCheck():
                    drawn = checked_questions(activity, plan.id)
                    said = [text for q in activity.questions if q.id in drawn for text in (q.text, q.explanation)]
                case Choice() if not any(option.right for option in activity.options):
                    said = []  # a choice of one's own way through the course, which is nothing for a room
                case _:
                    said = [activity.title] if name in lesson.required else []
            for text in said:
                assert _in(text, words), (lesson.id, name, text)


@pytest.mark.parametrize("size", ["a4", "a3"])
@pytest.mark.parametrize("plan", ["traff-1", "traff-2", "traff-3"])
def test_it_is_tagged_and_of_the_right_size(plan: str, size: str, client: FlaskClient) -> None:
    paper = PdfReader(io.BytesIO(client.get(f"/sv/facilitator/{plan}/pack-{size}.pdf").data))
    root = paper.trailer["/Root"]
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("sv", True)
    sizes = {tuple(sorted((round(page.mediabox.width), round(page.mediabox.height)))) for page in paper.pages}
    assert sizes == {(595, 842) if size == "a4" else (842, 1191)}


def test_the_matrix_has_a_sheet_of_its_own_across_on_a3(client: FlaskClient, course: Course) -> None:
    paper = PdfReader(io.BytesIO(client.get("/sv/facilitator/traff-2/pack-a3.pdf").data))
    wide = [page.extract_text() for page in paper.pages if page.mediabox.width > page.mediabox.height]
    [matrix] = [one for lesson in course.lessons for one in lesson.activities["sv"].values() if isinstance(one, Matrix)]
    assert any(all(row.label in text for row in matrix.rows) for text in wide)


def test_the_groups_own_pack_has_its_names_times_and_questions(
    start_group: Callable[..., Group], margareta: Visitor, db: Session, course: Course
) -> None:
    group = start_group(pacing="b")
    group.members.append(Member(name="Anna <b> #Åberg", joined_at=NOW, approved_at=NOW))
    group.members.append(Member(name="Har Gått", joined_at=NOW, approved_at=NOW, removed_at=NOW))
    group.members.append(Member(name="Får Vänta", joined_at=NOW))
    db.commit()
    plan = {"day": "2027-03-04", "begins": "18:00", "ends": "20:30", "location": "Öppna Köket"}
    margareta.post(f"/sv/groups/{group.id}/meetings/3/plan", plan)
    answer = margareta.get(f"/sv/groups/{group.id}/meetings/3/pack-a4.pdf")
    words = _words(answer.data)
    for expected in (
        "Torsdagsgruppen",
        "Anna <b> #Åberg",
        "Margareta",
        "4 mars",
        "18.00",
        "Öppna Köket",
        "Er egen plats",
    ):
        assert _in(expected, words), expected
    assert not _in("Har Gått", words)
    assert not _in("Får Vänta", words)
    [check] = [
        one for one in course.lesson("6-1").activities["sv"].values() if isinstance(one, KnowledgeCheck)
    ]  # fmt: skip
    drawn = checked_questions(check, str(group.meetings[2].id))
    assert all(_in(question.text, words) for question in check.questions if question.id in drawn)


def test_a_spare_meeting_has_what_the_group_has_left(
    start_group: Callable[..., Group], margareta: Visitor, course: Course
) -> None:
    group = start_group()
    margareta.post(f"/sv/groups/{group.id}/meetings")
    answer = margareta.get(f"/sv/groups/{group.id}/meetings/4/pack-a4.pdf")
    assert answer.status_code == 200
    assert _in(course.lesson("f5").title["sv"], _words(answer.data))


def test_nobody_else_gets_the_groups_pack(group: Group, stranger: Visitor, visitor: Visitor) -> None:
    address = f"/sv/groups/{group.id}/meetings/1/pack-a4.pdf"
    assert stranger.get(address).status_code == 404
    assert visitor.get(address).status_code == 302


@pytest.mark.parametrize("address", ["traff-9/pack-a4.pdf", "traff-1/pack-a5.pdf"])
def test_a_pack_that_is_not_there(address: str, client: FlaskClient) -> None:
    assert client.get(f"/sv/facilitator/{address}").status_code == 404
