"""The word list."""

from flask.testing import FlaskClient

from course.schema import Course
from tracker.sorting import swedish


def test_every_word_can_be_linked_to(client: FlaskClient, course: Course) -> None:
    page = client.get("/sv/glossary").text

    for term in course.glossary:
        assert f'<div id="{term.id}"' in page
        assert term.term["sv"] in page


def test_the_words_of_the_page_are_in_its_language(client: FlaskClient, course: Course) -> None:
    assert course.glossary[0].term["en"] in client.get("/en/glossary").text


def test_the_swedish_alphabet_ends_with_its_own_letters() -> None:
    words = ["öga", "ärende", "åtgärd", "zon", "idé", "ide", "Überblick", "yta", "Ale"]

    assert sorted(words, key=swedish) == [
        "Ale", "ide", "idé", "Überblick", "yta", "zon", "åtgärd", "ärende", "öga",
    ]  # fmt: skip
