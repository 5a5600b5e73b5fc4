"""An administrator and somebody whose data is looked at."""

from collections.abc import Callable

import pytest

from tests.conftest import Visitor
from tracker.learners.models import Learner


@pytest.fixture
def chief(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="chef@region.example", name="Chefen", is_administrator=True)


@pytest.fixture
def administrator(chief: Learner, sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(chief)


@pytest.fixture
def karin(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="karin@forening.example", name="Karin Örn")
