"""Filters that match nobody, months that do not exist and addresses that somebody guessed."""

import re
import uuid
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from tests.conftest import Visitor
from tests.reports.conftest import MakeLearners
from tracker.cli import samverkan
from tracker.commands.base import CommandFailed
from tracker.config import Settings
from tracker.learners.models import Capacity, Learner, StaffRole
from tracker.reports.models import Publication

PAGE = "/sv/admin/completion"


@pytest.fixture
def people(learners: MakeLearners, publish_now: Callable[..., Publication]) -> None:
    learners(12, columns={"capacity": Capacity.ELECTED, "name": "Karin"}, started=["m0"])
    publish_now()


@pytest.mark.usefixtures("people")
def test_what_matches_nobody_is_told_in_every_view_and_file(administrator: Visitor) -> None:
    nobody = "since=2031-01&capacity=volunteer"
    for view in ("", "/organisations", "/kinds", "/roles", "/groups", "/months", "/finished"):
        page = administrator.get(f"{PAGE}{view}?{nobody}")
        assert page.status_code == 200
        assert "ingen" in page.text
        assert not re.search(r'<td class="n">\s*<?[a-z"= ]*>?\d', page.text), "a number of nobody"
    found = administrator.get(f"{PAGE}/people?{nobody}")
    assert found.status_code == 200
    assert "Ingen passar in på filtren." in found.text
    assert "Karin" not in found.text
    (row,) = administrator.get(f"{PAGE}/roles.json?{nobody}").json["rows"]  # type: ignore[index]
    assert (row["started_least"], row["started_most"]) == (0, 0)
    assert len(administrator.get(f"{PAGE}/people.csv?{nobody}").text.splitlines()) == 1
    for ending in ("xlsx", "pdf"):
        assert administrator.get(f"{PAGE}/roles.{ending}?{nobody}").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["since=2027-00", "since=2027-02-30", "until=0000-01", "done_since=9999-12", "done_until=mars", "since=2027-1"],
)
@pytest.mark.usefixtures("people")
def test_a_month_that_does_not_exist_is_told_beside_its_field_and_kept(administrator: Visitor, query: str) -> None:
    field, typed = query.split("=")
    for address in (PAGE, f"{PAGE}/people", f"{PAGE}/roles.csv", f"{PAGE}/people.json"):
        response = administrator.get(f"{address}?{query}")
        assert response.status_code == 422
        assert re.search(rf'<input[^>]*aria-invalid="true"[^>]*id="{field}"[^>]*value="{typed}"', response.text)
        assert re.search(
            rf'<input[^>]*type="text"[^>]*value="{typed}"|<input[^>]*value="{typed}"[^>]*type="text"', response.text
        )
        assert "Skriv år och månad" in response.text
        assert "Karin" not in response.text


@pytest.mark.usefixtures("people")
def test_guessed_addresses_lead_nowhere(
    administrator: Visitor, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    for path in ("/secrets", "/modules.exe", "/people.exe", "/..%2F", "/views/1/remove", "/people?after=-1", "?page=2"):
        assert administrator.get(f"{PAGE}{path}").status_code == 404, path

    reader = sign_in(make_learner(email="reader@region.example", staff_role=StaffRole.REPORT_READER))
    assert reader.get(PAGE).status_code == 200
    for path in ("/people", "/people.csv", "/people.xlsx", "/people.pdf", "/people.json"):
        refused = reader.get(f"{PAGE}{path}")
        assert refused.status_code == 403
        assert "Karin" not in refused.text
    assert reader.post(f"{PAGE}/views?view=people", {"name": "x", "frequency": ""}).status_code == 403

    administrator.post(f"{PAGE}/views?view=roles", {"name": "Våren", "frequency": ""})
    found = re.search(r"/views/([0-9a-f-]{36})/remove", administrator.get(f"{PAGE}/views").text)
    assert found
    for guessed in (found[1], str(uuid.uuid4())):
        reader.post(f"{PAGE}/views/{guessed}/remove")
    assert "Våren" in administrator.get(f"{PAGE}/views").text
    assert "Våren" not in reader.get(f"{PAGE}/views").text


def test_the_reports_for_other_programs_need_a_token_that_is_theirs(visitor: Visitor) -> None:
    for headers in ({}, {"Authorization": "Bearer guessed"}, {"Authorization": "Basic x"}):
        response = visitor.get("/api/v1/reports/completion/modules", headers=headers)
        assert response.status_code == 401
    assert visitor.get("/api/v1/reports/completion/people").status_code in (401, 404)


@pytest.mark.usefixtures("people")
def test_at_a_terminal_a_wrong_filter_is_told_with_what_is_allowed(settings: Settings) -> None:
    environ = {"SAMVERKAN_DATABASE_URL": settings.database_url, "SAMVERKAN_INSTANCE": str(settings.instance)}
    asked = ["report", "completion", "--module", "m9", "--taken-in", "de", "--done-since", "mars"]

    ended = CliRunner(env=environ).invoke(samverkan, asked)

    assert isinstance(ended.exception, CommandFailed)
    assert str(ended.exception) == (
        "--done-since: Skriv år och månad, till exempel 2027-03; --taken-in: 'de' is not one of sv, en, both, -; "
        "--module: 'm9' is not one of m0, m1, m2, m3, m4, m5, m6, f"
    )
    assert ended.output == ""

    nowhere = settings.instance / "nowhere" / "people.csv"
    ended = CliRunner(env=environ).invoke(samverkan, ["report", "completion", "--output", str(nowhere)])
    assert isinstance(ended.exception, CommandFailed)
    assert str(ended.exception) == f"{nowhere} cannot be written: there is no folder {nowhere.parent}"


@pytest.mark.usefixtures("people")
def test_each_line_of_the_faults_says_which_field_it_is_about(administrator: Visitor) -> None:
    page = administrator.get(f"{PAGE}?since=mars&until=april&done_since=maj&done_until=juni&kind=klubb").text

    told = re.findall(r'<li><a href="#(\w+)">([^<]+)</a></li>', page)
    assert [field for field, _words in told] == ["since", "until", "done_since", "done_until", "kind"]
    assert len({words for _field, words in told}) == 5
    for field, words in told:
        (label,) = re.findall(rf'<label[^>]* for="{field}">([^<]+)</label>', page)
        assert words.startswith(f"{label}: ")
