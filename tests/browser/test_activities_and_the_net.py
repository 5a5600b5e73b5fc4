"""Double clicks, two tabs, a net that comes and goes, and texts that never leave the browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

pytestmark = pytest.mark.browser

ACTIVITY = "**/lessons/*/activities/*"


def place(page: Page, field: str) -> str:
    """The chosen card into a field. Returns what it says."""
    words = page.locator("input[name=hand]:checked").locator("xpath=..").inner_text()
    page.locator(f"[data-field={field}] .put").click()
    expect(page.locator(f"[data-field={field}] .placed", has_text=words)).to_be_visible()
    return words


@pytest.mark.parametrize("javascript", [True, False])
def test_a_double_click_hands_in_once(javascript: bool, make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(java_script_enabled=javascript).new_page()
    page.goto("/sv/lessons/1-1")
    place(page, "civilsamhalle")

    page.locator("[name=hand_in]").dblclick(delay=0)

    expect(page.get_by_text("Så här la du korten")).to_be_visible()
    page.get_by_role("button", name="Lägg om korten").dblclick()
    expect(page.locator("form[data-keep] [name=attempt]")).to_have_value("2")


def test_a_double_click_places_one_card(page: Page) -> None:
    page.goto("/sv/lessons/1-1")

    page.locator("[data-field=marknad] .put").dblclick()

    expect(page.locator("[data-left]")).to_have_text("9 kort kvar av 10")
    expect(page.locator("#live")).to_contain_text("9 kort kvar av 10")
    expect(page.locator(".placed")).to_have_count(1)


def test_a_scenario_is_not_answered_twice_by_a_double_click(page: Page) -> None:
    page.goto("/sv/lessons/5-2")
    page.locator("[name=option]").first.check()

    page.get_by_role("button", name="Se vad som händer").dblclick(delay=0)

    expect(page.get_by_text("Du valde: Lyssna")).to_be_visible()
    expect(page.get_by_text("Du har redan svarat här")).to_have_count(0)


def test_two_tabs_that_place_and_hand_in(make_context: Callable[..., BrowserContext]) -> None:
    context = make_context()
    first, second = context.new_page(), context.new_page()
    first.goto("/sv/lessons/1-1")
    with first.expect_response(ACTIVITY):
        place(first, "civilsamhalle")
    second.goto("/sv/lessons/1-1")
    expect(second.locator(".placed")).to_have_count(1)
    first.locator("[name=hand_in]").click()
    expect(first.get_by_text("Så här la du korten")).to_be_visible()

    second.locator("[data-field=marknad] .put").click()

    expect(second.get_by_role("heading", name="Du har redan svarat här")).to_be_visible()
    expect(second.locator(".notice[data-focus]")).to_be_focused()
    expect(second.get_by_text("Så här la du korten")).to_be_visible()
    second.get_by_role("button", name="Lägg om korten").click()
    expect(second.locator("[data-left]")).to_have_text("10 kort kvar av 10")


def test_the_net_goes_and_comes_back_while_cards_are_placed(make_context: Callable[..., BrowserContext]) -> None:
    context = make_context()
    page = context.new_page()
    page.goto("/sv/lessons/1-1")
    with page.expect_response(ACTIVITY):
        place(page, "civilsamhalle")
    context.set_offline(True)
    place(page, "marknad")
    place(page, "hushall")
    expect(page.locator("[data-outage]")).to_contain_text("Nätet försvann.")
    expect(page.locator("#live")).to_contain_text("Nätet försvann.")
    context.set_offline(False)
    expect(page.locator("[data-outage]")).to_be_hidden()
    expect(page.locator("#live")).to_have_text("Nätet är tillbaka. Det du gjorde är sparat.")
    context.set_offline(True)
    page.locator("[name=hand_in]").click()
    expect(page.locator("[data-outage]")).to_be_visible()
    expect(page.locator(".placed")).to_have_count(3)

    context.set_offline(False)

    expect(page.get_by_text("Så här la du korten")).to_be_visible()
    expect(page.locator(".placed--fb")).to_have_count(10)
    expect(page.get_by_text("Inte lagt").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("Så här la du korten")).to_be_visible()


def test_what_was_placed_without_net_survives_a_reload(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context().new_page()
    page.goto("/sv/lessons/1-1")
    page.route(ACTIVITY, lambda route: route.abort())
    placed = place(page, "civilsamhalle")
    expect(page.locator("[data-outage]")).to_be_visible()

    page.reload()

    expect(page.locator("[data-field=civilsamhalle] .placed")).to_contain_text(placed)
    page.unroute(ACTIVITY)
    with page.expect_response(ACTIVITY) as answer:
        place(page, "marknad")
    assert answer.value.status == 204
    other = page.context.new_page()
    other.goto("/sv/lessons/1-1")
    expect(other.locator(".placed")).to_have_count(2)


def test_an_answer_that_never_comes_and_a_server_that_is_away(page: Page) -> None:
    tries: list[Route] = []

    def silent_then_away(route: Route) -> None:
        tries.append(route)
        if len(tries) == 2:
            route.fulfill(status=503, body="away")
        elif len(tries) > 2:
            route.continue_()

    page.clock.install()
    page.goto("/sv/lessons/0-1")
    page.route(ACTIVITY, silent_then_away)
    page.locator("[name=option]").first.check()
    with page.expect_request(ACTIVITY):
        page.get_by_role("button", name="Svara").click()
    note = page.locator("[data-outage]")
    expect(note).to_be_hidden()

    page.clock.fast_forward(9_000)
    expect(note).to_contain_text("skickas när du har nät igen")
    expect(note).to_be_in_viewport()
    with page.expect_request(ACTIVITY):
        page.clock.fast_forward(22_000)
        page.clock.fast_forward(3_000)
    page.clock.fast_forward(6_000)

    expect(page.locator(".activity__result")).to_be_visible()
    assert len(tries) == 3


def test_what_the_server_refuses_is_said_in_the_page(page: Page) -> None:
    page.goto("/sv/lessons/0-1")
    page.locator("[name=option]").first.check()
    page.locator("#a-vagval form [name=csrf_token]").evaluate("field => { field.value = 'old'; }")
    page.get_by_role("button", name="Svara").click()

    expect(page.locator("[data-refused]")).to_contain_text("Formuläret har varit öppet för länge")
    expect(page.locator("[data-refused]")).to_be_focused()


# ---------------------------------------------------------------- only with you


def test_what_is_written_for_oneself_stays_in_the_browser(page: Page, tmp_path: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.goto("/sv/lessons/0-2")
    page.get_by_label("Vilken fråga om samverkan").fill("Vem bestämmer i en förening?")
    expect(page.locator("#a-min-fraga [data-saved]")).to_have_text("Sparat i den här webbläsaren.")
    page.locator("#a-lage .scale__step input").first.check()
    expect(page.locator("#a-lage [data-saved]")).to_have_text("Sparat i den här webbläsaren.")
    page.locator("#a-min-fraga [name=hand_in]").click()
    expect(page.locator("#a-min-fraga").get_by_text("Klart.")).to_be_visible()
    expect(page.get_by_label("Vilken fråga om samverkan")).to_have_value("Vem bestämmer i en förening?")

    page.goto("/sv/lessons/6-2")
    expect(page.locator(".earlier__words:visible")).to_have_text("Vem bestämmer i en förening?")
    before = page.locator("#a-lage-igen [data-show]").first
    expect(before).to_be_hidden()
    page.locator("#a-lage-igen .scale__step input").nth(3).check()
    expect(before).to_have_text("I början svarade du: Inte alls")
    assert not any("Vem best" in one or "Vem%20best" in one for one in sent)

    page.goto("/sv/course")
    own = page.locator("[data-own-texts]")
    expect(own).to_contain_text("Du har skrivit på 3 ställen.")
    with page.expect_download() as download:
        own.get_by_role("button", name="Ladda ner dem").click()
    download.value.save_as(tmp_path / "texts.txt")
    text = (tmp_path / "texts.txt").read_text(encoding="utf-8-sig")
    assert "0.2 Min fråga" in text
    assert "Vem bestämmer i en förening?" in text

    own.get_by_role("button", name="Radera dem").click()
    page.get_by_role("button", name="Avbryt").click()
    expect(own).to_contain_text("Du har skrivit på 3 ställen.")
    own.get_by_role("button", name="Radera dem").click()
    page.get_by_role("button", name="Radera texterna").click()
    expect(own).to_contain_text("Texterna är raderade.")
    page.goto("/sv/lessons/0-2")
    expect(page.get_by_label("Vilken fråga om samverkan")).to_have_value("")


def test_without_javascript_the_page_says_that_texts_are_not_kept(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.goto("/sv/lessons/0-2")
    expect(page.locator("#a-min-fraga")).to_contain_text("Utan JavaScript kan webbläsaren inte spara det.")
    page.goto("/sv/course")
    expect(page.locator("main")).to_contain_text("bara sparas i webbläsaren om JavaScript är på")
