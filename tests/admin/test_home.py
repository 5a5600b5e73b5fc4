"""The administrator's first page."""

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
