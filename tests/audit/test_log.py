"""Who is written down for what, and the administrator's page."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.tracker.servers import run_samverkan
from tracker.audit import chain, services
from tracker.audit.models import AuditEntry
from tracker.config import Settings
from tracker.learners.models import Learner

LOG = "/sv/admin/audit"


def _written(db: Session) -> list[AuditEntry]:
    """As it stands now. Holds nothing, so that the pages can write meanwhile."""
    found = list(db.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(populate_existing=True)))
    db.commit()
    return found


def test_looking_at_somebody_is_written_before_it_is_shown(
    db: Session, administrator: Visitor, chief: Learner, karin: Learner
) -> None:
    page = administrator.get(f"/sv/admin/people/{karin.id}")

    assert page.status_code == 200
    [entry] = _written(db)
    assert entry.action == "person-seen"
    assert [[entry.actor], [entry.subject]] == [services.refs_of(db, chief), services.refs_of(db, karin)]


@pytest.mark.parametrize("page", ["people", "completion/people", "completion/people.csv"])
def test_lists_and_files_of_people_are_written_down(db: Session, administrator: Visitor, page: str) -> None:
    with administrator.get(f"/sv/admin/{page}") as answer:
        assert answer.status_code == 200

    assert len(_written(db)) == 1


def test_a_change_is_written_with_it_and_one_that_is_refused_is_not(
    db: Session, administrator: Visitor, karin: Learner
) -> None:
    address = f"/sv/admin/people/{karin.id}"
    wrong = {"organisation": "", "role": "report-reader", "role_holds_at": "", "version": 99}
    assert administrator.post(address, wrong).status_code == 409
    assert _written(db) == []

    administrator.post(address, {**wrong, "version": 1})

    [entry] = _written(db)
    assert entry.action == "person-changed"
    assert '"role":"report-reader"' in entry.details
    assert "karin" not in entry.details.casefold()


def test_organisations_are_written_by_number(db: Session, administrator: Visitor) -> None:
    administrator.post("/sv/admin/organisations/new", {"name": "Öppna Köket", "kind": "association", "parent": ""})

    [entry] = _written(db)
    assert (entry.action, entry.target) == ("organisation-added", "organisation:1")
    assert "Öppna Köket" in administrator.get(LOG).text


def test_a_learners_own_steps_are_not_written(
    db: Session, karin: Learner, sign_in: Callable[[Learner], Visitor]
) -> None:
    own = sign_in(karin)
    own.get("/sv/lessons/1-1")
    own.post("/sv/profile", {"name": "Karin", "capacity": "", "organisation_kind": "", "organisation": ""})

    assert _written(db) == []


def test_the_page_finds_by_person_action_and_day(administrator: Visitor, karin: Learner) -> None:
    administrator.get(f"/sv/admin/people/{karin.id}")
    administrator.get("/sv/admin/people")

    page = administrator.get(LOG, query_string={"person": "Karin@forening.example"}).text
    assert "Karin Örn" in page
    assert "nr\xa01" in page
    assert "no.\xa01" in administrator.get("/en/admin/audit").text
    assert "Såg listan över personer</td>" not in page
    assert "Såg listan över personer</td>" in administrator.get(LOG, query_string={"action": "people-listed"}).text
    assert "Ingen rad passar" in administrator.get(LOG, query_string={"until": "2020-01-01"}).text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"person": "ingen@forening.example"}, "Ingen har den adressen nu"),
        ({"since": "2027-02-31"}, "Skriv dagen som 2027-02-04"),
        ({"since": "2027-02-04", "until": "2027-02-03"}, "Den sista dagen kommer före den första"),
        ({"action": "dance"}, "Välj ett av svaren"),
    ],
)
def test_wrong_filters_are_told_beside_the_field(administrator: Visitor, query: dict[str, str], words: str) -> None:
    page = administrator.get(LOG, query_string=query)

    assert page.status_code == 422
    assert words in page.text
    # What was typed can be seen: a field for a date would show nothing that is not one.
    assert not re.search(r'<input[^>]*aria-invalid="true"[^>]*type="date"', page.text)
    assert all(f'value="{typed}"' in page.text for name, typed in query.items() if name != "action")


def test_the_file_has_what_the_page_shows(administrator: Visitor, karin: Learner) -> None:
    for _time in range(3):
        administrator.get(f"/sv/admin/people/{karin.id}")

    with administrator.get("/sv/admin/audit.csv", query_string={"person": "karin@forening.example"}) as answer:
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))

    # That the administrator takes it out is about her too, and is the newest.
    assert [row[0] for row in rows] == ["Nummer", "4", "3", "2", "1"]
    assert [row[3] for row in rows[1:]] == ["Tog ut loggen", *["Såg en persons uppgifter"] * 3]
    assert {row[4] for row in rows[1:]} == {"Karin Örn"}


def test_the_command_line_tells_that_the_tail_is_gone(db: Session, administrator: Visitor, settings: Settings) -> None:
    with administrator.get("/sv/admin/people"):
        head = chain.head(db)
    db.commit()
    heads = ["--head", str(head), "--head", f"7:{'a' * 64}"]

    run = run_samverkan(settings.instance, "audit", "verify", *heads, database_url=settings.database_url)

    assert run.returncode == 1
    assert run.stderr == "samverkan: entry 2: the log has been cut off here; it has had 7 entries\n"
