"""The administrator's first page."""

import re

from tests.conftest import Visitor


def test_leads_to_what_an_administrator_does(administrator: Visitor) -> None:
    page = administrator.get("/sv/admin/").text

    for address in ("/sv/admin/completion", "/sv/admin/organisations", "/sv/xapi-profile"):
        assert f'href="{address}"' in page


def test_an_empty_installation_says_nobody_yet_and_never_zero(administrator: Visitor) -> None:
    page = administrator.get("/sv/admin/").text

    assert page.count("ingen än") == 3
    assert "<dd>0" not in page


def test_is_closed_to_learners_and_leads_a_stranger_to_sign_in(learner: Visitor, visitor: Visitor) -> None:
    assert learner.get("/sv/admin/").status_code == 403
    response = visitor.get("/sv/admin/")
    assert response.status_code == 302
    assert response.location.startswith("/sv/sign-in?next=")


def test_a_page_below_says_which_of_the_pages_one_is_in(administrator: Visitor) -> None:
    def current(path: str) -> list[str]:
        chips = administrator.get(path).text.split('class="wrap subnav"')[1].split("</nav>")[0]
        return re.findall(r'aria-current="(\w+)">([^<]+)<', chips)

    assert current("/sv/admin/people") == [("page", "Personer")]
    assert current("/sv/admin/people/import") == [("true", "Personer")]
    assert current("/sv/admin/completion/roles") == [("true", "Genomförda kurser")]
    assert current("/sv/admin/") == [("page", "Översikt")]
