"""Coming into a group, and the days when it does not go as planned."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import Mails, Visitor
from tests.groups.conftest import forged, look
from tracker.groups.models import Group
from tracker.learners.models import Learner


@pytest.fixture
def join(group: Group, make_visitor: Callable[[], Visitor]) -> Callable[..., Visitor]:
    def by_code(name: str, **fields: str) -> Visitor:
        phone = make_visitor()
        phone.post(f"/sv/join/{group.join_code}", {"name": name, **fields})
        return phone

    return by_code


def _names(db: Session, group: Group) -> list[str | None]:
    return [one.name for one in look(db, group).members if one.removed_at is None and one.approved_at is not None]


def test_what_is_saved_and_who_sees_it_is_said_before_anything_is_saved(
    group: Group, visitor: Visitor, db: Session
) -> None:
    before = db.scalar(select(func.count(Learner.id)))
    db.commit()
    page = visitor.get(f"/sv/join/{group.join_code}").text

    assert page.index("Vad sparas, och vem ser det?") < page.index('name="name"')
    assert db.scalar(select(func.count(Learner.id))) == before


def test_a_phone_joins_with_a_name_only(group: Group, visitor: Visitor, db: Session) -> None:
    code = group.join_code or ""
    typed = visitor.post("/sv/join", {"code": f"{code[:4].lower()}-{code[4:]}"})
    joined = visitor.post(typed.location, {"name": "Bengt"})

    assert joined.location.endswith(f"/groups/{group.id}/now")
    assert "Torsdagsgruppen" in visitor.get(joined.location).text
    assert _names(db, group) == ["Margareta", "Bengt"]


def test_the_swedish_address_on_the_screen_leads_to_the_form(visitor: Visitor) -> None:
    assert "Gruppens kod" in visitor.get("/ga-med", follow_redirects=True).text


def test_a_second_press_is_the_same_member(join: Callable[..., Visitor], group: Group, db: Session) -> None:
    phone = join("Bengt")
    phone.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})

    assert _names(db, group) == ["Margareta", "Bengt"]


def test_markup_in_a_name_is_only_text(join: Callable[..., Visitor], group: Group, margareta: Visitor) -> None:
    phone = join("<img src=x onerror=alert(1)>")
    margareta.post(f"/sv/groups/{group.id}/meetings/1/open")

    for visitor, address in ((phone, "now"), (margareta, "members"), (margareta, "meetings/1")):
        page = visitor.get(f"/sv/groups/{group.id}/{address}").text
        assert "&lt;img src=x" in page
        assert "<img src=x" not in page


def test_without_a_name_nobody_is_added(visitor: Visitor, group: Group, db: Session) -> None:
    answer = visitor.post(f"/sv/join/{group.join_code}", {"name": "   "})

    assert answer.status_code == 422
    assert answer.text.count("Skriv ett namn så att ledaren kan pricka av dig") == 2
    assert _names(db, group) == ["Margareta"]


def test_a_full_group_has_no_more_chairs(
    join: Callable[..., Visitor], group: Group, margareta: Visitor, visitor: Visitor, db: Session
) -> None:
    change = {"name": group.name, "municipality": "", "member_cap": "3", "version": str(group.version)}
    margareta.post(f"/sv/groups/{group.id}/change", change)
    join("Bengt")
    join("Lena")
    answer = visitor.post(f"/sv/join/{group.join_code}", {"name": "Yusuf"})

    assert answer.status_code == 409
    assert "Gruppen har 3 personer och är full" in answer.text
    assert margareta.post(f"/sv/groups/{group.id}/members", {"names": "Olle"}).status_code == 409
    assert _names(db, group) == ["Margareta", "Bengt", "Lena"]


def test_the_same_name_is_asked_about_and_two_lenas_can_both_be_there(
    join: Callable[..., Visitor], group: Group, visitor: Visitor, margareta: Visitor, db: Session
) -> None:
    join("Lena")
    asked = visitor.post(f"/sv/join/{group.join_code}", {"name": "lena"})
    assert asked.status_code == 409
    assert "Är det du?" in asked.text
    assert _names(db, group) == ["Margareta", "Lena"]

    visitor.post(f"/sv/join/{group.join_code}", {"name": "Lena", "another": "1"})
    assert _names(db, group) == ["Margareta", "Lena", "Lena"]
    assert "Två heter Lena" in margareta.get(f"/sv/groups/{group.id}/members").text


def test_a_second_phone_gets_the_place_only_when_the_facilitator_says_so(
    join: Callable[..., Visitor], group: Group, margareta: Visitor, make_visitor: Callable[[], Visitor], db: Session
) -> None:
    first = join("Lena")
    lena = look(db, group).members[1]
    second = make_visitor()
    second.post(f"/sv/join/{group.join_code}", {"name": "Lena", "says_to_be": str(lena.id)})
    waiting = look(db, group).members[2]
    assert "Snart är du med" in second.get(f"/sv/groups/{group.id}/now").text
    assert "säger sig vara Lena" in margareta.get(f"/sv/groups/{group.id}/members").text

    margareta.post(f"/sv/groups/{group.id}/members/{waiting.id}/same")
    look(db, group)
    assert [one.name for one in group.members] == ["Margareta", "Lena"]
    assert group.members[1].id == lena.id
    assert "Snart är du med" not in second.get(f"/sv/groups/{group.id}/now").text
    gone = first.get(f"/sv/groups/{group.id}/now")
    assert gone.status_code == 404
    assert "Kanske är du med på en annan mobil" in gone.text


def test_somebody_with_an_account_is_not_given_away(
    group: Group,
    margareta: Visitor,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
    make_visitor: Callable[[], Visitor],
    db: Session,
) -> None:
    account = sign_in(make_learner(email="lena@forening.example"))
    account.post(f"/sv/join/{group.join_code}", {"name": "Lena"})
    lena = look(db, group).members[1]
    thief = make_visitor()
    thief.post(f"/sv/join/{group.join_code}", {"name": "Lena", "says_to_be": str(lena.id)})
    waiting = look(db, group).members[2]
    answer = margareta.post(f"/sv/groups/{group.id}/members/{waiting.id}/same", follow_redirects=True)

    assert "har ett konto" in answer.text
    assert len(look(db, group).members) == 3


def test_who_waits_sees_nothing_until_let_in(
    group: Group, margareta: Visitor, join: Callable[..., Visitor], db: Session
) -> None:
    change = {"name": group.name, "municipality": "", "member_cap": "20", "version": str(group.version)}
    margareta.post(f"/sv/groups/{group.id}/change", {**change, "approves_joins": "y"})
    phone = join("Bengt")
    assert "Snart är du med" in phone.get(f"/sv/groups/{group.id}/now").text
    assert _names(db, group) == ["Margareta"]

    margareta.post(f"/sv/groups/{group.id}/members/{look(db, group).members[1].id}/let-in")
    assert _names(db, group) == ["Margareta", "Bengt"]


def test_typed_names_get_records_of_their_own(group: Group, margareta: Visitor, db: Session) -> None:
    margareta.post(f"/sv/groups/{group.id}/members", {"names": "Signe\n  Olle  \n\n"})

    assert _names(db, group) == ["Margareta", "Signe", "Olle"]
    assert len({one.registration_id for one in group.members}) == 3


def test_who_was_taken_out_comes_back_only_with_the_facilitators_leave(
    group: Group, margareta: Visitor, join: Callable[..., Visitor], db: Session
) -> None:
    phone = join("Bengt")
    bengt = look(db, group).members[1]
    margareta.post(f"/sv/groups/{group.id}/members/{bengt.id}/remove")
    assert phone.get(f"/sv/groups/{group.id}/now").status_code == 404

    phone.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})
    assert "Snart är du med" in phone.get(f"/sv/groups/{group.id}/now").text
    assert _names(db, group) == ["Margareta"]


def test_an_invitation_works_for_the_address_it_was_sent_to_and_for_nobody_else(
    group: Group,
    margareta: Visitor,
    stranger: Visitor,
    mails: Mails,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
    db: Session,
) -> None:
    invited = sign_in(make_learner(email="bengt@forening.example"))
    margareta.post(f"/sv/groups/{group.id}/members/invite", {"email": "Bengt@forening.example", "leads": "y"})
    link = mails.last_link()
    assert mails.last["To"] == "bengt@forening.example"
    assert "Logga in med adressen" in stranger.get(link).text
    stranger.post(link, {"name": "Tjuv"})
    assert _names(db, group) == ["Margareta"]

    invited.post(link, {"name": "Bengt"})
    assert _names(db, group) == ["Margareta", "Bengt"]
    assert look(db, group).members[1].is_facilitator
    assert invited.get(f"/sv/groups/{group.id}").status_code == 200


def test_a_changed_invitation_is_refused(group: Group, margareta: Visitor, mails: Mails) -> None:
    margareta.post(f"/sv/groups/{group.id}/members/invite", {"email": "bengt@forening.example"})

    assert margareta.get(forged(mails.last_link())).status_code == 410


def test_the_last_facilitator_cannot_leave_the_group_without_one(group: Group, margareta: Visitor, db: Session) -> None:
    me = group.members[0].id
    answer = margareta.post(f"/sv/groups/{group.id}/members/{me}/remove", follow_redirects=True)

    assert "Någon måste leda gruppen" in answer.text
    assert look(db, group).members[0].is_facilitator
