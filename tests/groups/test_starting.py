"""A group is started, its meetings are planned, and it is nobody else's business."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.groups.conftest import look
from tracker.groups.models import Group


def test_a_guest_signs_in_before_starting_a_group(visitor: Visitor) -> None:
    answer = visitor.get("/sv/groups/new")

    assert answer.status_code == 302
    assert "/sv/sign-in?next=" in answer.location


def test_a_group_has_a_meeting_for_each_plan_and_its_starter_leads(group: Group, margareta: Visitor) -> None:
    page = margareta.get(f"/sv/groups/{group.id}").text

    assert [meeting.plan_id for meeting in group.meetings] == ["traff-1", "traff-2", "traff-3"]
    assert "Torsdagsgruppen" in page
    assert "Vilka är vi och vad står vi för?" in page
    assert "Margareta" in page
    assert "Torsdagsgruppen" in margareta.get("/sv/groups").text


def test_a_plan_of_ones_own_has_as_many_meetings_as_the_group_wants(start_group: Callable[..., Group]) -> None:
    group = start_group(pacing="own", meetings="6")

    assert [meeting.plan_id for meeting in group.meetings] == [None] * 6


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(margareta: Visitor) -> None:
    answer = margareta.post(
        "/sv/groups/new", {"name": "", "municipality": "Älvbro", "pacing": "own", "meetings": "9" * 5_000}
    )

    assert answer.status_code == 422
    assert answer.text.count("Skriv ett namn på gruppen") == 2
    assert "Skriv ett tal från 1 till 12" in answer.text
    assert 'value="Älvbro"' in answer.text


def test_somebody_elses_group_looks_like_one_that_is_not_there(
    group: Group, stranger: Visitor, visitor: Visitor
) -> None:
    nowhere = "/sv/groups/00000000-0000-4000-8000-000000000000"

    assert stranger.get(f"/sv/groups/{group.id}").status_code == stranger.get(nowhere).status_code == 404
    assert stranger.post(f"/sv/groups/{group.id}/code").status_code == 404
    assert stranger.get(f"/sv/groups/{group.id}/meetings/1/plan").status_code == 404
    assert "/sign-in" in visitor.get(f"/sv/groups/{group.id}").location


def test_a_meeting_gets_its_time_in_swedish_time(group: Group, margareta: Visitor, db: Session) -> None:
    address = f"/sv/groups/{group.id}/meetings/1/plan"
    margareta.post(address, {"day": "2099-02-05", "begins": "17.30", "ends": "19.30", "location": "Öppna Köket"})
    page = margareta.get(f"/sv/groups/{group.id}").text

    look(db, group)
    assert group.meetings[0].starts_at.isoformat() == "2099-02-05T16:30:00+00:00"
    assert "Torsdag 5 februari kl. 17.30–19.30" in page
    assert "Öppna Köket" in page


def test_a_meeting_that_ends_before_it_begins_is_not_saved(group: Group, margareta: Visitor, db: Session) -> None:
    address = f"/sv/groups/{group.id}/meetings/1/plan"
    answer = margareta.post(address, {"day": "2099-02-05", "begins": "19.30", "ends": "17.30", "location": ""})

    look(db, group)
    assert answer.status_code == 422
    assert "Träffen måste sluta efter att den har börjat" in answer.text
    assert group.meetings[0].starts_at is None


def test_a_spare_meeting_can_be_added_and_taken_away(group: Group, margareta: Visitor, db: Session) -> None:
    margareta.post(f"/sv/groups/{group.id}/meetings")
    look(db, group)
    assert [meeting.number for meeting in group.meetings] == [1, 2, 3, 4]

    margareta.post(f"/sv/groups/{group.id}/meetings/4/remove")
    look(db, group)
    assert [meeting.number for meeting in group.meetings] == [1, 2, 3]


def test_the_form_that_changes_a_group_shows_what_it_is(group: Group, margareta: Visitor) -> None:
    page = margareta.get(f"/sv/groups/{group.id}/change")

    assert page.status_code == 200
    assert 'value="Torsdagsgruppen"' in page.text
    assert 'value="20"' in page.text


def test_of_two_facilitators_who_change_the_group_at_once_the_second_is_told(
    group: Group, margareta: Visitor, db: Session
) -> None:
    change = {"name": "Nya namnet", "municipality": "", "member_cap": "12", "version": str(group.version)}
    endless = margareta.post(f"/sv/groups/{group.id}/change", {**change, "member_cap": "9" * 5_000})
    assert (endless.status_code, "Skriv ett tal från 3 till 20" in endless.text) == (422, True)
    first = margareta.post(f"/sv/groups/{group.id}/change", change)
    second = margareta.post(f"/sv/groups/{group.id}/change", {**change, "name": "Ett annat namn"})

    look(db, group)
    assert (first.status_code, second.status_code) == (302, 409)
    assert (group.name, group.member_cap) == ("Nya namnet", 12)
    assert 'value="Ett annat namn"' in second.text


def test_markup_in_a_name_is_only_text(start_group: Callable[..., Group], margareta: Visitor) -> None:
    group = start_group(name="<script>alert(1)</script>", facilitator_name="<b>M</b>")
    page = margareta.get(f"/sv/groups/{group.id}").text

    assert "<script>alert" not in page
    assert "&lt;b&gt;M&lt;/b&gt;" in page


def test_an_ended_group_is_as_it_was_until_it_is_taken_up_again(
    group: Group, margareta: Visitor, stranger: Visitor, visitor: Visitor, db: Session
) -> None:
    address, code = f"/sv/groups/{group.id}", group.join_code
    margareta.post(f"{address}/meetings/1/open")
    assert "Avsluta träffen först." in margareta.post(f"{address}/end", follow_redirects=True).text
    look(db, group)
    assert group.ended_at is None

    group.meetings[0].closed_at = group.meetings[0].opened_at
    db.commit()
    assert stranger.post(f"{address}/end").status_code == 404
    page = margareta.post(f"{address}/end", follow_redirects=True).text
    assert "Det ni har gjort finns kvar" in page
    assert "Gruppen är avslutad." in margareta.get("/sv/groups").text
    assert visitor.post("/sv/join", {"code": code}).status_code == 422

    for what in ("code", "meetings", "meetings/2/open", "meetings/2/enter", "meetings/1/reopen", "change", "members"):
        assert "inget har ändrats" in margareta.post(f"{address}/{what}", {"names": "Lena"}, follow_redirects=True).text
    look(db, group)
    assert group.join_code is None
    assert [one.opened_at is None for one in group.meetings] == [False, True, True]
    assert len(group.members) == 1

    margareta.post(f"{address}/take-up")
    margareta.post(f"{address}/code")
    margareta.post(f"{address}/meetings/2/open")
    look(db, group)
    assert group.join_code is not None
    assert group.meetings[1].opened_at is not None


def test_an_ended_group_stands_last_and_its_members_are_told(
    group: Group, start_group: Callable[..., Group], margareta: Visitor
) -> None:
    newer = start_group(name="Nyare gruppen")
    before = margareta.get("/sv/groups").text
    margareta.post(f"/sv/groups/{newer.id}/end")
    after = margareta.get("/sv/groups").text

    assert before.index("Nyare gruppen") < before.index("Torsdagsgruppen")
    assert after.index("Torsdagsgruppen") < after.index("Nyare gruppen")
    assert "Gruppen är avslutad." in margareta.get(f"/sv/groups/{newer.id}/now").text
