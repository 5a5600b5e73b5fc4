"""Two people who need figures, from signing in to the file in hand."""

import io
import struct
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from course.schema import Course
from tests.browser.conftest import PHONE, choose_second_step, unbreakable, violations
from tests.conftest import NOW, Mails
from tracker.certificates.models import Certificate, Form
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind, StaffRole
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.publishing import publish

pytestmark = pytest.mark.browser

OWN, OTHER = "Öppna Köket", "Kulturföreningen Natthamn"


def _take(db: Session, course: Course, number: int, *, far: int, done: bool = False, **columns: Any) -> None:
    for place in range(number):
        learner = Learner(created_at=NOW, **columns)
        if "organisation_id" in columns:
            learner.name, learner.email = f"Ärla {place}", f"{uuid.uuid4().hex[:8]}@forening.example"
        db.add(learner)
        db.flush()
        taken = Registration(learner_id=learner.id, account=learner.account, course_id=course.info.id, created_at=NOW)
        db.add(taken)
        db.flush()
        row: dict[str, Any] = {"registration_id": taken.id, "course_version": "2027.1"}
        for module in course.modules[:far]:
            at = NOW if done else None
            db.add(ModuleProgress(module_id=module.id, started_at=NOW, completed_at=at, language="sv", **row))
        if done:
            db.add(CourseCompletion(completed_at=NOW, minutes=108, lesson_count=20, **row))
            form = {"form": Form.ALONE, "completed_on": NOW.date(), "minutes": 108, "lesson_count": 20}
            db.add(Certificate(code=str(uuid.uuid4()), course={}, issued_at=NOW, **form, **row))


@pytest.fixture
def organisations(db: Session, course: Course) -> dict[str, int]:
    """Ids by name. In both people have taken the course, and elected people of a region have, too."""
    kind = OrganisationKind.ASSOCIATION
    both = [Organisation(name=name, kind=kind, created_at=NOW) for name in (OWN, OTHER)]
    db.add_all(both)
    db.flush()
    elected = {"capacity": Capacity.ELECTED, "organisation_kind": OrganisationKind.REGION}
    _take(db, course, 24, far=len(course.modules), done=True, **elected)
    _take(db, course, 16, far=2, **elected)
    for organisation, number in zip(both, (9, 14), strict=True):
        volunteer = {"capacity": Capacity.VOLUNTEER, "organisation_kind": kind, "organisation_id": organisation.id}
        _take(db, course, number, far=len(course.modules), done=True, **volunteer)
    ids = {one.name: one.id for one in both}
    db.commit()
    publish(db, course, with_demo=False, now=NOW + timedelta(days=60))
    db.commit()
    return ids


def sign_in(page: Page, mails: Mails, address: str) -> None:
    page.goto("/sv/sign-in")
    page.get_by_label("E-postadress").fill(address)
    page.get_by_role("button", name="Skicka länken").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Titta i din e-post")
    page.goto(mails.last_link())
    page.locator("main form button").first.click()
    page.wait_for_url("**/course")


def _rows(page: Page) -> list[list[str]]:
    rows = page.locator("table.table--figures tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim().replace(/\\s+/g, ' ')))"
    )
    words = {"ingen": "0", "visas inte": "", "gäller inte": "", "inget namn": ""}
    return [[words.get(cell, cell) for cell in row] for row in rows]


def _file(page: Page) -> list[list[str]]:
    """The sheet, each cell as a reader of it sees it."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Excel (XLSX)").click()
    sheet = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes())).worksheets[0]
    assert sheet.freeze_panes == "A2"
    return [[_shown(cell) for cell in row] for row in sheet.iter_rows()]


def _shown(cell: Any) -> str:
    if cell.value is None:
        return ""
    if "%" in cell.number_format and isinstance(cell.value, int | float):
        return f"{round(cell.value * 100)} %"
    if cell.is_date:
        return f"{cell.value.day} {['', 'januari', 'februari', 'mars'][cell.value.month]} {cell.value.year}"
    return str(cell.value)


def test_the_coordinator_of_a_region_takes_the_figures_of_the_boards_along(
    page: Page, db: Session, mails: Mails, organisations: dict[str, int], axe: Axe
) -> None:
    """How many in our boards have done the course?"""
    db.add(Learner(created_at=NOW, email="kim@region.example", staff_role=StaffRole.REPORT_READER))
    db.commit()
    sign_in(page, mails, "kim@region.example")
    page.goto("/sv/admin/")
    page.locator("main").get_by_role("link", name="Genomförda kurser").click()
    page.get_by_label("Roll", exact=True).select_option("elected")
    page.get_by_label("Typ av organisation").select_option("region")
    page.get_by_role("button", name="Visa", exact=True).click()
    page.wait_for_url("**capacity=elected**")

    expect(page.locator("#finding")).to_have_text("24 av 40 har genomfört kursen")
    assert violations(axe, page) == []
    assert _file(page) == _rows(page)
    assert unbreakable(page) == []

    page.set_viewport_size({"width": 320, "height": 640})
    assert page.locator("html").evaluate("root => root.scrollWidth <= window.innerWidth")
    page.goto(f"/sv/admin/completion/people?organisation={organisations[OWN]}")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Genomförda")
    assert "forening.example" not in page.content()


def test_the_chair_of_an_association_sees_who_has_a_certificate_and_nobody_elses_people(
    make_context: Callable[..., BrowserContext], db: Session, mails: Mails, organisations: dict[str, int], axe: Axe
) -> None:
    role = {"staff_role": StaffRole.ORGANISATION_ADMINISTRATOR, "staff_organisation_id": organisations[OWN]}
    db.add(Learner(created_at=NOW, email="ordf@forening.example", **role))
    db.commit()
    page = make_context(viewport=PHONE).new_page()
    sign_in(page, mails, "ordf@forening.example")
    page.goto("/sv/profile/second-step")
    assert page.locator("html").evaluate("root => root.scrollWidth <= window.innerWidth")
    choose_second_step(page)
    page.goto("/sv/admin/completion")
    expect(page.locator("#finding")).to_have_text("9 av 9 har genomfört kursen")
    page.get_by_role("link", name="Efter person").click()
    expect(page.locator("tbody tr")).to_have_count(9)
    assert violations(axe, page) == []
    assert _file(page) == _rows(page)
    expect(page.get_by_role("status").filter(has_text="Filen är klar")).to_contain_text("9 personer")
    # The rest of it does not come.
    page.route("**/people.csv*", lambda route: route.fulfill(body=struct.pack(">III", 5, 9, 3) + b"Ann"))
    page.get_by_role("link", name="CSV").click()
    expect(page.get_by_role("status").filter(has_text="Filen bröts av")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_hidden()

    for address in ("people", "people.csv", "people.xlsx", "people.pdf", "roles.json"):
        answer = page.request.get(f"/sv/admin/completion/{address}?organisation={organisations[OTHER]}")
        assert answer.status == 422, "an id that was changed in the address"
    page.goto(f"/sv/admin/completion?organisation={organisations[OTHER]}")
    expect(page.get_by_role("alert")).to_contain_text("Välj ett av alternativen i listan")
    assert page.request.get("/sv/admin/completion/secrets").status == 404
