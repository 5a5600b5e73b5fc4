"""Whoever runs the server sees what is wrong, does what the page says, and takes the log along."""

import csv
import io

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.outbox import add_destination, deliver
from tests.browser.conftest import LiveServer, choose_second_step
from tests.browser.test_reports import sign_in
from tests.conftest import Mails
from tests.lrs_adapter.outside import Moody, moody
from tracker.auth.services import create_administrator
from tracker.clock import now
from tracker.db import engine_of

__all__ = ["moody"]

pytestmark = pytest.mark.browser


def test_an_operator_mends_a_delivery_and_takes_the_log_along(
    page: Page, live_server: LiveServer, db: Session, mails: Mails, moody: Moody
) -> None:
    secret_key = live_server.app.config["SECRET_KEY"]
    add_destination(
        db, name="Regionens LRS", endpoint=moody.endpoint, key="k", secret="s", secret_key=secret_key, now=now()
    )
    create_administrator(db, "drift@region.example", now=now())
    db.commit()
    page.goto("/sv/lessons/0-1")
    page.locator("[name=option]").first.check()
    page.locator("[name=hand_in]").click()
    expect(page.locator(".activity__result").first).to_be_visible()
    moody.answer = lambda _: 401
    deliver(sessionmaker(engine_of(live_server.app)), now=now(), secret_key=secret_key)

    sign_in(page, mails, "drift@region.example")
    choose_second_step(page)
    page.goto("/sv/admin/operations")
    expect(page.locator("main li").filter(has_text="Regionens LRS")).to_contain_text("Behöver åtgärdas")
    page.locator("main li").filter(has_text="Regionens LRS").get_by_role("link").click()
    page.get_by_role("link", name="Regionens LRS", exact=True).click()
    moody.answer = lambda _: 200
    page.get_by_role("button", name="Försök igen").click()
    deliver(sessionmaker(engine_of(live_server.app)), now=now(), secret_key=secret_key)
    page.goto("/sv/admin/operations")
    expect(page.locator("main li").filter(has_text="Behöver åtgärdas").filter(has_text="Regionens LRS")).to_have_count(
        0
    )
    assert [one["verb"]["id"].rpartition("/")[2] for one in moody.kept.values()].count("answered") == 1

    page.goto("/sv/admin/audit")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.reader(io.StringIO(waiting.value.path().read_text("utf-8-sig")), delimiter=";"))
    told = page.locator("table tbody tr").count()
    assert len(rows) - 1 >= told > 0
    [mended] = [row for row in rows if "Ändrade en annan LRS" in row]
    assert "drift@region.example" in mended
