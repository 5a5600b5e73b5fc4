"""Somebody about whom everything is stored that can be, and an administrator."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tests.groups.circles import Circle
from tests.privacy.person import karins_circle
from tracker.config import Settings
from tracker.learners.models import Learner
from tracker.privacy import erasing


@pytest.fixture
def chief(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="chef@region.example", is_administrator=True)


@pytest.fixture
def administrator(chief: Learner, sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(chief)


@pytest.fixture
def karin(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="karin.ornstedt@forening.example", name="Karin Örnstedt", account=uuid4())


@pytest.fixture
def visitor_of(sign_in: Callable[[Learner], Visitor], karin: Learner) -> Visitor:
    return sign_in(karin)


@pytest.fixture
def long_ago(db: Session, karin: Learner) -> Learner:
    karin.created_at = karin.last_seen_on = NOW - timedelta(days=3000)
    db.commit()
    return karin


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    circle = Circle(db, app, "Yusuf", "Lena")
    circle.was_there(1, circle.leader, *circle.members)
    circle.close(1)
    return circle


@pytest.fixture
def karins(db: Session, app: Flask) -> Circle:
    return karins_circle(db, app)


@pytest.fixture
def place(settings: Settings) -> erasing.Place:
    return erasing.Place(settings.base_url, settings.protocol_folder, settings.instance / "mail")
