"""The pages after a meeting, as a facilitator, a member and a stranger meet them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from course.schema import Course
from lrs_adapter.store import count_statements
from tests.conftest import NOW, Mails, Visitor, signed_in
from tests.groups.circles import Circle, valid
from tests.tracker.servers import free_port
from tracker.clock import now
from tracker.groups import attendance
from tracker.groups.closing_forms import closing_form
from tracker.groups.models import Meeting, Presence
from tracker.groups.services import renew_code
from tracker.learners.models import Learner
from tracker.progress.queries import overview


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    return Circle(db, app, "Yusuf", "Lena <b>S</b>", now=now() - timedelta(days=2))


@pytest.fixture
def karin(circle: Circle, sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(circle.leader.registration.learner)


def _address(circle: Circle, page: str, number: int = 1) -> str:
    return f"/sv/groups/{circle.group.id}/meetings/{number}/{page}"


def _form(circle: Circle, **fields: object) -> dict[str, object]:
    presences = {f"presence_{member.id}": "whole" for member in circle.group.members}
    day = (now() - timedelta(days=1)).date().isoformat()
    times = {"day": day, "begins": "17:30", "ends": "19:30", "break_minutes": "10"}
    return {**presences, **times, "lessons": ["1-1", "1-2"], **fields}


def _post(visitor: Visitor, circle: Circle, page: str, **fields: object) -> TestResponse:
    address, form = _address(circle, page), _form(circle, **fields)
    circle.db.rollback()  # or the page would wait for this session
    return visitor.post(address, form)


def _fresh(db: Session, circle: Circle, number: int = 1) -> Meeting:
    db.rollback()
    db.expire_all()
    return circle.meeting(number)


def test_a_meeting_held_on_paper_is_entered_afterwards(
    karin: Visitor, circle: Circle, db: Session, course: Course
) -> None:
    page = karin.get(_address(circle, "enter"))
    assert page.status_code == 200
    assert "Lena &lt;b&gt;S&lt;/b&gt;" in page.text

    yusuf, lena = circle.members
    answer = karin.post(
        _address(circle, "enter"),
        _form(
            circle, **{f"presence_{lena.id}": "absent", f"presence_{yusuf.id}": "part", f"lessons_{yusuf.id}": "1-1"}
        ),
    )

    assert answer.location == _address(circle, "closed")
    meeting = _fresh(db, circle)
    assert (meeting.on_paper, meeting.break_minutes) == (True, 10)
    assert (meeting.held_to - meeting.held_from) == timedelta(hours=2)
    done = {one.name: overview(db, one.registration.learner, course).lessons_done for one in circle.group.members}
    assert done == {"Karin": {"1-1", "1-2"}, "Yusuf": {"1-1"}, "Lena <b>S</b>": set()}
    closed = karin.get(answer.location).text
    assert "2 av 3" in closed
    pages = ("", "/members", "/hours", "/slips", f"/members/{lena.id}", "/meetings/2/enter")
    addresses = [f"/sv/groups/{circle.group.id}{page}" for page in pages]
    db.rollback()  # or the pages would wait for this session
    assert all("<b>S</b>" not in karin.get(address).text for address in addresses)
    assert f"/meetings/{meeting.id}/alone" in closed


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ends": "17:00"}, "Träffen måste sluta efter att den har börjat"),
        ({"begins": "sju"}, "Skriv ett klockslag"),
        ({"day": "i går"}, "Skriv en dag"),
        ({"day": "2999-01-01"}, "Den dagen har inte varit än"),
        ({"break_minutes": "120"}, "Skriv hur många minuter"),
        ({"break_minutes": "-5"}, "Skriv hur många minuter"),
        ({"lessons": ["6-1"]}, "Skriv ett tal från 0 till 10"),
        ({"lessons": ["6-1"], "right": "11"}, "Skriv ett tal från 0 till 10"),
    ],
)
def test_what_is_wrong_is_said_and_kept_and_nothing_is_recorded(
    karin: Visitor, circle: Circle, db: Session, fields: dict[str, object], said: str
) -> None:
    before = count_statements(db)
    db.rollback()

    answer = _post(karin, circle, "enter", **fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert answer.text.count(said) >= 2  # in the summary and beside the field
    assert count_statements(db) == before
    assert _fresh(db, circle).closed_at is None


def test_a_meeting_that_has_not_been_yet_is_not_credited(circle: Circle, app: Flask, course: Course) -> None:
    """By a clock that is an hour fast. It is half past six in the evening."""

    def faults(begins: str, ends: str) -> tuple[bool, bool]:
        with app.test_request_context(
            "/sv/", method="POST", data=_form(circle, day="2027-02-04", begins=begins, ends=ends)
        ):
            seats = attendance.seats(circle.meeting(1))
            form = closing_form(
                circle.meeting(1), course, seats, planned=[], minutes=120, rest=10, unmarked=Presence.WHOLE, now=NOW
            )
            form.validate()
            return bool(form.begins.errors), bool(form.ends.errors)

    assert faults("17:30", "18:30") == (False, False)
    assert faults("17:30", "18:55") == (False, False)  # all have not gone yet
    assert faults("17:30", "19:30") == (False, True)
    assert faults("18:31", "18:55") == (True, False)


def test_a_part_without_times_or_lessons_is_asked_about(karin: Visitor, circle: Circle, db: Session) -> None:
    yusuf = circle.members[0]

    answer = _post(karin, circle, "enter", **{f"presence_{yusuf.id}": "part"})

    assert answer.status_code == 422
    assert "Skriv när Yusuf kom eller gick" in answer.text


def test_two_facilitators_who_press_at_once_credit_once(karin: Visitor, circle: Circle, db: Session) -> None:
    _post(karin, circle, "enter")
    before = count_statements(db)
    db.rollback()

    answer = _post(karin, circle, "enter", lessons=["2-1"])

    assert answer.location == _address(circle, "closed")
    assert count_statements(db) == before


def test_a_closed_meeting_is_opened_corrected_and_closed(karin: Visitor, circle: Circle, db: Session) -> None:
    _post(karin, circle, "enter")
    yusuf = circle.members[0]

    assert karin.post(_address(circle, "reopen")).location == _address(circle, "close")
    page = karin.get(_address(circle, "close")).text
    assert "Det som är registrerat gäller" in page
    _post(karin, circle, "close", **{f"presence_{yusuf.id}": "absent"})

    closed = karin.get(_address(circle, "closed")).text
    assert "Karin rättade träffen och avslutade den." in closed
    assert "Återtaget: 4." in closed
    db.rollback()
    assert not [one for one in valid(db, yusuf) if "lesson" in one["object"]["id"]]


def test_attendance_can_be_marked_before_the_closing(karin: Visitor, circle: Circle, db: Session) -> None:
    yusuf, lena = circle.members
    address = _address(circle, "present")
    assert karin.get(address).status_code == 200
    parts = {f"presence_{one.id}": "part" for one in (yusuf, lena)}
    wrong = karin.post(address, {**parts, f"arrived_{yusuf.id}": "sent", f"left_{lena.id}": "tidigt"}).text
    assert f'#arrived_{yusuf.id}">Yusuf, Kom: ' in wrong
    assert f'#left_{lena.id}">Lena &lt;b&gt;S&lt;/b&gt;, Gick: ' in wrong

    karin.post(address, {"all": "1"})
    karin.post(
        address,
        {
            f"presence_{circle.leader.id}": "whole",
            f"presence_{yusuf.id}": "part",
            f"arrived_{yusuf.id}": "18:10",
            f"presence_{lena.id}": "absent",
        },
    )

    rows = {row.member_id: row for row in _fresh(db, circle).attendance}
    assert {key: row.presence for key, row in rows.items()} == {
        circle.leader.id: Presence.WHOLE,
        yusuf.id: Presence.PART,
        lena.id: Presence.ABSENT,
    }
    assert rows[yusuf.id].arrived_at is not None


def test_attendance_of_a_closed_meeting_is_not_changed(karin: Visitor, circle: Circle, db: Session) -> None:
    _post(karin, circle, "enter")

    answer = karin.post(_address(circle, "present"), {"all": "1"})

    assert answer.status_code == 302
    assert "Träffen är avslutad" in karin.get(answer.location).text


@pytest.mark.parametrize("page", ["close", "closed", "enter", "present"])
def test_somebody_elses_group_is_not_there(
    page: str, circle: Circle, stranger: Visitor, sign_in: Callable[[Learner], Visitor]
) -> None:
    member = sign_in(circle.members[0].registration.learner)

    for visitor in (stranger, member):
        assert visitor.get(_address(circle, page)).status_code == 404
        assert _post(visitor, circle, page).status_code in {404, 405}
    assert stranger.post(_address(circle, "reopen")).status_code == 404


def test_who_missed_the_meeting_does_that_part_alone(
    karin: Visitor, circle: Circle, db: Session, sign_in: Callable[[Learner], Visitor], visitor: Visitor
) -> None:
    yusuf = circle.members[0]
    _post(karin, circle, "enter", **{f"presence_{yusuf.id}": "absent"})
    link = f"/sv/meetings/{circle.meeting(1).id}/alone"

    page = visitor.get(link).text
    assert "Gör träff 1 själv" in page
    assert "Torsdagsgruppen" not in page
    assert "Yusuf" not in page
    mine = sign_in(yusuf.registration.learner)
    assert link in mine.get("/sv/course").text
    assert "2 lektioner är kvar, ungefär 10 minuter" in mine.get(link).text


def test_who_has_an_account_gets_the_link_once_by_mail(
    karin: Visitor, circle: Circle, db: Session, make_learner: Callable[..., Learner], mails: Mails
) -> None:
    circle.join("Olle", make_learner(email="olle@forening.example"))
    circle.join("Signe", make_learner(email="signe@forening.example"))
    db.commit()
    yusuf, olle = circle.members[0], circle.group.members[3]
    away = {f"presence_{one.id}": "absent" for one in (yusuf, olle)}
    closed = _post(karin, circle, "enter", **away)

    [mail] = mails.received
    assert mail["To"] == "olle@forening.example"
    assert f"/sv/meetings/{circle.meeting(1).id}/alone" in mail.get_content()
    assert not any(word in str(mail) for word in ("Olle", "Karin", "Torsdagsgruppen"))
    assert "Länken är mejlad till 1 person" in karin.get(closed.location).text

    karin.post(_address(circle, "reopen"))
    _post(karin, circle, "close", **away, lessons=["1-1", "1-2", "2-1"])
    assert len(mails.received) == 1


def test_a_mail_server_that_is_down_stops_no_closing(
    circle: Circle, db: Session, make_app: Callable[..., Flask], make_learner: Callable[..., Learner]
) -> None:
    olle = circle.join("Olle", make_learner(email="olle@forening.example"))
    db.commit()
    client = make_app(mail_url=f"smtp://127.0.0.1:{free_port()}").test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(circle.leader.registration.learner)
        session["_fresh"] = True
    closed = _post(Visitor(client), circle, "enter", **{f"presence_{olle.id}": "absent"})

    assert _fresh(db, circle).closed_at is not None
    assert "Skicka själv länken till dem som missade något." in client.get(closed.location).text


def test_a_meeting_that_is_opened_again_calls_nobody_back_into_the_room(
    karin: Visitor, circle: Circle, sign_in: Callable[[Learner], Visitor], visitor: Visitor, db: Session
) -> None:
    yusuf = sign_in(circle.members[0].registration.learner)
    now_page = f"/sv/groups/{circle.group.id}/now"
    _post(karin, circle, "enter")
    _post(karin, circle, "reopen")

    told = yusuf.get(now_page).text
    assert "Träff 1 är hållen. Ledaren har öppnat den igen för att rätta något." in told
    assert "Titta på storbilden" not in told
    lead = karin.get(_address(circle, "").rstrip("/")).text
    screen = re.search(r'href="(/sv/s/[^"]+)"', lead)
    assert screen
    assert "Träffen är slut" in visitor.get(screen[1]).text

    # The leader leafs through it, and nobody follows; what was done, and when, is what it was.
    held = [(row.lesson_id, row.started_at, row.finished_at, row.done) for row in _fresh(db, circle).lessons]
    db.rollback()
    karin.post(_address(circle, "move"), {"seen": "start", "to": "2-3.title"})
    assert "Träffen är slut" in visitor.get(screen[1]).text
    assert [(row.lesson_id, row.started_at, row.finished_at, row.done) for row in _fresh(db, circle).lessons] == held
    db.rollback()

    # The leader shows a slide: the room is there again.
    karin.post(_address(circle, "screen"), {"show": "slide"})
    assert "Träffen är slut" not in visitor.get(screen[1]).text
    assert "Ledaren har öppnat den igen" not in yusuf.get(now_page).text


def test_a_meeting_is_put_right_while_the_group_sits_in_the_next(
    karin: Visitor, circle: Circle, sign_in: Callable[[Learner], Visitor], visitor: Visitor, db: Session
) -> None:
    yusuf = sign_in(circle.members[0].registration.learner)
    now_page, group_page = f"/sv/groups/{circle.group.id}/now", f"/sv/groups/{circle.group.id}"
    second = _address(circle, "", 2).rstrip("/")
    _post(karin, circle, "enter")
    _post(karin, circle, "reopen")

    # One that is put right holds up no other: the next can be opened, and is what the code leads to.
    assert "Öppna träff 2" in karin.get(group_page).text
    karin.post(f"{second}/open")
    karin.post(f"{second}/screen", {"show": "slide"})
    karin.post(f"{second}/move", {"seen": "start", "to": "3-1.title"})
    shown = re.search(r'href="(/sv/s/[^"]+)"', karin.get(second).text)
    first = re.search(r'href="(/sv/s/[^"]+)"', karin.get(_address(circle, "").rstrip("/")).text)
    assert shown
    assert first
    assert "Fyra nivåer" in visitor.get(shown[1]).text
    assert "Fyra nivåer" in yusuf.get(now_page).text
    assert "Träffen är slut" in visitor.get(first[1]).text

    # The room is not called away from it.
    assert "Fortsätt träffen i rummet" not in karin.get(_address(circle, "").rstrip("/")).text
    refused = karin.post(_address(circle, "screen"), {"show": "slide"}, follow_redirects=True)
    assert "En annan träff i gruppen pågår" in refused.text
    assert "Fyra nivåer" in yusuf.get(now_page).text

    # It is closed again with what was wrong put right, and the second goes on.
    _post(karin, circle, "close", lessons=["1-1"])
    assert _fresh(db, circle).closed_at is not None
    assert _fresh(db, circle, 2).closed_at is None
    db.rollback()
    assert "Fyra nivåer" in yusuf.get(now_page).text

    # And opened once more in the middle of it.
    _post(karin, circle, "reopen")
    assert "Fyra nivåer" in yusuf.get(now_page).text
    assert "Fyra nivåer" in visitor.get(shown[1]).text


def test_the_code_leads_to_no_screen_when_all_meetings_are_held(
    circle: Circle, visitor: Visitor, db: Session, sign_in: Callable[[Learner], Visitor]
) -> None:
    renew_code(db, circle.group, now=now())
    for number in (1, 2, 3):
        circle.close(number)
    code = circle.group.join_code
    db.commit()
    answer = visitor.post("/sv/s", {"code": code})

    assert answer.status_code == 422
    assert "Alla gruppens träffar är hållna" in answer.text
    page = sign_in(circle.members[0].registration.learner).get(f"/sv/groups/{circle.group.id}/now").text
    assert "Alla träffar är hållna" in page
    assert page.count("Hållen") == 3


@pytest.mark.parametrize(("sat", "proposed"), [(timedelta(minutes=20), "0"), (timedelta(hours=2), "10")])
def test_the_break_of_the_plan_is_proposed_to_those_who_have_sat_long_enough(
    karin: Visitor, circle: Circle, db: Session, sat: timedelta, proposed: str
) -> None:
    meeting = circle.meeting(1)
    meeting.opened_at = meeting.held_from = now() - sat
    db.commit()

    assert f'name="break_minutes" type="text" value="{proposed}"' in karin.get(_address(circle, "close")).text


def test_who_forgot_to_tick_is_asked_before_everybody_is_told_that_they_missed_it(
    karin: Visitor, circle: Circle, db: Session
) -> None:
    circle.meeting(1).opened_at = now() - timedelta(days=1)
    db.commit()
    away = {f"presence_{one.id}": "absent" for one in circle.group.members}
    asked = _post(karin, circle, "close", **away)

    assert asked.status_code == 422
    assert asked.text.count("Alla står som inte med") == 2
    assert _fresh(db, circle).closed_at is None
    page = karin.get(_address(circle, "close") + "?all=1").text
    assert len(re.findall(r'<input checked[^>]* value="whole"', page)) == 3

    assert _post(karin, circle, "close", **away, nobody="y").status_code == 302
    assert _fresh(db, circle).closed_at is not None


def test_a_meeting_closed_without_a_lesson_says_that_nobody_got_any(karin: Visitor, circle: Circle) -> None:
    _post(karin, circle, "enter", lessons=[])

    assert "Ingen lektion är ikryssad" in karin.get(_address(circle, "closed")).text
