"""Somebody responsible for one organisation changes an id in the address to what belongs to another part.

Every route that takes an id is asked, as it is and with what each of its words can be. Whatever is answered, nothing of
the other is told and nothing in the database is changed.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, IntegerConverter

from tests.conftest import NOW, Visitor
from tests.groups.circles import Circle
from tests.tracker import roles_table
from tracker.auth.models import Passkey
from tracker.launch.models import ImportedCompletion
from tracker.learners.models import Learner, Organisation, OrganisationKind, SignIn, StaffRole
from tracker.people.models import OrganisationImport, PeopleImport
from tracker.providers.models import Admits, Identity, IdentityProvider
from tracker.reports.models import SavedView

WHO = "organisation administrator"
SECRET = "Hemlinge"  # in the name of everything that belongs to the others
CHANGES_BY_BEING_THERE = {"sign_in", "note", "alembic_version"}


@pytest.fixture
def ids(db: Session, app: Flask) -> dict[str, Any]:
    """One of everything that an address can name, none of it in the part that the visitor answers for."""
    there = Organisation(name=f"{SECRET} region", kind=OrganisationKind.REGION, created_at=NOW)
    db.add(there)
    db.flush()
    circle = Circle(db, app, f"{SECRET} Yusuf")
    circle.was_there(1, circle.leader, *circle.members)
    circle.close(1)
    circle.group.name = f"{SECRET} torsdag"
    other = circle.leader.registration.learner
    other.name, other.organisation_id = f"{SECRET} Karin", there.id
    provider = IdentityProvider(
        name=f"{SECRET} inloggning", issuer="https://login.hemlinge.example", client_id="x", secret=b"",
        organisation_id=there.id, scopes="openid", admits=Admits.INVITED, vouches=False, role_values={},
        may_administer=False, assurance={}, is_open=True, created_at=NOW,
    )  # fmt: skip
    db.add(provider)
    db.flush()
    signed_in = SignIn(id=uuid4(), learner_id=other.id, started_at=NOW, seen_on=NOW.date())
    passkey = Passkey(
        id="aGVtbGln", learner_id=other.id, public_key=b"x", sign_count=1, name=SECRET, synced=False, created_at=NOW
    )
    view = SavedView(learner_id=other.id, name=SECRET, view="modules", filters={}, language="sv", created_at=NOW)
    completion = ImportedCompletion(
        registration_id=uuid4(), learner_id=other.id, course_id=uuid4(), publisher_id="urn:x", title={"sv": SECRET},
        version=1, part_count=1, waived_count=0, completed_at=NOW,
    )  # fmt: skip
    kept = {"by_id": other.id, "created_at": NOW, "unchanged": 0, "faults": [], "id": uuid4()}
    person = {"line": 2, "email": "ny@hemlinge.example", "name": SECRET, "organisation_id": None, "organisation": None}
    people = PeopleImport(**kept, changes=[{**person, "learner_id": None, "version": None}])
    moves = {"line": 2, "name": SECRET, "kind": "other", "parent": None, "moves": False}
    organisations = OrganisationImport(**kept, changes=[{**moves, "organisation_id": None, "version": None}])
    identity = Identity(provider_id=provider.id, subject="s", learner_id=other.id, linked_at=NOW)
    db.add_all([signed_in, passkey, view, completion, people, organisations, identity])
    db.commit()
    return {
        "learner_id": other.id,
        "organisation_id": there.id,
        "group_id": circle.group.id,
        "number": 1,
        "member_id": circle.members[0].id,
        "sign_in_id": signed_in.id,
        "passkey_id": passkey.id,
        "provider_id": provider.id,
        "view_id": view.id,
        "registration_id": completion.registration_id,
        "import_id": people.id,
    }


@pytest.fixture
def visitor(db: Session, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    own = Organisation(name="Älvbro kommun", kind=OrganisationKind.MUNICIPALITY, created_at=NOW)
    db.add(own)
    db.flush()
    role = {"staff_role": StaffRole.ORGANISATION_ADMINISTRATOR, "staff_organisation_id": own.id}
    return sign_in(make_learner(email="ansvarig@alvbro.example", **role))


def _addresses(app: Flask, ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and address of every route that the visitor may use, that not everybody may, and that takes an id."""
    mine = {(row["page"], row["method"]) for row in roles_table.read() if row[WHO] == "in" and row["stranger"] != "in"}
    for rule in app.url_map.iter_rules():
        names = rule.arguments - {"language"}
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        words = {
            name: sorted(one.items)
            for name, one in rule._converters.items()
            if name in names and isinstance(one, AnyConverter)
        }
        if (rule.endpoint, "/".join(sorted(methods))) not in mine or not names - set(words):
            continue
        known = {name: ids[name] for name in names - set(words)}  # one that is not here belongs in the fixture
        for chosen in product(*words.values()):
            values = {"language": "sv", **known, **dict(zip(words, chosen, strict=True))}
            with app.test_request_context():
                address = app.url_for(rule.endpoint, _external=False, **values)
            yield from ((method, address) for method in sorted(methods))


def _stored(db: Session) -> dict[str, list[str]]:
    tables = set(inspect(db.connection()).get_table_names()) - CHANGES_BY_BEING_THERE
    found = {one: sorted(str(tuple(row)) for row in db.execute(text(f'SELECT * FROM "{one}"'))) for one in tables}
    db.rollback()
    return found


def test_what_belongs_to_others_is_neither_told_nor_changed(
    app: Flask, db: Session, ids: dict[str, Any], visitor: Visitor
) -> None:
    asked = set(_addresses(app, ids))
    before, wrong = _stored(db), []

    for method, address in sorted(asked):
        answer = visitor.get(address) if method == "GET" else visitor.post(address, {"version": "1", "name": "Min"})
        with answer:
            refused = answer.status_code in ((404,) if method == "GET" else (302, 404))
            if not refused or SECRET in answer.text:
                wrong.append(f"{method} {address}: {answer.status_code}")

    assert wrong == []
    assert [table for table, rows in _stored(db).items() if rows != before[table]] == []
    assert len(asked) > 60


def test_a_number_that_no_database_holds_is_the_number_of_nothing(
    app: Flask, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    administrator = sign_in(make_learner(email="chef@region.example", staff_role=StaffRole.ADMINISTRATOR))
    asked, wrong = 0, []
    for rule in app.url_map.iter_rules():
        numbers = {name for name, one in rule._converters.items() if isinstance(one, IntegerConverter)}
        if not numbers or rule.arguments - numbers - {"language"} or "GET" not in (rule.methods or ()):
            continue
        with app.test_request_context():
            address = app.url_for(rule.endpoint, _external=False, language="sv", **dict.fromkeys(numbers, 7777))
        for digits in (25, 5_000):
            asked += 1
            status = administrator.get(address.replace("7777", "9" * digits)).status_code
            if status != 404:
                wrong.append(f"{address}: {status}")

    assert wrong == []
    assert asked > 10


@pytest.mark.parametrize("name", ["organisation_id", "group_id"])
def test_a_filter_of_another_part_tells_nothing(visitor: Visitor, ids: dict[str, Any], name: str) -> None:
    filters = {name.removesuffix("_id"): str(ids[name])}
    for page in ("", "/organisations", "/groups", "/people", "/people.csv", "/organisations.json"):
        with visitor.get(f"/sv/admin/completion{page}", query_string=filters) as answer:
            assert (answer.status_code, SECRET in answer.text) == (422, False), page
