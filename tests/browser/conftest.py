"""A real browser against a real server, on a free port of this machine."""

from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.tracker.servers import serving_here

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
PROJECTOR = {"width": 1920, "height": 1080}
A4 = {"width": 688, "height": 1017}
"""Between margins of 14 millimetres."""
PATIENCE = 30_000
"""Milliseconds for what a page is to show. A server, its database and browsers on a busy machine take their time."""

expect.set_options(timeout=PATIENCE)

pytestmark = pytest.mark.browser


class LiveServer:
    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.url = url


@pytest.fixture
def live_server(make_app: Callable[..., Flask], request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """The application on a port of its own; links in mails lead to it.

    Settings can be given as its parameter, and with them ``host``: the name that it is reached by.
    """
    holder: dict[str, Any] = {}
    changed = dict(getattr(request, "param", {}))

    def application(environ: Any, start_response: Any) -> Any:
        return holder["app"](environ, start_response)

    with serving_here(application) as port:
        url = f"http://{changed.pop('host', '127.0.0.1')}:{port}"
        holder["app"] = make_app(base_url=url, **changed)
        yield LiveServer(holder["app"], url)


@pytest.fixture
def make_context(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own: ``make_context(java_script_enabled=False, viewport=PHONE)``."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        options = {"base_url": live_server.url, "viewport": DESKTOP, "locale": "sv-SE", **options}
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(make_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A desktop page. A script error or a refusal by the content policy fails the test."""
    page = make_context().new_page()
    faults = watch(page)
    yield page
    assert faults == []


def watch(page: Page) -> list[str]:
    """What the browser complains about, gathered while the page is used."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "console",
        lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
    )
    return faults


def violations(axe: Axe, page: Page, rules: list[str] | None = None, *, contrast: bool = True) -> list[str]:
    """What axe-core finds: rule, first element, what is wrong with it. Without rules: all of WCAG 2.2 AA and more.

    ``contrast``: most of the time goes to contrast, and the words of another language have the same colours.
    """
    only = rules or ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {"runOnly": only, "resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    # No colour is on its way to another; a window that opens on a busy machine can be asked in the middle of it.
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}: {node['failureSummary']}"
        for violation in axe.run(page, options=options).response["violations"]
        for node in violation["nodes"][:1]
    ]


def violations_in_both_schemes(axe: Axe, page: Page) -> list[str]:
    """Of the page that is open. The other colours change contrast and nothing else."""
    page.emulate_media(color_scheme="light")
    found = violations(axe, page)
    page.emulate_media(color_scheme="dark")
    found += violations(axe, page, ["color-contrast"])
    page.emulate_media(color_scheme="light")
    return found


def unbreakable(page: Page) -> list[str]:
    """What Firefox can't divide between the pages of a print: it leaves the rest of a page empty, or cuts it off."""
    before = page.viewport_size
    page.set_viewport_size(A4)  # type: ignore[arg-type]
    page.emulate_media(media="print")
    found: list[str] = page.locator("main *:not(textarea)").evaluate_all(
        """(all, height) => all.filter((one) => {
          const isLong = one.offsetHeight > height && /grid|flex/.test(getComputedStyle(one.parentElement).display);
          return isLong || /auto|scroll/.test(getComputedStyle(one).overflow);
        }).map((one) => one.outerHTML.slice(0, 80))""",
        A4["height"],
    )
    page.emulate_media(media="screen")
    if before:
        page.set_viewport_size(before)
    return found


def choose_second_step(page: Page) -> None:
    """An administrator who has just signed in takes an app for codes into use."""
    page.goto("/sv/profile/second-step")
    secret = page.locator("main li code").inner_text().replace(" ", "")
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.locator("main form button").first.click()
    page.locator("main li code").nth(9).wait_for()  # the recovery codes


__all__ = [
    "DESKTOP",
    "PHONE",
    "PROJECTOR",
    "LiveServer",
    "choose_second_step",
    "unbreakable",
    "violations",
    "violations_in_both_schemes",
    "watch",
]
