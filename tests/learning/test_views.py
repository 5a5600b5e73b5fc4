"""The overview and the lessons, as somebody without JavaScript meets them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor, signed_in
from tests.tracker.taking import take_course, take_lesson
from tracker.learners.models import Learner
from tracker.learning.models import ActivityState
from tracker.progress.models import ActivityResult

SORT = "/sv/lessons/1-1/activities/falten"
PLACED = [("vardcentral", "offentligt"), ("mataffar", "marknad")]


def put(card: str, place: str, placed: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    return {"attempt": "1", "hand": card, "put": place, "placed": [f"{one}:{where}" for one, where in placed or []]}


def learners(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Learner)) or 0


def words(page: str) -> str:
    """What a reader sees, without soft hyphens and line breaks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u00ad", "").split())


# ---------------------------------------------------------------- the overview


@pytest.mark.parametrize(("language", "begin"), [("sv", "Börja med 0.1 Så fungerar kursen"), ("en", "Begin 0.1")])
def test_a_stranger_is_shown_the_whole_course_and_where_to_begin(
    visitor: Visitor, course: Course, language: str, begin: str
) -> None:
    page = visitor.get(f"/{language}/course")

    assert begin in words(page.text)
    for lesson in course.lessons:
        assert f"/{language}/lessons/{lesson.id}" in page.text


def test_the_overview_goes_on_where_one_was(visitor: Visitor) -> None:
    visitor.post(SORT, put("vardcentral", "offentligt"))

    page = words(visitor.get("/sv/course").text)

    assert "Fortsätt där du var" in page
    assert "Du har placerat 1 av 10." in page
    assert "Fortsätt med 1.1" in page
    assert "0 av 20 lektioner är klara." in page


def test_a_completed_lesson_leads_to_the_next_and_the_last_to_the_certificate(
    app: Flask, db: Session, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    learner = make_learner(name="Karin Exempel")
    with app.app_context():
        take_lesson(db, app, learner, "0-1", now=NOW)
        db.commit()
    page = words(sign_in(learner).get("/sv/course").text)
    assert "Hej Karin. Här är din kurs" in page
    assert "1 av 20 lektioner är klara. Ungefär 105 minuter återstår." in page
    assert "Börja med 0.2" in page

    with app.app_context():
        take_course(db, app, learner, now=NOW)
        db.commit()
    page = sign_in(learner).get("/sv/course").text
    assert "Hela kursen är klar" in words(page)
    assert 'href="/sv/certificate"' in page


# ---------------------------------------------------------------- a lesson


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_lesson_can_be_read_by_anyone(visitor: Visitor, course: Course, db: Session, language: str) -> None:
    for lesson in course.lessons:
        page = visitor.get(f"/{language}/lessons/{lesson.id}")
        assert page.status_code == 200
        assert f"<h1>{lesson.title[language]}</h1>" in page.text.replace("&#39;", "'").replace("&amp;", "&")  # type: ignore[index]
        for activity_id in lesson.info.activities:
            assert f'id="a-{activity_id}"' in page.text

    assert learners(db) == 0


def test_facts_carry_their_sources_and_dates(visitor: Visitor) -> None:
    page = words(visitor.get("/sv/lessons/1-1").text)

    assert "265 700" in page.replace("\u00a0", " ")
    assert re.search(r"SCB, .*publicerad 2025-10-23 ?\. Granskad 2026-11-21 ?\. Gäller till 2027-", page)


def test_a_lesson_that_is_not_there(visitor: Visitor) -> None:
    assert visitor.get("/sv/lessons/9-9").status_code == 404
    assert visitor.get("/sv/media/m1/nothing.svg").status_code == 404
    assert visitor.get("/sv/media/m9/nothing.svg").status_code == 404
    assert visitor.post("/sv/lessons/1-1/activities/nothing", {"attempt": "1"}).status_code == 404


def test_what_was_begun_is_there_again_in_the_other_language(visitor: Visitor) -> None:
    visitor.post(SORT, put("vardcentral", "offentligt"))

    page = visitor.get("/en/lessons/1-1").text

    assert 'value="vardcentral:offentligt"' in page


def test_opening_the_lesson_of_the_plan_completes_it_for_somebody_who_has_begun(visitor: Visitor) -> None:
    visitor.post(SORT, put("vardcentral", "offentligt"))

    assert "Lektionen är klar" in visitor.get("/sv/lessons/6-2").text


def test_saying_that_a_lesson_is_read(visitor: Visitor) -> None:
    assert "Jag har läst lektionen" in visitor.get("/sv/lessons/6-2").text

    answer = visitor.post("/sv/lessons/6-2/read")

    assert answer.status_code == 302
    assert "Lektionen är klar" in visitor.get(answer.location).text
    assert visitor.post("/sv/lessons/1-1/read").status_code == 400


def test_nobody_sees_what_somebody_else_has_begun(make_visitor: Callable[[], Visitor]) -> None:
    make_visitor().post(SORT, put("vardcentral", "offentligt"))

    assert 'value="vardcentral:offentligt"' not in make_visitor().get("/sv/lessons/1-1").text


# ---------------------------------------------------------------- answering


def test_the_first_answer_makes_a_guest_and_is_kept(visitor: Visitor, db: Session) -> None:
    answer = visitor.post(SORT, put("vardcentral", "offentligt"))

    assert (answer.status_code, answer.location) == (302, "/sv/lessons/1-1#a-falten")
    page = visitor.get(answer.location).text
    assert 'value="vardcentral:offentligt"' in page
    assert "9 kort kvar av 10" in words(page)
    assert learners(db) == 1


def test_a_card_is_moved_and_taken_back(visitor: Visitor) -> None:
    visitor.post(SORT, put("mataffar", "marknad", PLACED[:1]))
    page = visitor.get("/sv/lessons/1-1").text
    assert "8 kort kvar av 10" in words(page)

    visitor.post(SORT, {"attempt": "1", "take_back": "mataffar", "placed": [f"{c}:{f}" for c, f in PLACED]})

    page = visitor.get("/sv/lessons/1-1").text
    assert "9 kort kvar av 10" in words(page)
    assert 'value="mataffar:marknad"' not in page


def test_handing_in_says_why_and_completes_the_lesson(visitor: Visitor, course: Course) -> None:
    sort: Any = course.lesson("1-1").activities["sv"]["falten"]
    placed = [f"{card.id}:{card.accepts[0]}" for card in sort.cards]
    placed[0] = f"{sort.cards[0].id}:marknad"

    answer = visitor.post(SORT, {"attempt": "1", "hand_in": "1", "placed": placed})

    page = words(visitor.get(answer.location).text)
    assert "Nio kort ligger där de brukar räknas. Ett kort är värt att titta på igen." in page
    assert sort.cards[0].other["marknad"] in page
    assert "Brukar räknas till: Stat, kommun, region." in page
    assert "Lektionen är klar" in page
    assert "Gå vidare till 1.2" in page


def test_a_double_click_hands_in_once(visitor: Visitor, db: Session) -> None:
    form = {"attempt": "1", "hand_in": "1", "placed": ["vardcentral:offentligt"]}

    assert [visitor.post(SORT, form).status_code for _ in range(2)] == [302, 302]

    assert db.scalars(select(ActivityResult.attempts)).all() == [1]


def test_another_answer_from_another_tab_is_told(visitor: Visitor, db: Session) -> None:
    visitor.post(SORT, {"attempt": "1", "hand_in": "1", "placed": ["vardcentral:offentligt"]})

    other = visitor.post(SORT, {"attempt": "1", "hand_in": "1", "placed": ["vardcentral:marknad"]})

    assert other.status_code == 409
    page = words(other.text)
    assert "Du har redan svarat här" in page
    assert "Ett kort ligger där det brukar räknas." in page
    assert "Lägg om korten" in page
    assert db.scalars(select(ActivityResult.attempts)).all() == [1]


def test_a_new_try_begins_empty_and_old_forms_are_told(visitor: Visitor) -> None:
    visitor.post(SORT, {"attempt": "1", "hand_in": "1", "placed": ["vardcentral:offentligt"]})

    visitor.post(SORT, {"attempt": "1", "again": "1"})

    page = visitor.get("/sv/lessons/1-1").text
    assert "10 kort kvar av 10" in words(page)
    assert 'name="attempt" value="2"' in page
    assert "Lektionen är klar" in page
    assert visitor.post(SORT, put("mataffar", "marknad")).status_code == 409


def test_kept_in_the_background(visitor: Visitor) -> None:
    kept = visitor.post(SORT, {"attempt": "1", "keep": "1", "placed": ["vardcentral:offentligt"]})
    assert (kept.status_code, kept.text) == (204, "")

    visitor.post(SORT, {"attempt": "1", "hand_in": "1", "placed": ["vardcentral:offentligt"]})

    assert visitor.post(SORT, {"attempt": "1", "keep": "1", "placed": ["mataffar:marknad"]}).status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        put("nobody", "offentligt"),
        put("vardcentral", "nowhere"),
        {"attempt": "1", "hand_in": "1", "placed": ["vardcentral:nowhere"]},
        {"attempt": "1", "placed": ["vardcentral"]},
        {"attempt": "1", "placed": ["vardcentral:marknad", "vardcentral:offentligt"]},
        {"attempt": "one", "placed": ["vardcentral:marknad"]},
        {"attempt": "0", "placed": ["vardcentral:marknad"]},
        {"attempt": "9" * 5_000, "placed": ["vardcentral:marknad"]},
        {"placed": ["vardcentral:marknad"]},
    ],
)
def test_what_no_form_of_ours_sends_is_refused_and_nothing_is_saved(
    visitor: Visitor, db: Session, form: dict[str, Any]
) -> None:
    answer = visitor.post(SORT, form)

    assert answer.status_code == 400
    assert "Sidan kunde inte läsa det som skickades" in words(answer.text)
    assert learners(db) == 0
    assert db.scalars(select(ActivityState)).all() == []


def test_nothing_is_handed_in_without_a_card(visitor: Visitor, db: Session) -> None:
    answer = visitor.post(SORT, {"attempt": "1", "hand_in": "1"})

    assert answer.status_code == 422
    assert answer.text.count("Lägg minst ett kort först") >= 1
    assert "<title>Fel: 1.1" in answer.text
    assert f'action="{SORT}#a-falten"' in answer.text
    assert answer.text.count("#a-falten-field") == answer.text.count('id="a-falten-field"') == 1
    assert learners(db) == 0


def test_a_form_without_its_token_is_refused(visitor: Visitor) -> None:
    assert visitor.client.post(SORT, data=put("vardcentral", "offentligt")).status_code == 400


def test_an_answer_to_an_edited_activity_still_counts(
    make_app: Callable[..., Flask],
    course: Course,
    make_learner: Callable[..., Learner],
    db: Session,
    app: Flask,
) -> None:
    learner = make_learner()
    with app.app_context():
        take_lesson(db, app, learner, "1-1", now=NOW)
        db.commit()
    edited = make_app(_without_a_card(course))
    client = edited.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(learner)

    page = client.get("/sv/lessons/1-1").text

    assert "Uppgiften har ändrats sedan du svarade." in page
    assert "Lektionen är klar" in page
    Visitor(client).post(SORT, {"attempt": "1", "again": "1"})
    assert "9 kort kvar av 9" in words(client.get("/sv/lessons/1-1").text)


def _without_a_card(course: Course) -> Course:
    lesson = course.lesson("1-1")
    activities = {
        language: {**found, "falten": found["falten"].model_copy(update={"cards": found["falten"].cards[1:]})}  # type: ignore[union-attr]
        for language, found in lesson.activities.items()
    }
    changed = lesson.model_copy(update={"activities": activities})
    modules = tuple(
        module.model_copy(update={"lessons": tuple(changed if one.id == "1-1" else one for one in module.lessons)})
        for module in course.modules
    )
    return course.model_copy(update={"modules": modules})
