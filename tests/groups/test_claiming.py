"""The personal code on a slip: the record becomes one's own, once."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor
from tests.groups.circles import MEETING, Circle, progress, valid
from tests.tracker.taking import recorder_of, take_lesson
from tracker.certificates.models import Form
from tracker.certificates.services import issue
from tracker.groups import claiming
from tracker.learners.models import Learner
from tracker.progress import projection
from tracker.progress.queries import overview

SECRET = "a-secret-for-tests-that-is-long-enough"


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    circle = Circle(db, app, "Yusuf", "Lena")
    circle.was_there(1, *circle.members)
    circle.close(1)
    return circle


@pytest.fixture
def codes(circle: Circle, db: Session) -> dict[str | None, str]:
    slips = claiming.new_codes(db, circle.group, secret=SECRET)
    db.commit()
    return {slip.name: slip.code for slip in slips}


@pytest.fixture(autouse=True)
def _let_go(db: Session) -> Iterator[None]:
    yield
    db.rollback()


def test_codes_are_for_those_without_an_account(codes: dict[str, str], circle: Circle, db: Session) -> None:
    assert sorted(codes) == ["Lena", "Yusuf"]
    assert codes["Lena"] not in str([member.claim_hash for member in circle.group.members])


def test_nobody_signed_in_gets_the_record_in_this_browser(
    codes: dict[str, str], visitor: Visitor, circle: Circle, db: Session
) -> None:
    page = visitor.get(f"/sv/claim/{codes['Yusuf']}")
    assert "Yusuf, det här är ditt" in page.text
    assert "8 av kursens 20 lektioner" in page.text

    answer = visitor.post(f"/sv/claim/{codes['Yusuf']}")

    assert answer.status_code == 302
    assert "8 av 20 lektioner" in visitor.get(answer.location).text


def test_an_account_that_had_done_some_of_it_counts_nothing_twice(
    codes: dict[str, str],
    circle: Circle,
    db: Session,
    course: Course,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
) -> None:
    account = make_learner(email="yusuf@forening.example")
    for name in ("1-1", "1-2", *MEETING[1], *MEETING[2]):
        take_lesson(db, circle.app, account, name, now=NOW)
    db.commit()

    sign_in(account).post(f"/sv/claim/{codes['Yusuf']}")

    db.expire_all()
    done = overview(db, account, course)
    assert (len(done.lessons_done), len(done.modules_done), done.course_done) == (20, 7, True)
    assert circle.members[0].registration.learner_id == account.id
    assert issue(db, account, course, now=NOW).form is Form.BOTH
    before = progress(db)
    projection.rebuild(db, course.info.iri)
    assert progress(db) == before


def test_a_code_works_once(codes: dict[str, str], make_visitor: Callable[[], Visitor]) -> None:
    first, second = make_visitor(), make_visitor()
    first.post(f"/sv/claim/{codes['Yusuf']}")

    assert second.get(f"/sv/claim/{codes['Yusuf']}").status_code == 410
    assert second.post(f"/sv/claim/{codes['Yusuf']}").status_code == 410
    # Whoever used it and presses again is at home.
    assert first.post(f"/sv/claim/{codes['Yusuf']}").status_code == 302


def test_of_two_at_the_same_moment_the_second_is_too_late(
    codes: dict[str, str], circle: Circle, db: Session, make_learner: Callable[..., Learner]
) -> None:
    yusuf, recorder = circle.members[0], recorder_of(circle.app)
    claiming.claim(db, yusuf, by=make_learner(), recorder=recorder, now=NOW)

    with pytest.raises(claiming.ClaimUsed):
        claiming.claim(db, yusuf, by=make_learner(), recorder=recorder, now=NOW)


def test_a_new_slip_makes_the_old_one_worthless(
    codes: dict[str, str], circle: Circle, db: Session, visitor: Visitor
) -> None:
    claiming.new_codes(db, circle.group, secret=SECRET, members=[circle.members[0].id])
    db.commit()

    assert visitor.get(f"/sv/claim/{codes['Yusuf']}").status_code == 404
    assert visitor.get(f"/sv/claim/{codes['Lena']}").status_code == 200


def test_guesses_are_counted_in_the_database(
    codes: dict[str, str], visitor: Visitor, make_visitor: Callable[[], Visitor]
) -> None:
    statuses = [visitor.get(f"/sv/claim/AAAA-BBBB-{number:04}").status_code for number in range(31)]

    assert statuses == [404] * 30 + [429]
    assert make_visitor().get(f"/sv/claim/{codes['Yusuf']}").status_code == 429


def test_the_code_can_be_typed_as_people_type(codes: dict[str, str], visitor: Visitor) -> None:
    typed = codes["Lena"].lower().replace("-", " ").replace("0", "o").replace("1", "l")

    answer = visitor.post("/sv/claim", {"code": typed})

    assert answer.location == f"/sv/claim/{codes['Lena']}"
    wrong = visitor.post("/sv/claim", {"code": "kort"})
    assert (wrong.status_code, wrong.text.count("Skriv de tolv bokstäverna")) == (422, 2)


def test_somebody_who_stands_there_under_two_names_is_one_person(
    codes: dict[str, str], circle: Circle, db: Session, course: Course, sign_in: Callable[[Learner], Visitor]
) -> None:
    """Typed in by the facilitator at the first meeting, with a phone of her own at the second."""
    phone = circle.join("Lena P", Learner(created_at=NOW))
    circle.was_there(2, phone)
    circle.close(2)
    db.commit()

    sign_in(phone.registration.learner).post(f"/sv/claim/{codes['Lena']}")

    db.expire_all()
    assert overview(db, phone.registration.learner, course).lessons_done == {*MEETING[0], *MEETING[1]}
    lena = circle.members[1]
    assert (lena.removed_at is not None, phone.removed_at) == (True, None)
    assert sum(one["verb"]["id"].endswith("attended") for one in valid(db)) == 3


def test_a_claimed_record_follows_a_correction(
    codes: dict[str, str], circle: Circle, db: Session, course: Course
) -> None:
    from tracker.groups.closing import reopen

    yusuf = circle.members[0]
    account = Learner(created_at=NOW, email="yusuf@forening.example")
    db.add(account)
    db.flush()
    take_lesson(db, circle.app, account, "1-1", now=NOW)
    claiming.claim(db, yusuf, by=account, recorder=recorder_of(circle.app), now=NOW)
    reopen(db, circle.meeting(1), by=circle.leader, now=NOW + timedelta(days=1))

    circle.close(1, now=NOW + timedelta(days=1), lessons=["0-1"])

    assert overview(db, account, course).lessons_done == {"0-1", "1-1"}
