"""All that is stored about somebody, as tables that a person can read: for her own page and for a records extract."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask_babel import format_date, format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.documents import Kind as DocumentKind
from lrs_adapter.erasure import documents_of, statements_of
from tracker.audit import queries as audit
from tracker.audit.models import Action
from tracker.audit.wording import ACTIONS
from tracker.certificates.models import Certificate, ImportedCertificate
from tracker.groups.models import Attendance, Group, Meeting, Member, Presence
from tracker.i18n import _, current_language
from tracker.launch.models import LaunchRegistration
from tracker.launch.wording import text_in
from tracker.learners.labels import CAPACITIES, ORGANISATION_KINDS
from tracker.learners.models import Learner, SignIn
from tracker.people.wording import ROLES
from tracker.privacy.answers import exercises, lesson_titles, title_of
from tracker.privacy.identity import Identity
from tracker.progress.models import ActivityResult, LessonProgress
from tracker.reports.models import SavedView
from tracker.reports.wording import often

__all__ = ["Section", "sections_of"]

Cell = str
MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Section:
    """``personal``: the columns that say who it is; ``more``: how many rows there are beside those shown."""

    id: str
    title: str
    intro: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    personal: frozenset[int] = frozenset()
    more: int = 0
    personal_rows: frozenset[int] | None = None
    """Only in these rows; None: in all."""


def sections_of(
    db: Session, learner: Learner, who: Identity, course: Course, *, most: int | None = MOST_SHOWN
) -> list[Section]:
    """:param most: Statements; None for all of them."""
    found = [
        _account(learner),
        _sign_ins(db, who),
        _lessons(db, who, course),
        _answers(db, who, course),
        _groups(db, who),
        _attendance(db, who),
        _certificates(db, who),
        _imported(db, who),
        _views(db, who),
        _statements(db, who, most),
        _documents(db, who),
        _seen_by(db, learner),
    ]
    return [one for one in found if one.rows]


def moment(value: datetime | None) -> str:
    return str(format_datetime(value, "yyyy-MM-dd HH:mm")) if value is not None else ""


def day(value: date | None) -> str:
    return str(format_date(value, "yyyy-MM-dd")) if value is not None else ""


def _account(learner: Learner) -> Section:
    rows = [
        (_("E-mail address"), learner.email),
        (_("Name"), learner.name),
        (_("Capacity"), CAPACITIES[learner.capacity] if learner.capacity else None),
        (
            _("Kind of organisation"),
            ORGANISATION_KINDS[learner.organisation_kind] if learner.organisation_kind else None,
        ),
        (_("Organisation"), learner.organisation.name if learner.organisation else None),
        (_("Password"), _("Chosen, stored scrambled") if learner.password_hash else None),
        (_("Role on the site"), ROLES[learner.staff_role] if learner.staff_role else None),
        (_("Began"), moment(learner.created_at)),
        (_("Last seen"), moment(learner.last_seen_on)),
        (_("Random number"), str(learner.account)),
    ]
    stored = [[words, str(value)] for words, value in rows if value]
    says_who = {_("E-mail address"), _("Name"), _("Random number")}
    return Section(
        "account",
        _("Account and details"),
        _("What you have told us, and the random number under which your steps are recorded."),
        [_("What"), _("Stored")],
        stored,
        frozenset({1}),
        personal_rows=frozenset(number for number, (words, _value) in enumerate(stored) if words in says_who),
    )


def _sign_ins(db: Session, who: Identity) -> Section:
    query = select(SignIn).where(SignIn.learner_id == who.learner_id).order_by(SignIn.started_at)
    return Section(
        "sign-ins",
        _("Where you are signed in"),
        "",
        [_("Browser"), _("Since"), _("Last seen")],
        [[one.browser or _("Unknown browser"), moment(one.started_at), day(one.seen_on)] for one in db.scalars(query)],
    )


def _lessons(db: Session, who: Identity, course: Course) -> Section:
    titles = lesson_titles(course, current_language())
    query = select(LessonProgress).where(LessonProgress.registration_id.in_(who.registrations))
    return Section(
        "lessons",
        _("Lessons"),
        "",
        [_("Lesson"), _("Opened"), _("Completed"), _("Alone or in a group"), _("Course version")],
        [
            [
                titles.get(one.lesson_id, one.lesson_id),
                moment(one.started_at),
                moment(one.completed_at),
                (_("In a group") if one.meeting_id else _("Alone")) if one.completed_at else "",
                one.course_version,
            ]
            for one in db.scalars(query.order_by(LessonProgress.started_at))
        ],
    )


def _answers(db: Session, who: Identity, course: Course) -> Section:
    lessons, done = lesson_titles(course, current_language()), exercises(course, current_language())
    query = select(ActivityResult).where(ActivityResult.registration_id.in_(who.registrations))
    return Section(
        "answers",
        _("Answers in the exercises"),
        _("The answers themselves are in the file. Reflections, self-ratings and plans are in your browser only."),
        [_("Lesson"), _("Exercise"), _("Tries"), _("Right"), _("When")],
        [
            [
                lessons.get(one.lesson_id, one.lesson_id),
                title_of(done.get((one.lesson_id, one.activity_id)), one.activity_id),
                str(one.attempts),
                "" if one.success is None else (_("Yes") if one.success else _("No")),
                moment(one.answered_at),
            ]
            for one in db.scalars(query.order_by(ActivityResult.answered_at))
        ],
    )


def _groups(db: Session, who: Identity) -> Section:
    query = select(Member, Group).join(Group, Group.id == Member.group_id).where(Member.id.in_(who.members))
    return Section(
        "groups",
        _("Study circles"),
        "",
        [_("Group"), _("You are called"), _("Leads"), _("Joined"), _("Left the group")],
        [
            [
                group.name,
                member.name or "",
                _("Yes") if member.is_facilitator else _("No"),
                day(member.joined_at),
                day(member.removed_at),
            ]
            for member, group in db.execute(query.order_by(Member.joined_at))
        ],
        frozenset({1}),
    )


def _attendance(db: Session, who: Identity) -> Section:
    words = {Presence.WHOLE: _("Whole meeting"), Presence.PART: _("Part"), Presence.ABSENT: _("Absent")}
    query = (
        select(Attendance, Meeting, Group)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .join(Group, Group.id == Meeting.group_id)
        .where(Attendance.member_id.in_(who.members))
        .order_by(Group.created_at, Meeting.number)
    )
    return Section(
        "attendance",
        _("Meetings"),
        "",
        [_("Group"), _("Meeting"), _("Attendance"), _("Came"), _("Left"), _("Noted")],
        [
            [
                group.name,
                str(meeting.number),
                words[one.presence],
                moment(one.arrived_at),
                moment(one.left_at),
                moment(one.marked_at),
            ]
            for one, meeting, group in db.execute(query)
        ],
    )


def _certificates(db: Session, who: Identity) -> Section:
    own = select(Certificate).where(Certificate.registration_id.in_(who.registrations)).order_by(Certificate.issued_at)
    rows = [
        [one.course["title"].get(current_language(), ""), one.code, day(one.completed_on), moment(one.issued_at)]
        for one in db.scalars(own)
    ]
    imported = select(ImportedCertificate).where(ImportedCertificate.completion_id.in_(who.launches))
    rows += [
        [text_in(one.completion.title), one.code, day(one.completion.completed_at), moment(one.issued_at)]
        for one in db.scalars(imported)
    ]
    columns = [_("Course"), _("Code"), _("Completed"), _("Made")]
    return Section("certificates", _("Certificates"), "", columns, rows, frozenset({1}))


def _imported(db: Session, who: Identity) -> Section:
    query = select(LaunchRegistration).where(LaunchRegistration.learner_id == who.learner_id)
    return Section(
        "courses",
        _("Courses from others"),
        "",
        [_("Course"), _("Begun"), _("Completed")],
        [
            [text_in(one.version.structure.title), moment(one.created_at), moment(one.satisfied_at)]
            for one in db.scalars(query.order_by(LaunchRegistration.created_at))
        ],
    )


def _views(db: Session, who: Identity) -> Section:
    query = select(SavedView).where(SavedView.learner_id == who.learner_id).order_by(SavedView.name)
    return Section(
        "views",
        _("Saved reports"),
        "",
        [_("Name"), _("Saved"), _("Mail")],
        [[one.name, moment(one.created_at), often(one.frequency)] for one in db.scalars(query)],
    )


def _statements(db: Session, who: Identity, most: int | None) -> Section:
    every = list(statements_of(db, who.agents, [*who.registrations, *who.launches]))
    shown = every if most is None else every[-most:]
    return Section(
        "statements",
        _("Recorded steps (xAPI Statements)"),
        _("Under your random number, never under your name. The file has all of them in full."),
        [_("When"), _("Verb"), _("What")],
        [[one["timestamp"], _name(one["verb"].get("display"), one["verb"]["id"]), _object(one)] for one in shown],
        more=len(every) - len(shown),
    )


def _object(statement: Mapping[str, Any]) -> str:
    target = statement["object"]
    return _name(target.get("definition", {}).get("name"), target.get("id", target.get("objectType", "")))


def _name(words: Mapping[str, str] | None, otherwise: str) -> str:
    if not words:
        return otherwise
    language = current_language()
    return next((text for tag, text in words.items() if tag.startswith(language)), next(iter(words.values())))


def _documents(db: Session, who: Identity) -> Section:
    found = documents_of(db, who.agents, [*who.registrations, *who.launches])
    words: Mapping[str, str] = {
        DocumentKind.STATE: _("State"),
        DocumentKind.ACTIVITY_PROFILE: _("Activity profile"),
        DocumentKind.AGENT_PROFILE: _("Agent profile"),
    }
    return Section(
        "documents",
        _("What parts of courses from others have put aside"),
        "",
        [_("Kind"), _("Name"), _("Bytes"), _("Changed")],
        [[words.get(one.kind, one.kind), one.document_id, str(len(one.content)), moment(one.updated)] for one in found],
    )


def _seen_by(db: Session, learner: Learner) -> Section:
    return Section(
        "log",
        _("What others have done with your data"),
        _("Administrators and facilitators. Whoever is responsible for the site can tell you who it was."),
        [_("When"), _("What")],
        list(_entries(audit.about(db, learner))),
    )


def _entries(found: Iterable[Any]) -> Iterator[list[str]]:
    known = set(Action)
    for one in found:
        yield [moment(one.at), str(ACTIONS[Action(one.action)]) if one.action in known else one.action]
