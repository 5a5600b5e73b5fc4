"""A meeting as a page shows it: where the room is, and what it sees."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from course.schema import Course, KnowledgeCheck, Language, MeetingPlan
from course.timetable import Point
from tracker.config import Settings
from tracker.groups import agreeing, leading, voting
from tracker.groups.live import live_token
from tracker.groups.models import Group, Meeting
from tracker.groups.programme import Phase, Programme, Slide, following, preceding
from tracker.groups.showing import Shown, shown

__all__ = ["Room", "live_address", "revision_of"]


def live_address(group: Group) -> str:
    """The address that devices ask whether something has changed."""
    return f"/live/{live_token(group.id, str(current_app.secret_key))}"


def revision_of(group: Group) -> int:
    """What that address answers. Read it before what the page shows: a page may be newer than its number, not older."""
    return sum(meeting.revision for meeting in group.meetings)


@dataclass
class Room:
    """``slide`` is what the room is at. Whoever reads it holds no lock: the next revision is a moment away."""

    db: Session
    meeting: Meeting
    course: Course
    language: Language
    revision: int = field(init=False)

    def __post_init__(self) -> None:
        self.revision = revision_of(self.meeting.group)

    @property
    def group(self) -> Group:
        return self.meeting.group

    @property
    def is_open(self) -> bool:
        return self.meeting.opened_at is not None and self.meeting.closed_at is None

    @property
    def other_is_live(self) -> bool:
        return any(one.is_live for one in self.group.meetings if one is not self.meeting)

    @cached_property
    def programme(self) -> Programme:
        return leading.programme_of(self.db, self.meeting, self.course, self.language)

    @cached_property
    def slide(self) -> Slide:
        return self.programme.at(self.meeting.slide)

    @cached_property
    def answers(self) -> dict[tuple[str, str], Any]:
        return agreeing.answers_of(self.meeting)

    @cached_property
    def plan(self) -> MeetingPlan | None:
        plans = self.course.meetings.meetings
        return next((plan for plan in plans if plan.id == self.meeting.plan_id), None)

    @cached_property
    def votes(self) -> dict[str, int] | None:
        """How the votes fell: only when the facilitator has opened them, and at least three have voted."""
        if not (self.slide.votes and self.meeting.shows_votes):
            return None
        return voting.tally(self.db, self.meeting, self.slide.key)

    @cached_property
    def shown(self) -> Shown:
        return self.showing(self.slide, votes=self.votes)

    def showing(self, slide: Slide, votes: dict[str, int] | None = None) -> Shown:
        plan = self.plan
        return shown(
            self.course,
            self.programme,
            slide,
            self.language,
            self.answers,
            task=plan.task[self.language] if plan and plan.task else "",
            local_block=plan.local_block[self.language] if plan else "",
            votes=votes,
        )

    @property
    def next_slide(self) -> Slide | None:
        return following(self.course, self.programme, self.slide.key, self.answers)

    @property
    def slide_before(self) -> Slide | None:
        return preceding(self.course, self.programme, self.slide.key, self.answers)

    @property
    def live(self) -> str:
        return live_address(self.group)

    @cached_property
    def explained(self) -> Shown:
        """What the course says about the question, for the facilitator's eyes before the screen shows it."""
        told = next((one for one in self.programme.phases_of(self.slide) if one.phase is Phase.EXPLAIN), self.slide)
        return self.showing(told)

    @property
    def answers_later(self) -> bool:
        """The group answers together in a step that is still to come; until then the leader needs the notes."""
        phases = [one.phase for one in self.shown.phases]
        if self.slide.phase is None or Phase.TOGETHER not in phases:
            return False
        return phases.index(self.slide.phase) < phases.index(Phase.TOGETHER)

    @property
    def is_multiple(self) -> bool:
        activity = self.shown.activity
        return isinstance(activity, KnowledgeCheck) and any(
            one.multiple for one in activity.questions if one.id == self.slide.item_id
        )

    @property
    def sentence(self) -> str | None:
        found = [
            one.sentence
            for one in self.meeting.answers
            if (one.lesson_id, one.activity_id) == (self.slide.lesson_id, self.slide.activity_id)
        ]
        return found[0] if found else None

    @property
    def next_activity(self) -> Slide | None:
        """The first slide of the lesson's next exercise, for a room that is short of time."""
        slides = self.programme.slides
        later = slides[slides.index(self.slide) + 1 :]
        here = (self.slide.lesson_id, self.slide.activity_id)
        return next(
            (
                one
                for one in later
                if one.activity_id and one.lesson_id == here[0] and (one.lesson_id, one.activity_id) != here
            ),
            None,
        )

    def clock_of(self, point: Point) -> datetime:
        """When a point of the agenda begins, counted from when the meeting was opened."""
        assert self.meeting.opened_at is not None
        return self.meeting.opened_at + timedelta(minutes=point.begins)

    @property
    def short_address(self) -> str:
        """As it is said aloud and typed: without ``https://``."""
        settings: Settings = current_app.extensions["samverkan.settings"]
        return settings.base_url.split("://", 1)[1]
