"""A meeting is led: presses, attendance, answers and votes, by two facilitators at once and from phones that sleep."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tests.groups.conftest import look
from tracker.clock import now
from tracker.groups import codes, voting
from tracker.groups.models import Ballot, CodeGuess, Group, Presence

SECRET = "a-secret-for-tests-that-is-long-enough"


@pytest.fixture
def meeting(group: Group, margareta: Visitor) -> str:
    """The address of meeting 1, which is open."""
    address = f"/sv/groups/{group.id}/meetings/1"
    margareta.post(f"{address}/open")
    return address


@pytest.fixture
def phones(group: Group, meeting: str, make_visitor: Callable[[], Visitor]) -> list[Visitor]:
    found = []
    for name in ("Bengt", "Lena", "Yusuf"):
        phone = make_visitor()
        phone.post(f"/sv/join/{group.join_code}", {"name": name})
        phone.get(f"/sv/groups/{group.id}/now")
        found.append(phone)
    return found


def _move(visitor: Visitor, meeting: str, to: str = "next", *, seen: str | None = None) -> None:
    seen = seen or _seen(visitor, meeting)
    visitor.post(f"{meeting}/move", {"seen": seen, "to": to})


def _seen(visitor: Visitor, meeting: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', visitor.get(meeting).text)
    assert found
    return found[1]


def _answer(visitor: Visitor, meeting: str, slide: str, *options: str, revision: int = 0) -> int:
    fields = {"slide": slide, "revision": str(revision), "option": list(options)}
    return visitor.post(f"{meeting}/answer", fields).status_code


def test_opening_twice_is_opening_once(group: Group, margareta: Visitor, meeting: str, db: Session) -> None:
    opened = look(db, group).meetings[0].opened_at
    margareta.post(f"{meeting}/open")

    assert look(db, group).meetings[0].opened_at == opened
    assert [change.what for change in group.meetings[0].changes] == ["opened"]


def test_a_group_sits_in_one_meeting_at_a_time(group: Group, margareta: Visitor, meeting: str, db: Session) -> None:
    answer = margareta.post(f"/sv/groups/{group.id}/meetings/2/open", follow_redirects=True)

    assert "En annan träff i gruppen pågår" in answer.text
    assert look(db, group).meetings[1].opened_at is None


def test_two_facilitators_who_press_next_at_once_move_the_room_one_step(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    _move(margareta, meeting, seen="start")
    second = margareta.post(f"{meeting}/move", {"seen": "start", "to": "next"}, follow_redirects=True)

    assert look(db, group).meetings[0].slide == "0-1.title"
    assert "Rummet hade redan gått vidare" in second.text
    # What leads to a place of its own leads there, wherever the room is.
    _move(margareta, meeting, "1-1.title", seen="start")
    assert look(db, group).meetings[0].slide == "1-1.title"


def test_only_facilitators_lead(group: Group, phones: list[Visitor], stranger: Visitor, meeting: str) -> None:
    for somebody in (phones[0], stranger):
        assert somebody.get(meeting).status_code == 404
        assert somebody.post(f"{meeting}/move", {"seen": "start", "to": "next"}).status_code == 404
        assert somebody.post(f"{meeting}/attendance", {"all": "1"}).status_code == 404


def test_a_member_leaves_and_the_only_leader_cannot(
    group: Group, phones: list[Visitor], margareta: Visitor, db: Session
) -> None:
    answer = margareta.post(f"/sv/groups/{group.id}/now/leave")
    assert "Någon måste leda gruppen" in margareta.get(answer.location).text

    phones[0].post(f"/sv/groups/{group.id}/now/leave")
    assert phones[0].get(f"/sv/groups/{group.id}/now").status_code == 404
    gone = [member.name for member in look(db, group).members if member.removed_at is not None]
    assert gone == ["Bengt"]
    db.rollback()


def test_everybody_is_ticked_with_one_press_and_late_and_early_are_kept(
    group: Group, margareta: Visitor, phones: list[Visitor], meeting: str, db: Session
) -> None:
    bengt, lena = look(db, group).members[1].id, group.members[2].id
    margareta.post(f"{meeting}/attendance", {"member": str(bengt), "what": "arrived"})
    margareta.post(f"{meeting}/attendance", {"all": "1"})
    margareta.post(f"{meeting}/attendance", {"member": str(lena), "what": "left"})
    rows = {row.member_id: row for row in look(db, group).meetings[0].attendance}

    assert len(rows) == 4
    assert (rows[bengt].presence, rows[bengt].arrived_at is not None) == (Presence.PART, True)
    assert (rows[lena].presence, rows[lena].left_at is not None) == (Presence.PART, True)
    assert rows[group.members[3].id].presence is Presence.WHOLE


def test_without_javascript_the_whole_list_is_saved_and_a_late_arrival_is_not_lost(
    group: Group, margareta: Visitor, phones: list[Visitor], meeting: str, db: Session
) -> None:
    ids = [str(one.id) for one in look(db, group).members]
    margareta.post(f"{meeting}/attendance", {"member": ids[1], "what": "arrived"})
    margareta.post(f"{meeting}/attendance", {"listed": ids, "present": [ids[0], ids[1]]})
    rows = {str(row.member_id): row.presence for row in look(db, group).meetings[0].attendance}

    assert rows == {ids[0]: Presence.WHOLE, ids[1]: Presence.PART}


def test_a_tick_sent_twice_is_one_tick(group: Group, margareta: Visitor, meeting: str, db: Session) -> None:
    tick = {"member": str(group.members[0].id), "what": "here", "background": "1"}

    assert [margareta.post(f"{meeting}/attendance", tick).status_code for _ in range(2)] == [204, 204]
    assert len(look(db, group).meetings[0].attendance) == 1


def test_the_groups_answers_take_the_courses_own_shape(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    _answer(margareta, meeting, "1-1.falten.vardcentral.vote", "offentligt")
    _answer(margareta, meeting, "1-1.falten.mataffar.vote", "marknad", revision=1)
    _answer(margareta, meeting, "2-3.insandaren.insandaren.together", "svara-oppet")
    _answer(margareta, meeting, "1-2.andel.together", "en-procent")
    found = {row.activity_id: row.response for row in look(db, group).meetings[0].answers}

    assert found["falten"] == {"vardcentral": "offentligt", "mataffar": "marknad"}
    assert found["insandaren"]["path"][0][0] == "insandaren"
    assert found["andel"] == "en-procent"


ORDER = "2-1.tidslinje.together"


def _places(margareta: Visitor, meeting: str) -> dict[str, int]:
    """Each thing to put in order, and the place that is chosen for it."""
    found = re.findall(r'name="place-([^"]+)".*?<option selected>(\d)', margareta.get(meeting).text)
    return {name: int(place) for name, place in found}


def _put(margareta: Visitor, meeting: str, places: dict[str, int]) -> str:
    fields = {f"place-{name}": str(place) for name, place in places.items()}
    answer = {"slide": ORDER, "revision": "0", **fields}
    return margareta.post(f"{meeting}/answer", answer, follow_redirects=True).text


def test_things_to_put_in_order_stand_in_the_order_that_the_group_has_given(margareta: Visitor, meeting: str) -> None:
    _move(margareta, meeting, ORDER)
    places = _places(margareta, meeting)
    assert list(places.values()) == [1, 2, 3, 4, 5, 6]

    turned = {name: 7 - place for name, place in places.items()}
    _put(margareta, meeting, turned)

    assert _places(margareta, meeting) == turned


def test_two_things_in_the_same_place_are_asked_about(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    _move(margareta, meeting, ORDER)

    assert "Två av dem har samma plats" in _put(margareta, meeting, dict.fromkeys(_places(margareta, meeting), 1))
    assert look(db, group).meetings[0].answers == []


def test_the_notes_come_before_the_answer_until_the_group_answers_together(margareta: Visitor, meeting: str) -> None:
    _move(margareta, meeting, "2-3.insandaren.insandaren.vote")
    assert 'class="lead-answer"' not in margareta.get(meeting).text
    _move(margareta, meeting, "2-3.insandaren.insandaren.together")
    assert 'class="lead-answer"' in margareta.get(meeting).text


def test_the_wall_says_what_is_asked_and_from_whose_chair(margareta: Visitor, meeting: str, visitor: Visitor) -> None:
    screen = re.search(r'href="(/sv/s/[^"]+)"', margareta.get(meeting).text)
    assert screen

    def wall(slide: str) -> str:
        _move(margareta, meeting, slide)
        return visitor.get(screen[1]).text

    assert "Var hör det hemma?" in wall("1-1.falten.vardcentral.vote")
    assert "I vilken ordning?" in wall("2-1.tidslinje.together")
    assert "<a " not in wall("2-1.text-4").split("<main")[1]  # nobody follows a link on the wall
    assert "Från Elias stol" in wall("2-3.insandaren.insandaren.explain")
    # Where no choice is right there is nothing to tell before the group has chosen; the wall isn't empty.
    assert "Ni har inte valt ett svar ihop än" in wall("1-3.byt-skor.motet.explain")
    assert "Behåll tiden" in wall("1-3.byt-skor.motet.explain")


def test_an_answer_that_no_form_of_ours_sends_is_refused(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    assert _answer(margareta, meeting, "1-1.falten.vardcentral.vote", "ingenstans") == 400
    assert _answer(margareta, meeting, "no.such.slide", "offentligt") == 400
    assert look(db, group).meetings[0].answers == []


def test_of_two_who_write_the_answer_at_once_the_second_is_told(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    _answer(margareta, meeting, "1-2.andel.together", "en-procent")
    fields = {"slide": "1-2.andel.together", "revision": "0", "option": "tio-procent"}
    second = margareta.post(f"{meeting}/answer", fields, follow_redirects=True)

    assert "En annan ledare skrev svaret samtidigt" in second.text
    assert look(db, group).meetings[0].answers[0].response == "en-procent"


@pytest.mark.parametrize("keeps", [True, False])
def test_a_sentence_is_kept_only_where_the_group_keeps_its_texts(
    group: Group, margareta: Visitor, meeting: str, db: Session, keeps: bool
) -> None:
    group.keeps_texts = keeps
    db.commit()
    fields = {"slide": "1-3.den-andras-vardag", "revision": "0", "sentence": "Vi ses efter 17."}
    margareta.post(f"{meeting}/answer", fields)
    [row] = look(db, group).meetings[0].answers

    assert row.sentence == ("Vi ses efter 17." if keeps else None)


def test_lessons_are_kept_as_the_room_moves_and_done_is_proposed_when_walked_through(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    _move(margareta, meeting)
    while _seen(margareta, meeting).startswith("0-1"):
        _move(margareta, meeting)
    _move(margareta, meeting, "1-1.title")
    _move(margareta, meeting, "2-1.title")
    rows = {row.lesson_id: row for row in look(db, group).meetings[0].lessons}

    assert {name: row.done for name, row in rows.items()} == {"0-1": True, "0-2": False, "1-1": False, "2-1": False}
    assert [name for name, row in rows.items() if row.finished_at is None] == ["2-1"]


def test_two_dilemmas_that_were_answered_are_enough_for_a_group(
    group: Group, margareta: Visitor, meeting: str, db: Session
) -> None:
    _move(margareta, meeting, "2-3.insandaren.insandaren.together")
    _answer(margareta, meeting, "2-3.insandaren.insandaren.together", "svara-oppet")
    _move(margareta, meeting, "2-3.rapporten.rapporten.together")
    _answer(margareta, meeting, "2-3.rapporten.rapporten.together", "samma-krav")
    _move(margareta, meeting, "closing-8")
    [row] = look(db, group).meetings[0].lessons

    assert (row.lesson_id, row.done) == ("2-3", True)


# ---------------------------------------------------------------- votes


QUESTION = "2-3.insandaren.insandaren.vote"


def _vote(phone: Visitor, group: Group, choice: str, question: str = QUESTION) -> int:
    fields = {"question": question, "choice": choice, "background": "1"}
    return phone.post(f"/sv/groups/{group.id}/now/vote", fields).status_code


@pytest.fixture
def options(group: Group, margareta: Visitor, meeting: str, phones: list[Visitor]) -> list[str]:
    """The room is at the vote on the first dilemma."""
    _move(margareta, meeting, QUESTION)
    return re.findall(r'name="choice" value="([^"]+)"', phones[0].get(f"/sv/groups/{group.id}/now").text)


def _screen(margareta: Visitor, meeting: str) -> str:
    found = re.search(r'href="(/sv/s/[^"]+)"', margareta.get(meeting).text)
    assert found
    return margareta.get(found[1]).text


def test_the_votes_are_shown_when_three_have_voted_and_the_facilitator_says_so(
    group: Group, margareta: Visitor, meeting: str, phones: list[Visitor], options: list[str]
) -> None:
    _vote(phones[0], group, options[0])
    _vote(phones[1], group, options[1])
    margareta.post(f"{meeting}/screen", {"show": "votes"})
    assert 'class="votes"' not in _screen(margareta, meeting)

    margareta.post(f"{meeting}/screen", {"show": "no-votes"})
    _vote(phones[2], group, options[1])
    assert 'class="votes"' not in _screen(margareta, meeting)

    margareta.post(f"{meeting}/screen", {"show": "votes"})
    assert re.findall(r"<b>(\d)</b></td>", _screen(margareta, meeting)) == ["1", "2", "0"]


def test_a_vote_can_be_changed_and_never_followed(
    group: Group, phones: list[Visitor], options: list[str], db: Session
) -> None:
    _vote(phones[0], group, options[0])
    _vote(phones[0], group, options[1])
    _vote(phones[1], group, options[1])
    [mine, other] = db.scalars(select(Ballot)).all()
    device = phones[0].client.get_cookie("samverkan_device")

    assert [mine.choice, other.choice] == [options[1], options[1]]
    assert device is not None
    assert device.value not in mine.token
    again = voting._token(group.meetings[0], "another question", device.value, SECRET)
    assert again not in {mine.token, other.token}


def test_a_vote_that_comes_too_late_is_refused_kindly(
    group: Group, margareta: Visitor, meeting: str, phones: list[Visitor], options: list[str], db: Session
) -> None:
    _move(margareta, meeting)
    assert _vote(phones[0], group, options[0]) == 409
    fields = {"question": QUESTION, "choice": options[0]}
    told = phones[0].post(f"/sv/groups/{group.id}/now/vote", fields, follow_redirects=True)

    assert "Omröstningen var redan stängd" in told.text
    assert db.scalar(select(func.count()).select_from(Ballot)) == 0


def test_a_vote_for_nothing_and_a_stranger_s_vote_are_refused(
    group: Group, phones: list[Visitor], options: list[str], stranger: Visitor, db: Session
) -> None:
    assert _vote(phones[0], group, "no-such-option") == 400
    assert _vote(phones[0], group, options[0], question="start") == 400
    assert _vote(stranger, group, options[0]) == 404
    assert db.scalar(select(func.count()).select_from(Ballot)) == 0


def test_who_guesses_codes_from_the_rooms_own_network_stops_nobody_who_is_in(
    group: Group, phones: list[Visitor], options: list[str], visitor: Visitor, db: Session
) -> None:
    """Each door counts; when enough wrong ones have come, none opens, and the room goes on."""
    right = str(group.join_code)
    wrong = right[:7] + ("2" if right[7] != "2" else "3")

    def doors(code: str) -> list[int]:
        by_hand = [visitor.post(f"/sv/{door}", {"code": code}).status_code for door in ("join", "s")]
        return [*by_hand, visitor.get(f"/sv/join/{code}").status_code]

    assert doors(wrong) == [422, 422, 404]
    assert db.scalar(select(func.sum(CodeGuess.wrong))) == 6  # each for its hour and its day
    for when in (now(), now() + timedelta(hours=1)):  # the hour may be about to end
        for _guess in range(codes.AN_HOUR):
            codes.count_wrong(db, address="127.0.0.1", secret=SECRET, now=when)
    db.commit()

    assert doors(right) == [429, 429, 429]
    assert "be ledaren skriva upp dig" in visitor.get(f"/sv/join/{right}").text
    assert [_vote(phone, group, options[0]) for phone in phones] == [204, 204, 204]


# ---------------------------------------------------------------- the shared screen


def test_the_screen_never_shows_a_name(
    group: Group, margareta: Visitor, meeting: str, phones: list[Visitor], course: object
) -> None:
    for to in ("0-1.title", QUESTION, "break-4", "end"):
        _move(margareta, meeting, to)
        page = _screen(margareta, meeting)
        assert not any(name in page for name in ("Margareta", "Bengt", "Lena", "Yusuf")), to


def test_the_screen_is_found_with_the_code_and_says_when_the_meeting_is_over(
    group: Group, margareta: Visitor, meeting: str, visitor: Visitor, db: Session
) -> None:
    found = visitor.post("/sv/s", {"code": group.join_code})
    assert "Gå med via mobilen" in visitor.get(found.location).text

    meeting_row = look(db, group).meetings[0]
    meeting_row.closed_at = NOW
    db.commit()
    page = visitor.get(found.location).text
    assert "Träffen är slut" in page
    assert str(group.join_code)[:4] not in page


def test_a_made_up_screen_is_not_there(visitor: Visitor) -> None:
    assert visitor.get("/sv/s/made-up").status_code == 404
