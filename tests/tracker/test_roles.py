"""Every page, fetched and sent, as everybody: what is answered is what the table of roles says."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter
from werkzeug.test import TestResponse

from tests.conftest import NOW, Visitor
from tests.tracker import roles_table
from tests.tracker.test_every_route import ARGUMENTS
from tracker.clock import now
from tracker.groups.models import Group, Member, Pacing
from tracker.learners.models import Learner, Organisation, OrganisationKind, StaffRole
from tracker.registrations.models import Registration


def _people(db: Session, make_learner: Callable[..., Learner]) -> dict[str, Learner]:
    region = Organisation(name="Region Mittlandet", kind=OrganisationKind.REGION, created_at=NOW)
    db.add(region)
    db.flush()
    people = {
        "guest": make_learner(),
        "learner": make_learner(email="karin@forening.example"),
        "facilitator": make_learner(email="ledare@forening.example"),
        "report reader": make_learner(email="las@region.example", staff_role=StaffRole.REPORT_READER),
        "organisation administrator": make_learner(
            email="org@region.example",
            staff_role=StaffRole.ORGANISATION_ADMINISTRATOR,
            staff_organisation_id=region.id,
        ),
        "administrator": make_learner(email="chef@region.example", is_administrator=True),
    }
    registration = Registration(
        learner_id=people["facilitator"].id, account=uuid.uuid4(), course_id="samverkan", created_at=NOW
    )
    group = Group(
        course_id="samverkan", course_version="1", name="Tisdagar", pacing=Pacing.A, language="sv", created_at=NOW
    )
    db.add_all([registration, group])
    db.flush()
    db.add(Member(group_id=group.id, registration_id=registration.id, is_facilitator=True, joined_at=NOW))
    db.commit()
    return people


def _answers(app: Flask, page: str, method: str) -> Iterator[Any]:
    """The rules of one row of the table."""
    for rule in app.url_map.iter_rules(page):
        if set(method.split("/")) == set(rule.methods or ()) - {"HEAD", "OPTIONS"}:
            yield rule


def _value(rule: Any, name: str) -> Any:
    """Where an address takes one of some words, its own first one."""
    converter = rule._converters.get(name)
    return min(converter.items) if isinstance(converter, AnyConverter) else ARGUMENTS[name]


def _said(response: TestResponse) -> str:
    if response.status_code == 302 and "/sign-in?next=" in response.location:
        return "sign in"
    return "no" if response.status_code == 403 else "in"


@pytest.mark.parametrize("who", list(roles_table.VISITORS))
def test_every_page_answers_as_the_table_says(
    app: Flask,
    db: Session,
    who: str,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
    make_visitor: Callable[[], Visitor],
) -> None:
    learner = _people(db, make_learner).get(who)
    db.rollback()
    walked, wrong = 0, []
    for row in roles_table.read():
        if row[who] == "key":
            continue
        for rule in _answers(app, row["page"], row["method"]):
            values = {name: _value(rule, name) for name in rule.arguments if name != "language"}
            with app.test_request_context():
                if "language" in rule.arguments:
                    values["language"] = "sv"
                address = app.url_for(row["page"], _external=False, **values)
            for method in sorted(set(row["method"].split("/")) & {"GET", "POST"}):
                # Somebody new each time: some of the forms sign out, or end every sign-in.
                if learner is not None:
                    db.expire_all()
                visitor = sign_in(learner) if learner is not None else make_visitor()
                db.rollback()
                with visitor.client.session_transaction() as session:
                    session["signed_in_at"] = int(now().timestamp())
                response = visitor.get(address) if method == "GET" else visitor.post(address)
                said, expected = _said(response), {row[who]}
                if method == "POST":
                    # A form is refused where a page leads to the sign-in, and an open one may ask for an account.
                    expected |= {"no"} if "sign in" in expected else {"sign in"} if "in" in expected else set()
                walked += 1
                if said not in expected:
                    wrong.append(f"{method} {address}: {response.status_code}, the table says {row[who]}")
    assert wrong == []
    assert walked > 80
