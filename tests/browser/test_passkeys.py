"""A passkey in a real browser, with Chromium's own authenticator."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from tests.browser.conftest import violations, watch
from tests.conftest import Mails
from tracker.learners.models import Learner

pytestmark = [
    pytest.mark.browser,
    # A passkey is bound to a name, so the server is reached by the one that this machine always has.
    pytest.mark.parametrize("live_server", [{"host": "localhost"}], indirect=True),
]


def test_an_administrator_adds_a_passkey_and_signs_in_with_it_alone(
    make_context: Callable[..., BrowserContext],
    make_learner: Callable[..., Learner],
    mails: Mails,
    axe: Axe,
) -> None:
    make_learner(email="chef@region.example", is_administrator=True)
    page = make_context().new_page()
    faults = watch(page)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )

    page.goto("/sv/sign-in?next=/sv/admin/organisations")
    page.get_by_label("E-postadress").fill("chef@region.example")
    page.get_by_role("button", name="Skicka länken").click()
    page.wait_for_url("**/sign-in/sent")
    page.goto(mails.last_link())
    page.locator("main form button").first.click()
    page.get_by_role("link", name="Välj en passnyckel").click()
    page.get_by_label("Namn").fill("Min dator")
    assert violations(axe, page) == []
    page.get_by_role("button", name="Lägg till en passnyckel").click()
    page.locator("main li code").nth(9).wait_for()
    page.get_by_role("link", name="Jag har sparat dem").click()
    page.get_by_role("heading", level=1, name="Organisationer").wait_for()

    page.goto("/sv/profile")
    page.locator("#content").get_by_role("button", name="Logga ut", exact=True).click()
    page.goto("/sv/sign-in?next=/sv/admin/organisations")
    assert violations(axe, page) == []
    page.get_by_role("button", name="Logga in med en passnyckel").click()

    page.get_by_role("heading", level=1, name="Organisationer").wait_for()
    assert faults == []


def test_without_javascript_the_link_is_what_is_offered(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.goto("/sv/sign-in")

    assert page.get_by_role("button", name="Logga in med en passnyckel").count() == 0
    assert page.get_by_role("button", name="Skicka länken").is_visible()
