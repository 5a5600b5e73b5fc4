"""An outside LRS that nothing is sent to any more has what it got, and whoever is erased is to be erased there too."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.destinations import add_destination, remove_destination
from lrs_adapter.former import former_destinations
from lrs_adapter.models import DestinationRow, StatementRow
from tests.conftest import NOW, Visitor
from tests.groups.circles import Circle
from tracker.clock import now
from tracker.config import Settings
from tracker.learners.models import Learner
from tracker.privacy import erasing, orders
from tracker.privacy.models import ErasureOrder

ORDERS = "/sv/admin/privacy/orders"
LRS = "/sv/admin/lrs/destinations"
THERE = "http://127.0.0.1:9/xapi/"


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    """Last autumn: what the pages do is done now."""
    return Circle(db, app, "Yusuf", "Lena", now=now() - timedelta(days=90))


@pytest.fixture
def sent_to(db: Session, settings: Settings) -> int:
    """The number of an outside LRS that has got Statements."""
    made = add_destination(
        db, name="Länets LRS", endpoint=THERE, key="nyckeln", secret="s", secret_key=settings.secret_key, now=NOW
    )
    db.get_one(DestinationRow, made.id).last_success = NOW
    db.commit()
    return made.id


def _orders(db: Session) -> list[ErasureOrder]:
    found = list(db.scalars(select(ErasureOrder).execution_options(populate_existing=True)))
    db.rollback()
    return found


def _erase(db: Session, learner: Learner, place: erasing.Place) -> None:
    erasing.erase(db, learner, by=None, place=place, now=NOW)
    db.commit()


def test_who_is_erased_after_it_was_removed_is_ordered_by_hand(
    db: Session, circle: Circle, place: erasing.Place, administrator: Visitor, sent_to: int, settings: Settings
) -> None:
    db.rollback()
    warned = administrator.get(f"{LRS}/{sent_to}/remove").text
    assert "du en begäran att skicka till dem som driver den" in warned
    administrator.post(f"{LRS}/{sent_to}/remove")
    page = administrator.get(ORDERS).text
    assert "Länets LRS" in page
    assert "nyckeln" not in page

    _erase(db, circle.leader.registration.learner, place)

    orders.ask_all(db, secret_key=settings.secret_key, now=NOW)
    [order] = _orders(db)
    assert (order.endpoint, order.checked_at) == (THERE, None)
    page = administrator.get(ORDERS).text
    assert "Vi skickar inget dit längre" in page
    assert f"{order.id}/ask" not in page
    administrator.post(f"{ORDERS}/{order.id}/confirm")
    assert _orders(db)[0].agents == []


def test_one_that_has_nothing_left_gets_no_more_orders_and_has_done_those_it_has(
    db: Session, circle: Circle, place: erasing.Place, administrator: Visitor, sent_to: int
) -> None:
    remove_destination(db, sent_to, now=now())
    _erase(db, circle.leader.registration.learner, place)

    assert administrator.post(f"{ORDERS}/emptied", {"endpoint": "http://other.example/"}).status_code == 404
    assert administrator.post(f"{ORDERS}/emptied", {"endpoint": THERE}).status_code == 302

    assert [one.done_at is not None for one in _orders(db)] == [True]
    assert "LRS:er som vi inte längre skickar till" not in administrator.get(ORDERS).text
    _erase(db, circle.members[0].registration.learner, place)
    assert len(_orders(db)) == 1


def test_who_came_after_it_was_removed_is_not_ordered_there(
    db: Session, circle: Circle, place: erasing.Place, sent_to: int
) -> None:
    first = min(db.scalars(select(StatementRow.stored)))
    remove_destination(db, sent_to, now=first - timedelta(minutes=1))

    _erase(db, circle.leader.registration.learner, place)

    assert _orders(db) == []


def test_another_address_leaves_the_old_one_behind(db: Session, administrator: Visitor, sent_to: int) -> None:
    form = {"name": "Länets LRS", "endpoint": "http://127.0.0.1:8/xapi", "key": "k", "secret": "s", "what": "all"}
    db.rollback()
    assert administrator.post(f"{LRS}/{sent_to}/change", form).status_code == 302

    assert [one.endpoint for one in former_destinations(db)] == [THERE]
    db.rollback()
    administrator.post(f"{LRS}/{sent_to}/change", {**form, "endpoint": THERE})
    assert former_destinations(db) == []  # it is sent to again, and is asked by itself


def test_one_that_never_got_anything_is_not_remembered(
    db: Session, administrator: Visitor, settings: Settings, sent_to: int
) -> None:
    db.get_one(DestinationRow, sent_to).last_success = None
    db.commit()

    assert "du en begäran" not in administrator.get(f"{LRS}/{sent_to}/remove").text
    administrator.post(f"{LRS}/{sent_to}/remove")

    assert former_destinations(db) == []


def test_a_new_lrs_under_an_old_number_is_not_asked_instead(
    db: Session, make_learner: Callable[..., Learner], settings: Settings, sent_to: int
) -> None:
    agent = {"objectType": "Agent", "account": {"homePage": "http://localhost", "name": "abc"}}
    db.add(ErasureOrder(created_at=NOW, destination_id=sent_to, name="x", endpoint=THERE, agents=[agent], statements=1))
    db.get_one(DestinationRow, sent_to).endpoint = "http://127.0.0.1:8/xapi/"
    db.commit()
    [order] = _orders(db)

    assert orders.ask(db, order.id, secret_key=settings.secret_key, now=NOW) is None
    orders.ask_all(db, secret_key=settings.secret_key, now=NOW)

    assert _orders(db)[0].checked_at is None
