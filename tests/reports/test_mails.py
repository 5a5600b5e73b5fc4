"""A link to a saved view, mailed by the real upkeep over real SMTP."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import NOW, Mails, Visitor
from tests.tracker.servers import free_port
from tracker.clock import now
from tracker.learners.models import Capacity, Learner, StaffRole
from tracker.reports import saved
from tracker.reports.models import SavedView
from tracker.reports.upkeep import send_mails


@pytest.fixture
def reader(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="kim@länet.example", name="Kim Ek", staff_role=StaffRole.REPORT_READER)


@pytest.fixture
def view(db: Session, reader: Learner) -> SavedView:
    """Due since a week ago."""
    filters = {"capacity": Capacity.ELECTED.value}
    at = now() - timedelta(days=14)
    made = saved.save(
        db, reader, name="Våra nämnder", view="roles", filters=filters, frequency="weekly", language="sv", now=at
    )
    db.commit()
    return made


@pytest.mark.usefixtures("view")
def test_is_sent_once_by_two_workers_and_its_link_needs_signing_in(
    make_app: Callable[..., Flask],
    mails: Mails,
    visitor: Visitor,
    reader: Learner,
    sign_in: Callable[[Learner], Visitor],
) -> None:
    start = threading.Barrier(2)
    sent: list[int] = []

    def work(app: Flask) -> None:
        start.wait()
        sent.append(send_mails(app))

    workers = [threading.Thread(target=work, args=(make_app(),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sent) == [0, 1]
    (mail,) = mails.received
    assert mail["To"] == "kim@xn--lnet-loa.example"
    text = mail.get_content()
    assert not re.search(r"Kim|nämnder|Förtroendevald|elected|\d+ (personer|av)", text + mail["Subject"])
    link = re.search(r"http://localhost(/\S+)", text)
    assert link
    assert visitor.get(link[1]).location.startswith("/sv/sign-in")
    page = sign_in(reader).get(link[1]).text
    assert "Våra nämnder" in page
    assert "kunde inte skickas" not in page


def test_one_that_fails_is_told_and_tried_again(
    make_app: Callable[..., Flask],
    db: Session,
    mails: Mails,
    view: SavedView,
    reader: Learner,
    sign_in: Callable[[Learner], Visitor],
) -> None:
    away = make_app(mail_url=f"smtp://127.0.0.1:{free_port()}")

    assert send_mails(away) == 1
    assert send_mails(away) == 0
    page = sign_in(reader).get("/sv/admin/completion/views").text
    assert "försöker igen om sex timmar" in page
    db.refresh(view)
    assert view.next_at is not None
    assert timedelta(hours=5) < view.next_at - now() < timedelta(hours=7)

    view.next_at = NOW - timedelta(days=300)
    db.commit()
    assert send_mails(make_app()) == 1
    assert len(mails.received) == 1
    assert "försöker igen" not in sign_in(reader).get("/sv/admin/completion/views").text


def test_whoever_may_no_longer_read_reports_gets_nothing_more(
    app: Flask, db: Session, mails: Mails, view: SavedView, reader: Learner
) -> None:
    reader.staff_role = None
    db.commit()

    assert send_mails(app) == 0
    db.refresh(view)
    assert (view.frequency, view.next_at) == (None, None)
    assert mails.received == []
