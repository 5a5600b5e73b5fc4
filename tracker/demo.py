"""A small demonstration: made-up people in made-up organisations, who have really taken the course.

Everything goes through the same services as a learner's own clicks, so the Statements and the progress are real. The
rows are marked ``is_demo`` and the addresses end in ``.example``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import (
    Activity,
    Cases,
    Choice,
    KnowledgeCheck,
    Lesson,
    Match,
    Matrix,
    Order,
    Quick,
    Scenario,
    Sort,
)
from tracker.auth.passwords import set_password
from tracker.certificates.services import issue
from tracker.clock import now as time_now
from tracker.config import Settings
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind
from tracker.learning.desk import Desk, Recorder, begin
from tracker.learning.handing_in import answer_item, begin_paper, hand_in
from tracker.learning.services import open_lesson, state_of

__all__ = ["load_demo", "right_response", "sign_ins", "take_lesson"]

PASSWORD = "samverkan-demo"  # noqa: S105  # no secret, see below
"""Known to everybody: only a demonstration has these people."""


_DAYS = 150
"""So long ago the first of them began."""


@dataclass(frozen=True)
class _Person:
    email: str
    name: str
    capacity: Capacity
    organisation: str
    lessons: int
    """How many of the core lessons have been taken, in the order of the course."""
    is_administrator: bool = False


ORGANISATIONS = {
    "Region Mittlandet": OrganisationKind.REGION,
    "Älvbro kommun": OrganisationKind.MUNICIPALITY,
    "Öppna Köket": OrganisationKind.ASSOCIATION,
    "Kulturföreningen Natthamn": OrganisationKind.ASSOCIATION,
    "Studieförbundet Bygden": OrganisationKind.STUDY_ASSOCIATION,
}

NAMED = [
    _Person("administrator@demo.example", "Ada Demo", Capacity.OFFICER, "Region Mittlandet", 3, is_administrator=True),
    _Person("amina@demo.example", "Amina Demo", Capacity.ELECTED, "Region Mittlandet", 10),
    _Person("maj-britt@demo.example", "Maj-Britt Demo", Capacity.VOLUNTEER, "Öppna Köket", 20),
]

# Some stop halfway in a part, so that the report has something to show: where five stop, their number is not hidden.
_CROWD = [
    (Capacity.ELECTED, "Region Mittlandet", [20, 20, 20, 16, 10, 3]),
    (Capacity.OFFICER, "Älvbro kommun", [20, 20, 20, 16, 10, 3]),
    (Capacity.VOLUNTEER, "Öppna Köket", [20, 20, 20, 16, 16, 10, 3]),
    (Capacity.EMPLOYEE, "Studieförbundet Bygden", [20, 20, 16, 10, 3]),
]

_LARGE_CROWD = [
    (Capacity.ELECTED, "Region Mittlandet", [20] * 9 + [6, 6, 3, 3, 3]),
    (Capacity.OFFICER, "Region Mittlandet", [20] * 6 + [3, 3]),
    (Capacity.EMPLOYEE, "Älvbro kommun", [20] * 7 + [10, 3, 3]),
    (Capacity.VOLUNTEER, "Kulturföreningen Natthamn", [20] * 6 + [6, 6]),
    (Capacity.VOLUNTEER, "Öppna Köket", [20] * 5 + [3] * 5),
]
"""More, for somebody who wants to see what reports look like. It takes a few seconds more."""


_FIRST_NAMES = (
    *("Ali", "Anna", "Astrid", "Birgitta", "Carina", "David", "Elif", "Emil", "Erik", "Fatima", "Greta", "Göran"),
    *("Hanna", "Hassan", "Inger", "Ivan", "Jakub", "Karin", "Kerstin", "Lars", "Leila", "Linnea", "Maria", "Mikael"),
    *("Nadia", "Nils", "Olof", "Per", "Ragnhild", "Rosa", "Samir", "Sara", "Sven", "Tove", "Ulla", "Yusuf", "Åsa"),
)


def _people(many: bool) -> Iterator[_Person]:
    yield from NAMED
    for place, (capacity, organisation, progress) in enumerate([*_CROWD, *(_LARGE_CROWD if many else [])], 1):
        for number, lessons in enumerate(progress, 1):
            name = f"{_FIRST_NAMES[(11 * place + number) % len(_FIRST_NAMES)]} Demo {place}.{number}"
            address = f"{capacity.value}-{place}-{number}@demo.example"
            yield _Person(address, name, capacity, organisation, lessons)


def sign_ins(settings: Settings) -> list[str]:
    """Lines for the terminal: who can sign in where."""
    return [
        f"Demo: sign in at {settings.base_url}/sv/sign-in/password with the password {PASSWORD}",
        *(f"  {person.email:32} {'administrator' if person.is_administrator else 'learner'}" for person in NAMED),
    ]


def load_demo(db: Session, app: Flask, *, many: bool = False) -> bool:
    """Load the demonstration unless it is there. True: it was loaded now. The caller commits.

    Everybody has come to rest long enough ago to be counted, so that reports have figures at once.
    """
    if db.scalar(select(Learner.id).where(Learner.is_demo).limit(1)) is not None:
        return False
    recorder: Recorder = app.extensions["samverkan.recorder"]
    start = time_now() - timedelta(days=_DAYS)
    organisations = {}
    for name, kind in ORGANISATIONS.items():
        organisation = db.scalar(select(Organisation).where(Organisation.name == name))
        if organisation is None:
            organisation = Organisation(name=name, kind=kind, created_at=start)
            db.add(organisation)
        organisations[name] = organisation
    people = [*_people(many)]
    apart = timedelta(days=_DAYS - 45) / len(people)
    for number, person in enumerate(people):
        learner = Learner(
            created_at=start,
            email=person.email,
            name=person.name,
            capacity=person.capacity,
            organisation=organisations[person.organisation],
            organisation_kind=ORGANISATIONS[person.organisation],
            is_administrator=person.is_administrator,
            is_demo=True,
        )
        db.add(learner)
        if person in NAMED:
            set_password(db, learner, PASSWORD)
        db.flush()
        at = start + apart * number
        for lesson in islice(recorder.course.core_lessons, person.lessons):
            take_lesson(db, learner, recorder, lesson, now=at)
            at += timedelta(minutes=lesson.info.minutes.solo)
        if person.lessons == len(recorder.course.core_lessons) and number % 4:
            issue(db, learner, recorder.course, now=at)
    return True


def take_lesson(db: Session, learner: Learner, recorder: Recorder, lesson: Lesson, *, now: datetime) -> None:
    """Open a lesson and answer everything in it, rightly."""
    desk = begin(db, learner, recorder, language="sv", now=now)
    open_lesson(db, desk, lesson)
    for activity_id in lesson.info.activities:
        activity = lesson.activities["sv"][activity_id]
        state = state_of(db, desk.registration.id, lesson.id, activity_id)
        attempt = state.attempt if state is not None else 1
        if isinstance(activity, Scenario):
            for node_id, option_id in _way(activity):
                answer_item(db, desk, lesson, activity_id, node_id, [option_id], attempt=attempt)
        elif isinstance(activity, KnowledgeCheck):
            _take_check(db, desk, lesson, activity_id, activity, attempt)
        else:
            hand_in(db, desk, lesson, activity_id, right_response(activity), attempt=attempt)


def _take_check(db: Session, desk: Desk, lesson: Lesson, activity_id: str, check: KnowledgeCheck, attempt: int) -> None:
    right = {question.id: [option.id for option in question.options if option.right] for question in check.questions}
    for question_id in begin_paper(db, desk, lesson, activity_id, attempt=attempt).data["drawn"]:
        answer_item(db, desk, lesson, activity_id, question_id, right[question_id], attempt=attempt)


def _way(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """The way through with the most support, or the first option where none has more."""
    nodes = {node.id: node for node in scenario.nodes}
    here: str | None = scenario.nodes[0].id
    while here is not None:
        options = nodes[here].options
        option = next((one for one in options if one.supported), options[0])
        yield here, option.id
        here = option.next


def right_response(activity: Activity) -> Any:
    """A response in which everything is right; None for what stays in the browser."""
    match activity:
        case Sort() | Match() | Matrix():
            return {card.id: card.accepts[0] for card in activity.cards}
        case Order():
            return [item.id for item in activity.items]
        case Cases() | Quick():
            return {case.id: case.accepts[0] for case in activity.cases}
        case Choice():
            return next((option.id for option in activity.options if option.right), activity.options[0].id)
    return None
