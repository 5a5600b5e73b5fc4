"""What xAPI gets to know about an activity."""

from typing import Any

from course.interactions import Interaction, answered, interactions, responses
from course.loader import load_course
from course.schema import Activity
from tests.course.planting import FIXTURE

COURSE = load_course(FIXTURE)


def _activity(lesson_id: str, name: str) -> dict[Any, Activity]:
    return {language: found[name] for language, found in COURSE.lesson(lesson_id).activities.items()}


def _the_only(found: tuple[Interaction, ...]) -> Interaction:
    [interaction] = found
    return interaction


def test_a_sort_is_a_matching_of_cards_with_fields() -> None:
    interaction = _the_only(interactions(_activity("1-1", "falten")))
    assert (interaction.item_id, interaction.type) == (None, "matching")
    assert interaction.name == {"sv": "Sortera korten", "en": "Sort the cards"}
    assert interaction.components["source"]["vardcentral"] == {"sv": "En vårdcentral", "en": "A health centre"}
    assert list(interaction.components["target"]) == ["stat", "marknad", "civil"]
    assert interaction.correct_responses_pattern == (
        "idrottsklubb[.]civil[,]vardcentral[.]stat[,]snoskottning[.]civil",
        "idrottsklubb[.]civil[,]vardcentral[.]marknad[,]snoskottning[.]civil",
    )


def test_the_target_of_a_matrix_is_its_cells() -> None:
    interaction = _the_only(interactions(_activity("1-1", "matrisen")))
    assert interaction.components["target"]["samrad-beslut"] == {
        "sv": "Samråd – Beslut",
        "en": "Consultation – Decision",
    }
    assert interaction.correct_responses_pattern is not None
    assert interaction.correct_responses_pattern[0] == "remissen[.]samrad-forslag[,]kapitlet[.]partnerskap-forslag"


def test_putting_in_order_is_a_sequencing() -> None:
    interaction = _the_only(interactions(_activity("1-1", "ordningen")))
    assert interaction.type == "sequencing"
    assert interaction.correct_responses_pattern == ("fraga[,]forslag[,]beslut",)
    assert list(interaction.components) == ["choices"]


def test_a_scenario_is_a_choice_at_each_node() -> None:
    first, second = interactions(_activity("1-2", "motet"))
    assert (first.item_id, first.type, first.correct_responses_pattern) == ("tiden", "choice", ("flytta",))
    assert first.description == {"sv": "Vad gör du?", "en": "What do you do?"}
    assert (second.item_id, second.correct_responses_pattern) == ("rummet", None)


def test_each_case_is_a_choice_with_every_accepted_answer() -> None:
    found = {one.item_id: one for one in interactions(_activity("1-2", "tradet"))}
    assert found["motesplats"].correct_responses_pattern == ("fraga", "upphandling")
    assert found["motesplats"].components["choices"]["fraga"] == {"sv": "Stanna och fråga", "en": "Stop and ask"}


def test_a_choice_of_way_has_no_right_answer() -> None:
    activity = _activity("1-2", "vagen")
    no_key = {
        language: one.model_copy(
            update={"options": tuple(option.model_copy(update={"right": None}) for option in one.options)}  # type: ignore[union-attr]
        )
        for language, one in activity.items()
    }
    assert _the_only(interactions(no_key)).correct_responses_pattern is None
    assert _the_only(interactions(activity)).correct_responses_pattern == ("en",)


def test_all_right_options_of_a_question_make_one_pattern() -> None:
    found = {one.item_id: one for one in interactions(_activity("2-2", "kollen"))}
    assert found["fran-borjan"].correct_responses_pattern == ("mal[,]slut",)
    assert found["samrad"].correct_responses_pattern == ("aterkoppling",)


def test_what_stays_in_the_browser_is_no_interaction() -> None:
    for name in ("laget", "tanken", "bladet", "listan"):
        assert interactions(_activity("2-1", name)) == ()
        assert answered(_activity("2-1", name), None) == ()


def test_responses_are_in_the_standards_syntax() -> None:
    sv = {name: one for lesson in COURSE.lessons for name, one in lesson.activities["sv"].items()}
    placed = {"snoskottning": "civil", "idrottsklubb": "marknad"}
    assert responses(sv["falten"], placed) == {None: "idrottsklubb[.]marknad[,]snoskottning[.]civil"}
    assert responses(sv["ordningen"], ["beslut", "fraga"]) == {None: "beslut[,]fraga"}
    assert responses(sv["motet"], {"path": [["tiden", "flytta"]]}) == {"tiden": "flytta"}
    assert responses(sv["snabbt"], {"sms": "ja"}) == {"sms": "ja"}
    assert responses(sv["vagen"], "en") == {None: "en"}
    assert responses(sv["vagen"], None) == {}
    assert responses(sv["kollen"], {"fran-borjan": ["slut", "mal"], "samrad": []}) == {"fran-borjan": "mal[,]slut"}


def test_an_answer_says_what_and_whether_it_was_right() -> None:
    given = [
        (one.interaction.item_id, one.response, one.success, one.score, one.max_score)
        for one in answered(_activity("1-2", "motet"), {"path": [["tiden", "flytta"], ["rummet", "koket"]]})
    ]
    assert given == [("tiden", "flytta", True, 1, 1), ("rummet", "koket", None, 0, 0)]
    [whole] = answered(_activity("1-1", "falten"), {"idrottsklubb": "stat", "vardcentral": "marknad"})
    assert (whole.success, whole.score, whole.max_score) == (False, 1, 3)
    [question] = answered(_activity("2-2", "kollen"), {"samrad": ["tack"]}, drawn=["samrad", "forening"])
    assert (question.interaction.item_id, question.response, question.success) == ("samrad", "tack", False)


def test_an_accepted_response_matches_a_pattern() -> None:
    """Whatever we call right, another reader of the Statement finds right too."""
    response = {"remissen": "samrad-forslag", "kapitlet": "samrad-forslag"}
    [one] = answered(_activity("1-1", "matrisen"), response)
    assert one.success is True
    assert one.interaction.correct_responses_pattern is not None
    assert one.response in one.interaction.correct_responses_pattern
