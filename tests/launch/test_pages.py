"""Administrators bring courses in; learners take them."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.launch import packages
from tests.launch.conftest import Api, Au, Lrs
from tests.launch.packages import au, block, course, zipped
from tracker.auth.joining import join
from tracker.launch.models import ImportedCourse, LaunchRegistration
from tracker.launch.queries import completed_learners
from tracker.launch.upkeep import tidy
from tracker.learners.models import Learner


@pytest.fixture
def administrator(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="chef@region.example", is_administrator=True))


@pytest.fixture
def karin(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="karin@forening.example")


def _send(visitor: Visitor, address: str, package: bytes, name: str = "kurs.zip") -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/sv/display").text)
    assert token
    disposition = "Content-Disposition: form-data; name"
    head = (
        f'--x\r\n{disposition}="csrf_token"\r\n\r\n{token[1]}\r\n'
        f'--x\r\n{disposition}="package"; filename="{name}"\r\n\r\n'
    )
    body = head.encode() + package + b"\r\n--x--\r\n"
    return visitor.client.post(address, data=body, content_type="multipart/form-data; boundary=x")


def _add(administrator: Visitor, package: bytes, *, publish: bool = True) -> str:
    """The id of the course."""
    answer = _send(administrator, "/sv/admin/courses/new", package)
    assert answer.status_code == 302, re.findall(r"<td>(.*?)</td>", answer.text)
    course_id = str(answer.location.rpartition("/")[2])
    if publish:
        administrator.post(f"/sv/admin/courses/{course_id}/publish")
    return course_id


def _open(visitor: Visitor, course_id: str, index: int = 0) -> Au:
    answer = visitor.post(f"/sv/courses/{course_id}/parts/{index}")
    assert answer.status_code == 303, answer.status_code
    return Au(visitor.client, {"launch_url": answer.location, "session_id": "", "registration": ""}).sit_down()


def test_a_package_is_read_and_shown(administrator: Visitor) -> None:
    package = zipped(
        course(block("a", au("1", title="Avtalet", moveOn="Passed", masteryScore="0.75"), title="Grunder"))
    )
    course_id = _add(administrator, package, publish=False)

    page = administrator.get(f"/sv/admin/courses/{course_id}").text

    for words in ("Lagen i vardagen", "Grunder", "Avtalet", "godkänd", "75 %", "index.html", "kurs.zip"):
        assert words in page
    assert "Lagen i vardagen" in administrator.get("/sv/admin/courses").text
    assert "The law every day" in administrator.get(f"/en/admin/courses/{course_id}").text


def test_a_title_in_another_language_says_which_and_runs_in_its_own_direction(administrator: Visitor) -> None:
    title = '<langstring lang="sv">Del</langstring>'
    arabic = au("1").replace(title, '<langstring lang="ar">عمل &lt;مشترك&gt;</langstring>', 1)
    unknown = au("2").replace(title, "<langstring>Part 2</langstring>", 1)

    course_id = _add(administrator, zipped(course(arabic, unknown)))

    for address in (f"/sv/admin/courses/{course_id}", f"/sv/courses/{course_id}"):
        page = administrator.get(address).text
        assert '<bdi lang="ar">عمل &lt;مشترك&gt;</bdi>' in page
        assert '<bdi lang="">Part 2</bdi>' in page
        assert "<h1>Lagen i vardagen</h1>" in page


def test_a_structure_by_itself_is_read_too(administrator: Visitor) -> None:
    xml = course(au(url="https://innehall.example/"))

    assert _send(administrator, "/sv/admin/courses/new", xml.encode(), "cmi5.xml").status_code == 302


def test_every_fault_is_shown_with_its_place_and_requirement(administrator: Visitor, db: Session) -> None:
    package = zipped(course(au("ett", url="borta.html"), au("ett", moveOn="Ibland")))

    answer = _send(administrator, "/sv/admin/courses/new", package)

    assert answer.status_code == 422
    page = re.sub(r"<[^>]+>", " ", answer.text)
    assert "3 fel i paketet" in page
    for words in ("13.2.0.0-1", "13.1.4.0-1", "14.1.0.0-4", "borta.html"):
        assert words in page
    assert re.findall(r"cmi5.xml, rad (\d+)", page) == ["4", "5", "5"]
    assert db.scalars(select(ImportedCourse)).all() == []


@pytest.mark.parametrize("package", [b"", b"Hej", b"%PDF-1.7", b"\x00" * 500])
def test_what_is_no_package_is_told(administrator: Visitor, package: bytes) -> None:
    answer = _send(administrator, "/sv/admin/courses/new", package, "kurs.pdf")

    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_a_package_that_is_too_large_is_told_what_it_may_be(administrator: Visitor, db: Session) -> None:
    bomb = zipped(course(au()), {"nollor.bin": bytes(55_000_000)})

    answer = _send(administrator, "/sv/admin/courses/new", bomb)

    assert answer.status_code == 422
    said = answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Det får vara högst 500 MB, och uppackat högst 2 000 MB i 50 000 filer" in said
    assert db.scalars(select(ImportedCourse)).all() == []


def test_a_file_has_to_be_chosen(administrator: Visitor) -> None:
    answer = administrator.post("/sv/admin/courses/new")

    assert (answer.status_code, "Välj en fil" in answer.text) == (422, True)


def test_only_administrators_may_send_much(sign_in: Callable[[Learner], Visitor], karin: Learner) -> None:
    big = zipped(course(au()), {"film.bin": bytes(3_000_000)}) + bytes(3_000_000)

    assert _send(sign_in(karin), "/sv/admin/courses/new", big).status_code in (403, 413)


def test_a_big_package_is_taken(administrator: Visitor) -> None:
    big = zipped(course(au()), {"film.mp4": secrets.token_bytes(3_000_000)})

    assert _send(administrator, "/sv/admin/courses/new", big).status_code == 302


def test_a_learner_sees_what_is_published_and_what_is_begun(
    administrator: Visitor, sign_in: Callable[[Learner], Visitor], karin: Learner, visitor: Visitor
) -> None:
    course_id = _add(administrator, packages.one_au(), publish=False)
    learner = sign_in(karin)
    assert learner.get(f"/sv/courses/{course_id}").status_code == 404
    assert "Lagen i vardagen" not in learner.get("/sv/course").text

    administrator.post(f"/sv/admin/courses/{course_id}/publish")
    assert "Lagen i vardagen" in learner.get("/sv/course").text
    assert "Lagen i vardagen" in visitor.get("/sv/course").text
    _open(learner, course_id)

    administrator.post(f"/sv/admin/courses/{course_id}/unpublish")
    assert "Lagen i vardagen" in learner.get("/sv/course").text
    assert "Lagen i vardagen" not in visitor.get("/sv/course").text
    assert visitor.get(f"/sv/courses/{course_id}").status_code == 404


def test_a_learner_takes_a_course_and_comes_back(
    administrator: Visitor, sign_in: Callable[[Learner], Visitor], karin: Learner, lrs: Lrs, db: Session
) -> None:
    course_id = _add(administrator, zipped(course(au("1", moveOn="Passed"), au("2", moveOn="Completed"))))
    learner = sign_in(karin)

    first = _open(learner, course_id)
    assert first.actor["account"] == {"homePage": "http://localhost", "name": str(karin.account)}
    assert first.data["returnURL"] == f"http://localhost/sv/courses/{course_id}"
    assert first.data["launchMode"] == "Normal"
    first.send("initialized")
    assert "Påbörjad" in learner.get(f"/sv/courses/{course_id}").text
    first.send("passed", score={"scaled": 0.9})
    first.send("terminated")
    page = learner.get(f"/sv/courses/{course_id}").text
    assert "1 av 2 delar är klara." in page
    assert "90 %" in page

    second = _open(learner, course_id, 1)
    second.send("initialized")
    second.send("completed")
    assert "Kursen är klar" in learner.get(f"/sv/courses/{course_id}").text
    db.expire_all()
    assert list(completed_learners(db, db.scalars(select(ImportedCourse)).one().id)) == [karin.id]
    again = _open(learner, course_id, 0)
    assert again.data["launchMode"] == "Review"
    assert again.parameters["registration"] == first.parameters["registration"]


def test_what_another_system_launches_for_one_of_our_learners_stands_on_her_overview(
    api: Api, sign_in: Callable[[Learner], Visitor], karin: Learner
) -> None:
    made = api.add(packages.one_au(moveOn="Completed"))
    account = {"homePage": "http://localhost", "name": str(karin.account)}
    api.launch(made, actor={"account": account}).begin().send("completed")

    page = sign_in(karin).get(f"/sv/courses/{made['id']}")

    assert page.status_code == 200
    assert "Kursen är klar" in page.text


def test_a_visitor_begins_as_a_guest_and_keeps_it_when_signing_in(
    administrator: Visitor, visitor: Visitor, karin: Learner, db: Session
) -> None:
    course_id = _add(administrator, packages.one_au())
    _open(visitor, course_id)
    registration = db.scalars(select(LaunchRegistration)).one()
    assert registration.learner is not None

    join(db, guest=registration.learner, into=karin)
    db.commit()

    assert db.scalars(select(LaunchRegistration)).one().learner_id == karin.id


def test_a_new_version_leaves_those_who_have_begun_where_they_are(
    administrator: Visitor,
    sign_in: Callable[[Learner], Visitor],
    karin: Learner,
    make_learner: Callable[..., Learner],
    api: Api,
) -> None:
    old = zipped(course(au("1", moveOn="Completed"), au("2", moveOn="Completed", title="Gamla delen")))
    course_id = _add(administrator, old)
    learner = sign_in(karin)
    one = _open(learner, course_id)
    one.send("initialized")
    one.send("completed")
    before = api.registration(one.parameters["registration"])

    new = zipped(course(au("1", moveOn="Passed", url="ny.html")), {"ny.html": b"<p>Ny"})
    assert _send(administrator, f"/sv/admin/courses/{course_id}/replace", new).status_code == 302

    assert api.registration(one.parameters["registration"]) == before
    assert "Gamla delen" in learner.get(f"/sv/courses/{course_id}").text
    assert "index.html" in _open(learner, course_id, 1).launched["launch_url"]
    assert "under 5" in administrator.get(f"/sv/admin/courses/{course_id}").text
    newcomer = _open(sign_in(make_learner(email="omar@kommun.example")), course_id)
    assert "ny.html" in newcomer.launched["launch_url"]
    assert newcomer.parameters["activityId"] == one.parameters["activityId"], "it is the same part"


def test_a_bad_new_version_changes_nothing(administrator: Visitor, api: Api) -> None:
    course_id = _add(administrator, packages.one_au())
    before = api.send("GET", f"/courses/{course_id}").json

    answer = _send(administrator, f"/sv/admin/courses/{course_id}/replace", packages.one_au(url="borta.html"))

    assert answer.status_code == 422
    assert api.send("GET", f"/courses/{course_id}").json == before


def test_an_administrator_counts_a_part_as_done(
    administrator: Visitor, sign_in: Callable[[Learner], Visitor], karin: Learner, lrs: Lrs, db: Session
) -> None:
    course_id = _add(administrator, packages.one_au(moveOn="Passed"))
    address = f"/sv/admin/courses/{course_id}/waive"
    right = {"email": " Karin@forening.example ", "part": "0", "reason": "Tested Out"}

    for wrong, words in (
        ({"email": ""}, "Skriv adressen"),
        ({"email": "ingen@forening.example"}, "Ingen loggar in"),
        ({"reason": "Snäll"}, "error-summary"),
        ({"part": "7"}, "error-summary"),
    ):
        answer = administrator.post(address, {**right, **wrong})
        assert (answer.status_code, words in answer.text) == (422, True), wrong
    assert administrator.post(address, right).status_code == 302
    assert "redan klar" in administrator.post(address, right).text

    assert "Tillgodoräknad" in sign_in(karin).get(f"/sv/courses/{course_id}").text
    [registration] = db.scalars(select(LaunchRegistration))
    assert lrs.verbs(str(registration.id)) == ["waived", "satisfied"]
    assert registration.satisfied_at is not None


def test_a_deleted_course_is_gone_everywhere(
    administrator: Visitor, sign_in: Callable[[Learner], Visitor], karin: Learner, settings: Any
) -> None:
    course_id = _add(administrator, packages.one_au())
    learner = sign_in(karin)
    one = _open(learner, course_id)
    assert "Färre än fem" in administrator.get(f"/sv/admin/courses/{course_id}/delete").text

    administrator.post(f"/sv/admin/courses/{course_id}/delete")

    assert learner.get(f"/sv/courses/{course_id}").status_code == 404
    assert learner.post(f"/sv/courses/{course_id}/parts/0").status_code == 404
    assert administrator.get(f"/sv/admin/courses/{course_id}").status_code == 404
    assert "Lagen i vardagen" not in learner.get("/sv/course").text
    assert one.put(one.statement("initialized")).status_code == 403
    assert list(settings.package_folder.iterdir()) == []


def test_a_folder_that_no_course_knows_is_cleared_away(app: Flask, api: Api, settings: Any) -> None:
    one = api.launch(api.add(packages.one_au()))
    lost = settings.package_folder / "00000000-0000-4000-8000-000000000000"
    lost.mkdir()
    (lost / "0").write_bytes(b"x")
    now = datetime.now(UTC)

    tidy(app, at=now)
    assert lost.is_dir(), "somebody may be unpacking into it"
    tidy(app, at=now + timedelta(days=2))

    assert not lost.exists()
    assert one.open().status_code == 200


def test_there_is_no_part_past_the_last(administrator: Visitor, visitor: Visitor) -> None:
    course_id = _add(administrator, packages.one_au())

    assert visitor.post(f"/sv/courses/{course_id}/parts/1").status_code == 404


def test_the_form_may_lead_to_where_the_parts_are(administrator: Visitor, visitor: Visitor) -> None:
    """A browser looks at where a form is redirected to."""
    xml = course(au(url="https://innehall.example/kurs/"))
    answer = _send(administrator, "/sv/admin/courses/new", xml.encode(), "cmi5.xml")
    course_id = answer.location.rpartition("/")[2]
    administrator.post(f"/sv/admin/courses/{course_id}/publish")

    policy = visitor.get(f"/sv/courses/{course_id}").headers["Content-Security-Policy"]

    assert re.search(r"form-action 'self' http://localhost https://innehall.example;", policy)
    assert "script-src 'self'" in policy


def test_old_sessions_are_abandoned(app: Flask, api: Api, lrs: Lrs, db: Session) -> None:
    made = api.add(packages.one_au(moveOn="Completed"))
    left, ended = api.launch(made).begin(), api.launch(made).begin()
    ended.send("terminated")
    now = datetime.now(UTC)

    assert tidy(app, at=now + timedelta(hours=23)) == 0
    assert tidy(app, at=now + timedelta(hours=25)) == 1
    assert tidy(app, at=now + timedelta(days=9)) == 0

    assert lrs.verbs(left.launched["registration"])[-1] == "abandoned"
    assert lrs.verbs(ended.launched["registration"])[-1] == "terminated"
