"""The accessibility statement and its form."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Mails, Visitor
from tracker.config import Settings

MESSAGE = "Knappen ”Lägg här” läses inte upp."


def test_holds_the_eleven_parts(client: FlaskClient, settings: Settings) -> None:
    page = client.get("/sv/accessibility").text

    for part in (
        settings.publisher,
        "Tillsammans gör vi mer",
        "delvis förenlig",
        "Skärmläsare.",
        "Vi har bedömt webbplatsen själva",
        "22 november 2026",
        "Redogörelsen ändrades senast",
        "automatiskt med axe-core",
        "Skicka meddelandet",
        "https://www.digg.se/tdosanmalan",
        "oskäligt betungande anpassning",
        "undantaget från lagen (9 §)",
    ):
        assert part in page


def test_is_linked_from_every_page(client: FlaskClient) -> None:
    assert 'href="/sv/accessibility"' in client.get("/sv/glossary").text


def test_an_anonymous_message_reaches_whoever_answers(visitor: Visitor, mails: Mails, settings: Settings) -> None:
    response = visitor.post("/sv/accessibility", {"message": MESSAGE, "page": "3.3 Matrisen", "email": "", "trap": ""})

    assert response.status_code == 302
    assert "Tack. Ditt meddelande är på väg till oss." in visitor.get(response.location).text
    assert len(mails.received) == 1
    assert mails.last["To"] == settings.contact_email
    assert mails.last["Reply-To"] is None
    assert MESSAGE in mails.last.get_content()
    assert "3.3 Matrisen" in mails.last.get_content()
    assert "anonymt" in mails.last.get_content()


def test_with_an_address_it_can_be_answered(visitor: Visitor, mails: Mails) -> None:
    visitor.post("/en/accessibility", {"message": MESSAGE, "email": "karin@forening.example"})

    assert mails.last["Reply-To"] == "karin@forening.example"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"message": "   "}, "Skriv vad som inte fungerade, så att vi kan rätta till det"),
        ({"message": "x" * 5001}, "Korta meddelandet till högst 5 000 tecken"),
        ({"message": MESSAGE, "email": "karin"}, "Skriv en e-postadress, till exempel namn@forening.example"),
        ({"message": MESSAGE, "email": "a@b.example\nBcc: c@d.example"}, "Skriv en e-postadress"),
    ],
)
def test_bad_input_is_told_and_what_was_typed_is_kept(
    visitor: Visitor, mails: Mails, typed: dict[str, str], told: str
) -> None:
    response = visitor.post("/sv/accessibility", {"page": "Startsidan", **typed})

    assert response.status_code == 422
    assert response.text.count(told) == 2
    assert "<title>Fel:" in response.text
    assert 'value="Startsidan"' in response.text
    assert mails.received == []


def test_a_program_that_fills_in_everything_is_stopped_and_a_person_can_send_again(
    visitor: Visitor, mails: Mails
) -> None:
    response = visitor.post("/sv/accessibility", {"message": MESSAGE, "trap": "http://buy.example"})

    assert response.status_code == 422
    assert "Nu är det tomt, så skicka igen" in response.text
    assert "buy.example" not in response.text
    assert MESSAGE in response.text
    assert mails.received == []


def test_a_mail_server_that_is_down_loses_nothing(make_app: Callable[..., Flask]) -> None:
    visitor = Visitor(make_app(mail_url="smtp://127.0.0.1:9").test_client())

    response = visitor.post("/sv/accessibility", {"message": MESSAGE, "email": "karin@forening.example"})

    assert response.status_code == 503
    assert response.text.count("Vår mejlserver svarar inte just nu") == 2
    assert MESSAGE in response.text
    assert 'value="karin@forening.example"' in response.text


def test_one_network_cannot_fill_the_inbox(visitor: Visitor, mails: Mails) -> None:
    for _ in range(10):
        visitor.post("/sv/accessibility", {"message": MESSAGE})

    assert visitor.post("/sv/accessibility", {"message": MESSAGE}).status_code == 429
    assert len(mails.received) == 10


def test_a_form_from_another_site_is_refused(client: FlaskClient, mails: Mails) -> None:
    assert client.post("/sv/accessibility", data={"message": MESSAGE}).status_code == 400
    assert mails.received == []
