"""Each kind of activity by its form alone: what one sees before, between and after, and what it refuses."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from course.schema import Course, KnowledgeCheck
from tests.conftest import Visitor
from tests.learning.test_views import words
from tracker.learning.models import ActivityState
from tracker.progress.models import ActivityResult


class Lesson:
    """Somebody at an activity of a lesson."""

    def __init__(self, visitor: Visitor, lesson_id: str, activity_id: str) -> None:
        self.visitor = visitor
        self.address = f"/sv/lessons/{lesson_id}"
        self.activity = activity_id
        self.attempt = 1

    def post(self, **form: Any) -> TestResponse:
        return self.visitor.post(f"{self.address}/activities/{self.activity}", {"attempt": str(self.attempt), **form})

    def see(self, answer: TestResponse | None = None) -> str:
        """The activity as it is shown, after an answer where it leads to."""
        if answer is not None:
            assert answer.status_code == 302, words(answer.text)[:300]
        page = self.visitor.get(answer.location if answer is not None else self.address).text
        return self.part(page)

    def part(self, page: str) -> str:
        return re.split('<section class="activity|id="lesson-done"', page.split(f'id="a-{self.activity}"', 1)[1])[0]

    def is_complete(self) -> bool:
        return "Lektionen är klar" in self.visitor.get(self.address).text


# ---------------------------------------------------------------- match, order, matrix


def test_a_field_of_pairs_takes_one_card(visitor: Visitor) -> None:
    match = Lesson(visitor, "2-2", "principer")
    match.post(hand="kritik", put="dialogue")

    seen = match.see(match.post(hand="besked", put="dialogue", placed="kritik:dialogue"))

    assert 'value="besked:dialogue"' in seen
    assert 'value="kritik:dialogue"' not in seen


def test_the_pairs_do_not_stand_in_the_authors_order(visitor: Visitor, course: Course) -> None:
    cards = [card.id for card in course.lesson("2-2").activities["sv"]["principer"].cards]  # type: ignore[union-attr]

    shown = re.findall(r'name="hand" value="([^"]+)"', Lesson(visitor, "2-2", "principer").see())

    assert sorted(shown) == sorted(cards)
    assert shown != cards


def test_a_line_is_moved_up_and_down_and_handed_in(visitor: Visitor, course: Course) -> None:
    order = Lesson(visitor, "2-1", "tidslinje")
    shown = re.findall(r'name="order" value="([^"]+)"', order.see())

    seen = order.see(order.post(order=shown, down=shown[0]))
    moved = re.findall(r'name="order" value="([^"]+)"', seen)
    assert moved[:2] == [shown[1], shown[0]]
    seen = order.see(order.post(order=moved, up=shown[0]))
    assert re.findall(r'name="order" value="([^"]+)"', seen) == shown

    right = [item.id for item in course.lesson("2-1").activities["sv"]["tidslinje"].items]  # type: ignore[union-attr]
    seen = words(order.see(order.post(order=right, hand_in="1")))
    assert "Alla sex ligger i rätt ordning." in seen
    assert seen.count("Rätt plats") == 6


def test_a_wrong_order_says_where_each_line_lay(visitor: Visitor, course: Course) -> None:
    items = [item.id for item in course.lesson("2-1").activities["sv"]["tidslinje"].items]  # type: ignore[union-attr]
    order = Lesson(visitor, "2-1", "tidslinje")

    seen = words(order.see(order.post(order=[items[1], items[0], *items[2:]], hand_in="1")))

    assert "Fyra av sex ligger på sin plats." in seen
    assert "Du la den som nummer 2." in seen


@pytest.mark.parametrize("order", [["nod"], ["nod"] * 6, []])
def test_half_an_order_is_refused(visitor: Visitor, order: list[str]) -> None:
    assert Lesson(visitor, "2-1", "tidslinje").post(order=order, hand_in="1").status_code == 400


def test_a_situation_is_placed_in_a_cell_or_by_step_and_level(visitor: Visitor) -> None:
    matrix = Lesson(visitor, "3-3", "matrisen")

    seen = words(matrix.see(matrix.post(hand="mejlet", put="information-1")))
    assert "Ligger i Information, steg 1" in seen
    seen = words(
        matrix.see(
            matrix.post(hand="remissen", put_here="1", row="consultation", column="2", placed="mejlet:information-1")
        )
    )
    assert "Ligger i Samråd, steg 2" in seen
    assert "6 kvar" in seen


def test_a_step_without_a_level_is_told_beside_the_field(visitor: Visitor) -> None:
    answer = Lesson(visitor, "3-3", "matrisen").post(hand="mejlet", put_here="1", column="2")

    assert answer.status_code == 422
    assert "Välj först ett steg och en nivå" in words(answer.text)


def test_several_cells_are_right_in_the_matrix(visitor: Visitor, course: Course) -> None:
    cards = course.lesson("3-3").activities["sv"]["matrisen"].cards  # type: ignore[union-attr]
    placed = {card.id: card.accepts[0] for card in cards} | {"kapitlet": "dialogue-2", "remissen": "dialogue-2"}
    matrix = Lesson(visitor, "3-3", "matrisen")

    seen = words(matrix.see(matrix.post(hand_in="1", placed=[f"{card}:{cell}" for card, cell in placed.items()])))

    assert "Sex situationer ligger i den bästa rutan. En ligger i en ruta som också fungerar." in seen
    assert "En är värd att titta på igen." in seen
    assert "Du la den i Dialog, steg 2. Bäst: Samråd, steg 2." in seen
    assert matrix.is_complete()


# ---------------------------------------------------------------- choice


def test_a_choice_of_way_has_no_right_answer(visitor: Visitor) -> None:
    choice = Lesson(visitor, "0-1", "vagval")

    seen = words(choice.see(choice.post(option="grupp", hand_in="1")))

    assert "Ditt val" in seen
    assert "Stämmer" not in seen
    assert choice.is_complete()


def test_a_question_says_what_is_right_and_why(visitor: Visitor, course: Course) -> None:
    activity: Any = course.lesson("4-3").activities["sv"]["vad-avgjorde"]
    wrong = next(option for option in activity.options if not option.right)
    choice = Lesson(visitor, "4-3", "vad-avgjorde")

    seen = words(choice.see(choice.post(option=wrong.id, hand_in="1")))

    assert seen.count("Titta igen") == 2
    assert "Stämmer" in seen
    assert wrong.feedback[:40] in seen


def test_no_choice_is_told_in_the_summary_and_beside_the_field(visitor: Visitor) -> None:
    answer = Lesson(visitor, "0-1", "vagval").post(hand_in="1")

    assert answer.status_code == 422
    assert answer.text.count("Välj ett av svaren") == 2
    assert 'aria-describedby="a-vagval-error"' in answer.text


@pytest.mark.parametrize("option", ["nothing", "sjalv:grupp"])
def test_an_unknown_option_is_refused(visitor: Visitor, option: str) -> None:
    assert Lesson(visitor, "0-1", "vagval").post(option=option, hand_in="1").status_code == 400


# ---------------------------------------------------------------- scenario


def test_a_scenario_shows_the_consequence_from_both_chairs(visitor: Visitor) -> None:
    scenario = Lesson(visitor, "5-2", "nar-det-skaver")

    answer = scenario.post(answer="1", item="kampanjen", option="tryck-pa")

    assert answer.location.endswith("?at=nar-det-skaver.kampanjen#a-nar-det-skaver")
    seen = words(scenario.see(answer))
    for text in [
        "Du valde: Tryck på",
        "Från Henriks stol",
        "Från Maj-Britts stol",
        "Om ett halvår",
        "Prövas:",
        "Dialog",
    ]:
        assert text in seen
    assert "Lokaltidningen ringer" in words(scenario.see())


def test_going_back_to_choose_again_and_on_to_the_end(visitor: Visitor) -> None:
    scenario = Lesson(visitor, "5-2", "nar-det-skaver")
    scenario.post(answer="1", item="kampanjen", option="tryck-pa")

    assert "Styrelsen säger nej" in scenario.see(scenario.post(back="kampanjen"))
    scenario.post(answer="1", item="kampanjen", option="lyssna")
    scenario.post(answer="1", item="tidningen-efter-samtal", option="eget-svar")
    seen = scenario.see(scenario.post(answer="1", item="motet", option="b"))

    assert "Ni sitter fortfarande vid samma bord." in seen
    assert scenario.is_complete()
    assert "Styrelsen säger nej" in scenario.see(scenario.post(again="1"))


def test_who_comes_first_alternates(visitor: Visitor) -> None:
    first = Lesson(visitor, "2-3", "insandaren")
    second = Lesson(visitor, "2-3", "de-vanliga-fyra")
    orders = []
    for lesson in (first, second):
        page = lesson.see()
        item, option = (re.search(f'name="{name}" value="([^"]+)"', page) for name in ("item", "option"))
        assert item
        assert option
        seen = lesson.visitor.get(lesson.post(answer="1", item=item[1], option=option[1]).location).text
        sides = seen.split(f'id="a-{lesson.activity}"', 1)[1]
        orders.append(sides.index("side__edge p-public") < sides.index("side__edge p-civic"))

    assert orders == [True, False]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"item": "motet", "option": "b"}, 400),
        ({"item": "kampanjen", "option": "nothing"}, 400),
        ({"item": "nothing", "option": "lyssna"}, 400),
        ({"option": "lyssna"}, 400),
        ({"item": "kampanjen"}, 422),
    ],
)
def test_a_node_whose_turn_it_is_not_is_refused(
    visitor: Visitor, db: Session, form: dict[str, str], status: int
) -> None:
    assert Lesson(visitor, "5-2", "nar-det-skaver").post(answer="1", **form).status_code == status
    assert db.scalars(select(ActivityState)).all() == []


def test_the_same_node_from_two_tabs(visitor: Visitor) -> None:
    scenario = Lesson(visitor, "5-2", "nar-det-skaver")
    scenario.post(answer="1", item="kampanjen", option="lyssna")

    assert scenario.post(answer="1", item="kampanjen", option="lyssna").status_code == 302
    other = scenario.post(answer="1", item="kampanjen", option="tryck-pa")

    assert other.status_code == 409
    assert "Du har redan svarat här" in words(other.text)
    assert "Du valde: Lyssna" in words(other.text)


# ---------------------------------------------------------------- cases and quick situations


def test_cases_are_explained_one_at_a_time_and_four_are_enough(visitor: Visitor, course: Course) -> None:
    activity: Any = course.lesson("4-1").activities["sv"]["beslutstrad"]
    cases = Lesson(visitor, "4-1", "beslutstrad")
    for number, case in enumerate(activity.cases[:4], 1):
        assert f"Fall {number} av 6" in words(cases.see())
        if number == 4:
            early = cases.post(hand_in="1")
            assert (early.status_code, "Svara på några till först" in early.text) == (422, True)
        seen = words(cases.see(cases.post(answer="1", item=case.id, option=case.accepts[0])))
        assert "Stämmer" in seen
        assert ("Jag är klar" in seen) == (number == 4)
    assert not cases.is_complete()

    seen = words(cases.see(cases.post(hand_in="1")))

    assert "Fyra svar stämmer. Två är obesvarade." in seen
    assert cases.is_complete()


def test_the_last_quick_situation_hands_in_the_whole(visitor: Visitor, course: Course, db: Session) -> None:
    activity: Any = course.lesson("4-2").activities["sv"]["lagen"]
    quick = Lesson(visitor, "4-2", "lagen")
    for case in activity.cases[:-1]:
        quick.post(answer="1", item=case.id, option=case.accepts[0])
    assert not quick.is_complete()
    last = activity.cases[-1]

    assert quick.post(answer="1", item=last.id, option="ja").status_code == 302
    assert quick.post(answer="1", item=last.id, option="ja").status_code == 302
    assert quick.post(answer="1", item=last.id, option="nej").status_code == 409

    assert "Tre svar stämmer. Ett svar är värt att titta på igen." in words(quick.see())
    assert quick.is_complete()


@pytest.mark.parametrize("form", [{"item": "nothing", "option": "ja"}, {"item": "styrelsen", "option": "nothing"}])
def test_an_unknown_case_is_refused(visitor: Visitor, db: Session, form: dict[str, str]) -> None:
    assert Lesson(visitor, "4-2", "lagen").post(answer="1", **form).status_code == 400
    assert db.scalars(select(ActivityState)).all() == []


# ---------------------------------------------------------------- the knowledge check


def _answer_all(check: Lesson, bank: KnowledgeCheck, *, right: int) -> list[str]:
    """The ids of the questions that came, of which the first ``right`` were answered right."""
    questions = {question.id: question for question in bank.questions}
    asked = []
    for number in range(bank.draw):
        page = check.see()
        assert f"Fråga {number + 1} av {bank.draw}" in words(page)
        found = re.search(r'name="item" value="([^"]+)"', page)
        assert found
        question = questions[found[1]]
        asked.append(question.id)
        good = [option.id for option in question.options if option.right]
        wrong = (
            [next(option.id for option in question.options if not option.right)]
            if len(good) < len(question.options)
            else good[:1]
        )
        seen = words(check.see(check.post(answer="1", item=question.id, option=good if number < right else wrong)))
        assert ("Stämmer" if number < right else "Titta igen") in seen
        assert "Läs igen i" in seen
    return asked


def test_eight_of_ten_pass_and_a_new_try_brings_other_questions(visitor: Visitor, course: Course) -> None:
    bank: Any = course.lesson("6-1").activities["sv"]["kunskapskoll"]
    check = Lesson(visitor, "6-1", "kunskapskoll")
    check.post(begin="1")
    first = _answer_all(check, bank, right=7)
    seen = words(check.see())
    assert "Du svarade rätt på 7 av 10 frågor. Du behöver 8." in seen
    assert "Värt att läsa igen" in seen
    assert not check.is_complete()

    check.post(again="1")
    check.attempt = 2
    second = _answer_all(check, bank, right=8)

    assert set(first) != set(second)
    seen = words(check.see())
    assert "Kunskapskollen är klar" in seen
    assert "Du svarade rätt på 8 av 10 frågor. Det räcker." in seen
    assert check.is_complete()


def test_a_question_that_was_not_drawn_is_refused(visitor: Visitor, course: Course) -> None:
    bank: Any = course.lesson("6-1").activities["sv"]["kunskapskoll"]
    check = Lesson(visitor, "6-1", "kunskapskoll")
    check.post(begin="1")
    drawn = check.visitor.get(check.address).text
    asked = re.search(r'name="item" value="([^"]+)"', drawn)
    assert asked
    question = next(one for one in bank.questions if one.id == asked[1])

    assert check.post(answer="1", item="nothing", option="a").status_code == 400
    assert check.post(answer="1", item=question.id, option="nothing").status_code == 400
    assert check.post(answer="1", item=question.id).status_code == 422
    assert "Fråga 1 av 10" in words(check.see())


# ---------------------------------------------------------------- what stays in the browser


@pytest.mark.parametrize(
    ("lesson_id", "activity_id"),
    [("0-2", "lage"), ("0-2", "min-fraga"), ("5-1", "problembild"), ("5-3", "checklista"), ("6-2", "plan")],
)
def test_what_is_written_for_oneself_is_never_part_of_the_form(
    visitor: Visitor, db: Session, lesson_id: str, activity_id: str
) -> None:
    own = Lesson(visitor, lesson_id, activity_id)
    page = own.see()
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    assert len(forms) == 1
    assert set(re.findall(r' name="([^"]+)"', forms[0])) == {"csrf_token", "attempt", "hand_in"}
    assert "stannar i den här webbläsaren" in words(page)
    assert "Utan JavaScript kan webbläsaren inte spara det." in words(page)

    answer = own.post(hand_in="1", text="Hemligt", option="Hemligt", response="Hemligt")

    assert "Klart. Du kan ändra det när du vill." in words(own.see(answer))
    kept = [json.dumps(state.data) for state in db.scalars(select(ActivityState))]
    responses = db.scalars(select(ActivityResult.response)).all()
    assert "Hemligt" not in f"{kept}{responses}"


def test_the_plan_gathers_the_lines_written_on_the_way(visitor: Visitor, course: Course) -> None:
    page = Lesson(visitor, "6-2", "plan").see()

    assert 'data-show="0-2/min-fraga#text"' in page
    assert "Vilken fråga om samverkan vill du ha svar på innan kursen är slut?" in page
