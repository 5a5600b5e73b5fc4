"""Join codes: readable, forgiving, and not worth guessing."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tests.groups.conftest import look
from tracker.groups import codes
from tracker.groups.models import CodeGuess, Group

SECRET = "a-secret"


def _try(db: Session, code: str, *, address: str = "192.0.2.7", after: timedelta = timedelta()) -> str:
    try:
        group = codes.find_group(db, code, address=address, secret=SECRET, now=NOW + after)
    except (codes.CodeUnknown, codes.CodeExpired, codes.TooManyGuesses) as error:
        return type(error).__name__
    return group.name


def _wrong(right: str) -> str:
    return right[:7] + ("2" if right[7] != "2" else "3")


@pytest.fixture
def code(group: Group, db: Session) -> str:
    group.code_expires_at = NOW + timedelta(days=400)
    db.commit()
    assert group.join_code is not None
    return group.join_code


def test_a_code_has_only_letters_and_digits_that_nobody_mixes_up() -> None:
    for _ in range(500):
        code = codes.new_code()
        assert codes.is_shaped_like_a_code(code)
        assert not any(word in code for word in codes.RUDE)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("hakl 4729", "HAKL4729"), ("HAK1-4729", "HAKL4729"), ("haki4729", "HAKL4729"), ("HAKL 47Z9", "HAKL4729"),
     (" h a k l 4 7 2 9 ", "HAKL4729"), ("HAKL.4728", "HAKL4728"), ("HAKL472B", "HAKL4728")],
)  # fmt: skip
def test_what_can_only_be_meant_in_one_way_is_put_right(typed: str, meant: str) -> None:
    assert codes.normalise(typed) == meant


def test_thirty_wrong_codes_in_an_hour_are_enough(db: Session, code: str) -> None:
    answers = [_try(db, _wrong(code)) for _ in range(31)]

    assert answers == ["CodeUnknown"] * 30 + ["TooManyGuesses"]
    assert _try(db, code) == "TooManyGuesses"
    assert _try(db, code, address="192.0.2.8") == "Torsdagsgruppen"
    assert _try(db, code, after=timedelta(hours=1)) == "Torsdagsgruppen"


def test_who_guesses_twenty_times_a_second_for_a_year_is_heard_less_than_two_thousand_times(
    db: Session, code: str
) -> None:
    """Each hour as many as are heard. After the first day five a day, for as long as the guessing goes on."""
    heard = []
    for day in range(35):
        of_today = 0
        for hour in range(24):
            while _try(db, _wrong(code), after=timedelta(days=day, hours=hour)) == "CodeUnknown":
                of_today += 1
            if of_today in {5, 100}:
                break
        heard.append(of_today)

    assert heard == [100] + [5] * 34
    assert (100 + 5 * 364) * 1_000 / (13**4 * 8**4) < 0.02


def test_forty_phones_with_the_right_code_behind_one_address_are_never_stopped(db: Session, code: str) -> None:
    assert {_try(db, code) for _ in range(40)} == {"Torsdagsgruppen"}


def test_all_phones_in_one_ipv6_network_are_one_guesser(db: Session, code: str) -> None:
    answers = [_try(db, _wrong(code), address=f"2001:db8:1:2::{number:x}") for number in range(31)]

    assert answers[-1] == "TooManyGuesses"
    assert _try(db, code, address="2001:db8:1:3::1") == "Torsdagsgruppen"


def test_no_address_is_kept(db: Session, code: str) -> None:
    _try(db, _wrong(code))

    assert all(len(row.address) == 64 and "192.0.2.7" not in row.address for row in db.scalars(select(CodeGuess)))


def test_an_old_code_says_so_and_a_renewed_one_replaces_it(
    group: Group, margareta: Visitor, visitor: Visitor, db: Session
) -> None:
    old = group.join_code
    margareta.post(f"/sv/groups/{group.id}/code")
    look(db, group)
    assert visitor.get(f"/sv/join/{old}").status_code == 404
    assert visitor.get(f"/sv/join/{group.join_code}").status_code == 200

    group.code_expires_at = NOW - timedelta(days=9999)
    db.commit()
    answer = visitor.get(f"/sv/join/{group.join_code}")
    assert answer.status_code == 410
    assert "Koden har gått ut" in answer.text
