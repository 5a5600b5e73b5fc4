"""The report as a page and as a file."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Visitor, signed_in
from tests.reports.conftest import MakeLearners
from tracker.learners.models import Capacity, Learner, OrganisationKind
from tracker.reports import export
from tracker.reports.protection import Figure
from tracker.spreadsheets import csv_text

PAGE = "/sv/admin/completion"
ALL_MODULES = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&nbsp;", " ").split())


def _table(page: str) -> list[list[str]]:
    table = page.split('<table class="table table--figures">')[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [[_text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def _file(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


@pytest.fixture
def people(learners: MakeLearners) -> None:
    elected = {"capacity": Capacity.ELECTED, "organisation_kind": OrganisationKind.REGION}
    learners(20, columns=elected, started=ALL_MODULES, completed=ALL_MODULES, course_done=True, certified=True)
    learners(20, columns=elected, started=ALL_MODULES, completed=ALL_MODULES, course_done=True)
    learners(60, columns={"capacity": Capacity.VOLUNTEER}, started=["m0", "m1"], completed=["m0"])


@pytest.mark.usefixtures("people")
def test_shows_the_figures_in_a_table_and_as_bars(administrator: Visitor) -> None:
    page = administrator.get(PAGE).text

    assert "40 av 100 har genomfört kursen" in page
    rows = {row[0]: row[1:] for row in _table(page)}
    assert rows["1 Vilka är vi?"] == ["100", "40", "40 %"]
    assert rows["Hela kursen"] == ["100", "40", "40 %"]
    assert rows["Har intyg"] == ["gäller inte", "20", "50 %"]
    assert rows["0 Välkommen"] == ["100", "alla eller nästan alla", "visas inte"]
    assert page.count('<svg class="bar-svg" width="100.0%"') == 2
    assert 'width="40.0%" height="36" fill="url(#bar-woven)"' in page
    assert "style=" not in page.split("<main")[1].split("</main")[0]


@pytest.mark.usefixtures("people")
def test_filters_stand_in_the_address_and_combine(administrator: Visitor) -> None:
    page = administrator.get(f"{PAGE}?capacity=elected&kind=region").text

    assert '<option selected value="elected">Förtroendevald</option>' in page
    assert "Roll: Förtroendevald. Typ av organisation: Region." in _text(page)
    assert {row[0]: row[1] for row in _table(page)}["Hela kursen"] == "40"
    assert "/sv/admin/completion.csv?capacity=elected&amp;kind=region" in page


@pytest.mark.usefixtures("people")
def test_a_filter_that_matches_nobody_says_fewer_than_five(administrator: Visitor) -> None:
    page = administrator.get(f"{PAGE}?kind=state").text

    assert {cell for row in _table(page)[1:-2] for cell in row[1:3]} == {"färre än 5"}
    assert "Några siffror är dolda" in page


@pytest.mark.parametrize("query", ["capacity=party", "kind=region'--", "capacity=elected&kind=x"])
def test_a_filter_that_is_not_there_is_told_and_shows_nothing(administrator: Visitor, query: str) -> None:
    response = administrator.get(f"{PAGE}?{query}")

    assert response.status_code == 422
    assert response.text.count("Välj ett av alternativen i listan") == 2
    assert "<table" not in response.text
    assert administrator.get(f"{PAGE}.csv?{query}").status_code == 422


@pytest.mark.parametrize("filters", ["", "?capacity=elected", "?capacity=volunteer&kind=not-said", "?kind=state"])
@pytest.mark.usefixtures("people")
def test_the_file_holds_exactly_what_the_page_shows(administrator: Visitor, filters: str) -> None:
    on_page = _table(administrator.get(PAGE + filters).text)
    in_file = _file(administrator.get(f"{PAGE}.csv{filters}").text)

    titles_and_figures = [[" ".join(row[:2]).strip(), *row[2:4], row[4]] for row in in_file]
    assert titles_and_figures[1:] == [[*row[:3], row[3].removesuffix(" %")] for row in on_page[1:]]


@pytest.mark.usefixtures("people")
def test_the_file_opens_right_in_excel_in_swedish(administrator: Visitor) -> None:
    response = administrator.get(f"{PAGE}.csv?capacity=elected")

    assert response.mimetype == "text/csv"
    assert response.data.startswith(b"\xef\xbb\xbfDel;")
    assert b"\r\n" in response.data
    assert re.search(r'filename="samverkan-\d{4}-\d\d-\d\d-elected\.csv"', response.headers["Content-Disposition"])
    assert {row[5] for row in _file(response.text)[1:]} == {"Förtroendevald"}


@pytest.mark.parametrize("name", ["=1+1", "+46", "-2", "@SUM(A1)", "\tx"])
def test_a_title_that_looks_like_a_formula_is_harmless(name: str) -> None:
    assert _file(csv_text([[name, "Älvbro"]])) == [[f"'{name}", "Älvbro"]]


def test_a_share_is_shown_only_where_both_figures_are() -> None:
    assert export.share(Figure(20), Figure(30)) == 67
    assert export.share(Figure(None), Figure(30)) is None
    assert export.share(Figure(20), Figure(None)) is None


def test_says_whether_made_up_people_are_counted(
    administrator: Visitor, make_app: Callable[..., Flask], make_learner: Callable[..., Learner]
) -> None:
    assert "Påhittade personer från en demonstration räknas inte." in administrator.get(PAGE).text

    client = make_app(demo=True).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(make_learner(email="demo@region.example", is_administrator=True))
    assert "Det här är en demonstration. Påhittade personer räknas med." in client.get(PAGE).text


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv"])
def test_is_closed_to_learners_and_strangers(
    visitor: Visitor, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor], path: str
) -> None:
    assert sign_in(make_learner(email="karin@forening.example")).get(path).status_code == 403
    assert visitor.get(path).location.startswith("/sv/sign-in")
