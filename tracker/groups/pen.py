"""Who writes about which meeting, and what has been written about it before."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from course.iri import meeting_of, place_of
from course.schema import Course, Language
from lrs_adapter.statements import Account
from lrs_adapter.store import INTERNAL, Stored, iterate, void_all, voided_among
from lrs_adapter.vocabulary import ATTENDED, COMPLETED, VOIDED
from tracker.groups.models import Meeting, Member
from tracker.learning.desk import Desk, Recorder
from tracker.learning.recording import Together, Writer
from tracker.registrations.models import Registration

__all__ = ["Json", "Outcome", "Pen", "is_credit", "meaning", "moment_of"]

Json = dict[str, Any]


@dataclass
class Outcome:
    """How many Statements were recorded and voided, how many people finished the course, and certificates lost."""

    issued: int = 0
    voided: int = 0
    finished: int = 0
    withdrawn: int = 0


@dataclass
class Pen:
    """``by`` is the facilitator who closes the meeting."""

    db: Session
    meeting: Meeting
    recorder: Recorder
    by: Member
    now: datetime
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.recorder.course, self.recorder.home_page, self._counting(self.recorder.on_stored))

    def _counting(self, on_stored: Callable[[Session, list[Stored]], None]) -> Callable[[Session, list[Stored]], None]:
        def count(db: Session, stored: list[Stored]) -> None:
            voids = sum(one.statement["verb"]["id"] == VOIDED.id for one in stored)
            self.outcome.voided += voids
            self.outcome.issued += len(stored) - voids
            on_stored(db, stored)

        return count

    @property
    def course(self) -> Course:
        return self.recorder.course

    @property
    def language(self) -> Language:
        return "en" if self.meeting.group.language == "en" else "sv"

    @property
    def at(self) -> datetime:
        """When what is credited was done: at the end of the meeting, and never in the future."""
        return min(self.meeting.held_to or self.now, self.now)

    @property
    def together(self) -> Together:
        leader = self.by.registration
        return Together(
            team=self.meeting.group.account,
            meeting=self.meeting.id,
            number=self.meeting.number,
            instructor=leader.account if leader is not None else None,
            correction=self.meeting.corrections,
        )

    def desk(self, registration: Registration) -> Desk:
        return Desk(self.recorder, registration, self.language, self.now, self.together, self.at)

    @property
    def group_writer(self) -> Writer:
        """The group itself is the Actor."""
        group = self.meeting.group
        return Writer(
            course=self.course,
            home_page=self.recorder.home_page,
            registration=group.registration,
            account=group.account,
            language=self.language,
            now=self.at,
            together=self.together,
            is_group=True,
        )

    def record(self, statements: Iterable[Json]) -> None:
        leader = self.by.registration
        assert leader is not None
        self.desk(leader).record(self.db, statements)

    def void(self, statements: Iterable[Json]) -> None:
        ids = [UUID(one["id"]) for one in statements]
        if not ids:
            return
        leader = self.by.registration
        account = leader.account if leader is not None else self.meeting.group.account
        void_all(
            self.db,
            ids,
            actor=Account(self.recorder.home_page, str(account)),
            authority=INTERNAL,
            now=self.now,
            on_stored=self.recorder.on_stored,
        )

    def said(self, registrations: Collection[UUID]) -> list[Json]:
        """What has been recorded under these registrations and holds."""
        found = [
            one
            for registration in registrations
            for one in iterate(self.db, authority=INTERNAL, registration=registration)
        ]
        voided = voided_among(self.db, [one.statement_id for one in found], authority=INTERNAL)
        return [one.statement for one in found if one.statement_id not in voided]

    def is_here(self, statement: Json) -> bool:
        """Is it about this meeting?"""
        around = statement.get("context", {}).get("contextActivities", {}).get("grouping", [])
        places = [statement["object"].get("id", ""), *(activity["id"] for activity in around)]
        return any(meeting_of(self.course.info.iri, place) == self.meeting.id for place in places)


def is_credit(course: str, statement: Json) -> bool:
    """That somebody was there, or has completed a lesson; the rest follows from it."""
    place = place_of(course, statement["object"].get("id", ""))
    is_lesson = place is not None and place.lesson_id is not None and place.activity_id is None
    verb = statement["verb"]["id"]
    return verb == ATTENDED.id or (verb == COMPLETED.id and is_lesson)


def meaning(statement: Json) -> tuple[str, ...]:
    """What a Statement says, whichever version of the course it was and whoever led: equal where nothing differs."""
    result = orjson.dumps(statement.get("result"), option=orjson.OPT_SORT_KEYS).decode()
    actor = statement["actor"]["account"]["name"]
    registration = str(statement["context"]["registration"])
    return actor, registration, statement["verb"]["id"], statement["object"]["id"], result, statement["timestamp"]


def moment_of(statement: Json) -> datetime:
    return datetime.fromisoformat(statement["timestamp"])
