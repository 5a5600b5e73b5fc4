"""``kill -9`` of workers and database in the middle of writes. The longer run is ``python -m tests.kill``."""

import pytest

from tests.kill import run


def test_what_was_acknowledged_is_there_once_whatever_was_killed(pytestconfig: pytest.Config) -> None:
    outcome = run(3, pytestconfig.getoption("--database"))

    assert outcome.kills == 3
    assert outcome.acknowledged
    assert (outcome.lost, outcome.changed, outcome.twice) == ([], [], 0)
    assert outcome.rebuilt_the_same
