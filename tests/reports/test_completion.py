"""The reports as pages and as files: the same rows, the same filters, the same protection."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import QueuePool, select, update
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tests.launch import packages
from tests.launch.conftest import Api
from tests.reports.conftest import LATER, MakeLearners
from tracker.api.tokens import TokenScope, create_token
from tracker.db import engine_of
from tracker.launch.models import AuState, CourseVersion, LaunchRegistration
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind, StaffRole
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports import files
from tracker.reports.figures import Figure, share
from tracker.reports.models import Publication
from tracker.reports.tables import Column, Table, View
from tracker.reports.workbooks import xlsx

PAGE = "/sv/admin/completion"
ALL_MODULES = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&nbsp;", " ").split())


def _table(page: str) -> list[list[str]]:
    table = re.split(r'<table class="table table--figures[^"]*">', page)[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [[_text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def _file(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


@pytest.fixture
def people(learners: MakeLearners, publish_now: Callable[..., Publication]) -> None:
    elected = {"capacity": Capacity.ELECTED, "organisation_kind": OrganisationKind.REGION}
    learners(20, columns=elected, started=ALL_MODULES, completed=ALL_MODULES, course_done=True, certified=True)
    learners(20, columns=elected, started=ALL_MODULES, completed=ALL_MODULES, course_done=True)
    learners(60, columns={"capacity": Capacity.VOLUNTEER}, started=["m0", "m1"], completed=["m0"])
    learners(3, columns={"capacity": Capacity.OTHER}, started=["m0"])
    publish_now()


@pytest.mark.usefixtures("people")
def test_shows_the_figures_in_a_table_and_as_bars(administrator: Visitor) -> None:
    page = administrator.get(PAGE).text

    assert "40 av 103 har genomfört kursen" in page
    rows = {row[1]: row[2:] for row in _table(page)}
    assert rows["Vilka är vi?"][:3] == ["98–103", "40–45", "visas inte"]
    assert rows["Hela kursen"][:3] == ["103", "40", "39 %"]
    assert rows["Har intyg"][1:3] == ["20", "50 %"]
    assert "style=" not in page.split("<main")[1].split("</main")[0]


@pytest.mark.usefixtures("people")
def test_filters_stand_in_the_address_combine_and_have_their_count(administrator: Visitor) -> None:
    page = administrator.get(f"{PAGE}?capacity=elected&kind=region").text

    assert '<option selected value="elected">Förtroendevald (40)</option>' in page
    assert "I rollen: " in page or "Förtroendevald." in _text(page)
    assert {row[1]: row[2] for row in _table(page)}["Hela kursen"] == "40"
    assert "modules.csv?capacity=elected&amp;kind=region" in page


@pytest.mark.usefixtures("people")
def test_a_filter_that_matches_nobody_says_so(administrator: Visitor) -> None:
    page = administrator.get(f"{PAGE}?since=2031-01").text

    assert {cell for row in _table(page)[1:-2] for cell in row[2:4]} == {"ingen"}


@pytest.mark.parametrize(
    "query",
    [
        "capacity=party",
        "kind=region'--",
        "organisation=99999",
        "organisation=%C2%B2",
        "group=x",
        "since=2027-13",
        "since=2027-05&until=2027-02",
        "status=all",
        "module=m99",
    ],
)
@pytest.mark.usefixtures("people")
def test_a_filter_that_is_not_there_is_told_and_shows_nothing(administrator: Visitor, query: str) -> None:
    for address in (PAGE, f"{PAGE}/people", f"{PAGE}/roles.csv"):
        response = administrator.get(f"{address}?{query}")
        assert response.status_code == 422
        assert "<table" not in response.text
        assert 'aria-invalid="true"' in response.text


@pytest.mark.parametrize("view", ["modules", "roles", "kinds", "organisations", "months", "groups"])
@pytest.mark.parametrize("filters", ["", "?capacity=elected", "?capacity=volunteer&status=started"])
@pytest.mark.usefixtures("people")
def test_every_file_holds_exactly_what_the_page_shows(administrator: Visitor, view: str, filters: str) -> None:
    page = _table(administrator.get((PAGE if view == "modules" else f"{PAGE}/{view}") + filters).text)

    def bare(row: list[str]) -> list[str]:
        return [cell.removesuffix(" %").replace("visas inte", "").replace("gäller inte", "") for cell in row]

    text = _file(administrator.get(f"{PAGE}/{view}.csv{filters}").text)
    counted = {number for number, word in enumerate(text[0]) if word[:3] in ("Påb", "Gen", "Har")}
    in_words = [["ingen" if n in counted and cell == "0" else cell for n, cell in enumerate(row)] for row in text]
    assert [bare(row) for row in page] == in_words

    book = openpyxl.load_workbook(io.BytesIO(administrator.get(f"{PAGE}/{view}.xlsx{filters}").data))
    sheet, about = book.worksheets
    kinds = [cell.number_format for cell in sheet[2]]
    cells = [
        [
            "" if cell is None else str(round(cell * 100) if "%" in kind and isinstance(cell, float | int) else cell)
            for cell, kind in zip(row, kinds, strict=True)
        ]
        for row in sheet.iter_rows(values_only=True)
    ]
    assert len(cells) == len(text)
    assert [row[0] for row in cells] == [row[0] for row in text]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref is not None
    words = " ".join(str(cell.value) for row in about.iter_rows() for cell in row)
    assert "minst 5 personer" in words
    assert ("Förtroendevald" in words) == ("elected" in filters)

    rows = json.loads(administrator.get(f"{PAGE}/{view}.json{filters}").data)["rows"]
    assert [row["started"] is not None for row in rows[:-1]] == [
        "–" not in row[2 if view == "modules" else 1] for row in text[1:-1]
    ]

    pdf = PdfReader(io.BytesIO(administrator.get(f"{PAGE}/{view}.pdf{filters}").data))
    assert text[-1][1 if view == "modules" else 0].split()[0] in "".join(one.extract_text() for one in pdf.pages)


@pytest.mark.usefixtures("people")
def test_the_file_opens_right_in_excel_in_swedish(administrator: Visitor) -> None:
    response = administrator.get(f"{PAGE}/modules.csv?capacity=elected")

    assert response.mimetype == "text/csv"
    assert response.data.startswith(b"\xef\xbb\xbfDel;")
    assert b"\r\n" in response.data
    found = re.search(r'filename="([^"]+)"', response.headers["Content-Disposition"])
    assert found
    assert re.fullmatch(r"samverkan-modules-\d{4}-\d\d-\d\d-elected\.csv", found[1])


@pytest.mark.parametrize("name", ["=1+1", "+46", "-2", "@SUM(A1)", "\tx", "=HYPERLINK(1)"])
def test_a_name_that_looks_like_a_formula_is_harmless(name: str) -> None:
    table = Table(View.ORGANISATIONS, [Column("name", "Namn")], [[name]])

    assert _file("".join(files.csv_lines(table)))[1] == [f"'{name}"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx(table, title="x", facts=[]))))
    assert book.worksheets[0]["A2"].data_type == "s"


def test_a_share_is_shown_only_where_both_figures_are_exact() -> None:
    assert share(Figure(20, 20), Figure(30, 30)) == 67
    assert share(Figure(20, 25), Figure(30, 30)) is None
    assert share(Figure(20, 20), Figure(30, 40)) is None


def test_one_row_for_each_person_with_every_module(
    administrator: Visitor, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    learners(1, columns={"name": "=Karin", "email": "karin@forening.example"}, started=["m0", "m1"], completed=["m0"])
    learners(59, started=["m0"])
    learners(1, columns={"name": "カリン"}, started=["m0"])

    rows = _table(administrator.get(f"{PAGE}/people").text)
    karin = next(row for row in rows if row[1] == "karin@forening.example")
    assert karin[4:7] == ["Genomfört", "Påbörjat", "Inte påbörjat"]
    assert len(rows) == 51
    text = _file(administrator.get(f"{PAGE}/people.csv").text)
    assert len(text) == 62
    assert "'=Karin" in [row[0] for row in text]
    paper = PdfReader(io.BytesIO(administrator.get(f"{PAGE}/people.pdf").data))
    words = "".join(page.extract_text() for page in paper.pages)
    assert words.count("Påbörjat") == sum(row.count("Påbörjat") for row in text)
    assert words.count("=Karin") == 1
    fonts = [font["/BaseFont"] for page in paper.pages for font in page["/Resources"]["/Font"].values()]
    assert any("Schibsted" in name for name in fonts)


def test_more_people_than_anybody_reads_on_paper_are_no_pdf(administrator: Visitor, learners: MakeLearners) -> None:
    learners(1_001, started=["m0"])

    refused = administrator.get(f"{PAGE}/people.pdf")

    assert refused.status_code == 422
    assert "Fler än 1000 personer får inte plats i en PDF. Filtrera mer, eller ta Excelfilen" in refused.text


def test_an_organisation_administrator_sees_the_own_people_only(
    db: Session, learners: MakeLearners, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    own = Organisation(name="Öppna Köket", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
    other = Organisation(name="Natthamn", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
    db.add_all([own, other])
    db.flush()
    learners(1, columns={"email": "a@forening.example", "organisation_id": own.id}, started=["m0"])
    learners(1, columns={"email": "b@forening.example", "organisation_id": other.id}, started=["m0"])
    role = {"staff_role": StaffRole.ORGANISATION_ADMINISTRATOR, "staff_organisation_id": own.id}
    ids = (own.id, other.id)
    visitor = sign_in(make_learner(email="ordf@forening.example", **role))

    assert "a@forening.example" in visitor.get(f"{PAGE}/people").text
    for address in (
        f"{PAGE}/people",
        f"{PAGE}/people?organisation={ids[0]}",
        f"{PAGE}/people.csv",
        f"{PAGE}/people.json",
    ):
        assert "b@forening.example" not in visitor.get(address).text
    assert visitor.get(f"{PAGE}/people?organisation={ids[1]}").status_code == 422


@pytest.mark.usefixtures("people")
def test_a_view_is_saved_under_a_name_and_removed(administrator: Visitor) -> None:
    saved = administrator.post(f"{PAGE}/views?view=roles&capacity=elected", {"name": " Våren  ", "frequency": "weekly"})
    assert saved.location.endswith("/admin/completion/roles?capacity=elected")
    page = administrator.get(f"{PAGE}/views").text
    assert "Våren" in page
    found = re.search(r"/views/([0-9a-f-]{36})/remove", page)
    assert found
    administrator.post(f"{PAGE}/views/{found[1]}/remove")
    assert "Våren" not in _text(administrator.get(f"{PAGE}/views").text.split("<main")[1])


def test_a_view_without_a_name_is_refused(administrator: Visitor) -> None:
    response = administrator.post(f"{PAGE}/views?view=modules", {"name": "  ", "frequency": ""})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text


@pytest.mark.usefixtures("people")
def test_other_programs_get_the_same_with_a_token(db: Session, administrator: Visitor, app: Flask) -> None:
    _, secret = create_token(db, name="bi", scopes=[TokenScope.REPORTS], now=NOW)
    db.commit()
    client = app.test_client()
    address = "/api/v1/reports/completion/roles"
    good = {"Authorization": f"Bearer {secret}"}

    assert client.get(address).status_code == 401
    assert client.get(address, headers=good).json["rows"] == administrator.get(f"{PAGE}/roles.json").json["rows"]
    refused = client.get(f"{address}?capacity=party", headers=good)
    assert refused.status_code == 422
    assert "capacity" in refused.text


def test_says_whether_made_up_people_are_counted(administrator: Visitor) -> None:
    assert "Påhittade personer från en demonstration räknas inte." in administrator.get(PAGE).text


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/roles.csv", f"{PAGE}/people"])
def test_is_closed_to_learners_and_strangers(
    visitor: Visitor, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor], path: str
) -> None:
    assert sign_in(make_learner(email="karin@forening.example")).get(path).status_code == 403
    assert visitor.get(path).location.startswith("/sv/sign-in")


@pytest.mark.usefixtures("people")
def test_tells_what_has_become_of_a_figure_since_a_month_ago_and_since_the_period_before(
    administrator: Visitor, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    assert "Jämfört med" not in administrator.get(PAGE).text
    learners(12, columns={"capacity": Capacity.VOLUNTEER}, started=["m0", "m1"], completed=["m0"])
    publish_now(now=LATER + timedelta(days=31))

    text = _text(administrator.get(PAGE).text)
    assert "115 12 fler" in text
    assert "Jämfört med 5 april 2027" in text
    march = _text(administrator.get(f"{PAGE}?since=2027-02&until=2027-03").text)
    assert "Jämfört med perioden före, från 2026-12 till och med 2027-01" in march
    assert "115 115 fler" in march


@pytest.mark.usefixtures("people")
def test_filters_by_language_and_by_the_month_of_completion(
    administrator: Visitor, db: Session, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    later = NOW + timedelta(days=40)
    for learner in learners(8, columns={"capacity": Capacity.OFFICER}, started=["m0"]):
        mine = select(Registration.id).where(Registration.learner_id == learner.id).scalar_subquery()
        db.execute(update(ModuleProgress).where(ModuleProgress.registration_id == mine).values(language="en"))
        done = {"completed_at": later, "course_version": "2027.1", "minutes": 1, "lesson_count": 1}
        db.add(CourseCompletion(registration_id=db.scalar(select(mine)), **done))
    db.commit()
    publish_now()

    def whole(query: str) -> str:
        return {row[1]: row[2] for row in _table(administrator.get(f"{PAGE}?{query}").text)}["Hela kursen"]

    assert whole("language=en") == "8"
    assert whole("done_since=2027-03") == "8"
    assert whole("done_until=2027-02") == "40"
    assert whole("done_since=2027-04") == "ingen"
    names = [row[0] for row in _table(administrator.get(f"{PAGE}/finished").text)]
    assert names[1:4] == ["februari 2027", "mars 2027", "Har inte genomfört"]
    for query, number in (("language=en", 8), ("done_since=2027-03", 8), ("done_until=2027-02", 40)):
        assert len(_file(administrator.get(f"{PAGE}/people.csv?{query}").text)) == number + 1
    assert administrator.get(f"{PAGE}?done_since=2027-05&done_until=2027-03").status_code == 422


@pytest.mark.usefixtures("people")
def test_courses_made_by_others_are_counted_each_by_itself(
    app: Flask,
    administrator: Visitor,
    db: Session,
    make_learner: Callable[..., Learner],
    publish_now: Callable[..., Publication],
) -> None:
    _, token = create_token(db, name="portal", scopes=[TokenScope.COURSES], now=NOW)
    db.commit()
    Api(app.test_client(), token).add(packages.one_au())
    version = db.scalars(select(CourseVersion)).one()
    for number in range(23):
        learner = make_learner(capacity=Capacity.VOLUNTEER if number % 2 else Capacity.ELECTED)
        account = {"actor_home_page": "http://localhost/xapi", "actor_name": str(learner.account)}
        done = NOW if number < 8 else None
        taken = LaunchRegistration(
            course_id=version.course_id, version_id=version.id, learner_id=learner.id, created_at=NOW, **account
        )
        taken.satisfied_at = done
        db.add(taken)
        db.flush()
        if done:
            db.add(AuState(registration_id=taken.id, au_index=0, passed_at=done, satisfied_at=done))
    db.commit()
    publish_now()

    assert _table(administrator.get(f"{PAGE}/imported").text)[1] == ["Lagen i vardagen", "23", "8", "35 %", "8"]
    (row,) = administrator.get(f"{PAGE}/imported.json?capacity=elected").json["rows"]
    assert row["started_least"] <= 12 <= row["started_most"]
    assert {row[f"{key}_least"] for key in ("started", "completed", "passed")}.isdisjoint(range(1, 5))


@pytest.mark.usefixtures("people")
def test_a_long_table_comes_in_pages_and_the_files_hold_all(
    db: Session,
    administrator: Visitor,
    learners: MakeLearners,
    publish_now: Callable[..., Publication],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracker.reports.views._ROWS", 3)
    for number in range(4):
        organisation = Organisation(name=f"Förening {number:03}", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
        db.add(organisation)
        db.flush()
        learners(5, columns={"organisation_id": organisation.id}, started=["m0"])
    publish_now()

    first, second = (_table(administrator.get(f"{PAGE}/organisations?page={page}").text) for page in (1, 2))
    everything = _file(administrator.get(f"{PAGE}/organisations.csv").text)
    assert [row[0] for row in first[1:-1] + second[1:]] == [row[0] for row in everything[1:]]
    assert first[-1] == second[-1]
    for page in ("0", "3", "x", "²"):
        assert administrator.get(f"{PAGE}/organisations?page={page}").status_code == 404


def test_an_export_that_is_cut_off_in_the_middle_gives_back_what_it_holds(
    app: Flask, administrator: Visitor, learners: MakeLearners, monkeypatch: pytest.MonkeyPatch
) -> None:
    learners(9, started=["m0"])
    monkeypatch.setattr("tracker.reports.people._CHUNK", 2)
    monkeypatch.setattr("tracker.reports.files._LINES", 2)

    response = administrator.get(f"{PAGE}/people.csv")
    body = response.iter_encoded()
    assert next(body)
    response.close()

    pool = engine_of(app).pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    assert len(_file(administrator.get(f"{PAGE}/people.csv").text)) == 10
