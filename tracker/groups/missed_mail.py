"""One mail, when a meeting is first closed, to those with an account who have something of it left to do.

It says nothing of the group, of who was there or of whom it is to: the link is the same for everybody.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, render_template, url_for
from flask_babel import force_locale
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.config import Settings
from tracker.errors import MailNotSent
from tracker.groups.missing import lessons_of
from tracker.groups.models import Meeting, Member, Presence
from tracker.i18n import _
from tracker.mail import Outbound, send
from tracker.progress.queries import overview

__all__ = ["MissedMail", "missed_mail"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MissedMail:
    """``addresses``: one for each mail. It needs no database to be sent."""

    addresses: tuple[str, ...]
    subject: str
    text: str

    def send(self, settings: Settings) -> int:
        """How many were sent. A mail server that does not answer is asked once: nobody waits for twenty refusals."""
        for sent, address in enumerate(self.addresses):
            letter = Outbound(to=address, subject=self.subject, text=self.text, settings=settings)
            try:
                send(letter, settings)
            except MailNotSent as error:
                log.error("Mail about a missed meeting not sent: %s", error)
                return sent
        return len(self.addresses)


def missed_mail(db: Session, meeting: Meeting, course: Course, *, by: Member) -> MissedMail:
    """To nobody after a correction or a rehearsal. ``by`` has closed the meeting and sees the link there."""
    addresses = [] if meeting.corrections or meeting.group.is_rehearsal else list(_addresses(db, meeting, course, by))
    settings: Settings = current_app.extensions["samverkan.settings"]
    language = meeting.group.language
    with force_locale(language):
        link = url_for("groups_missed.alone", held_id=meeting.id, language=language)
        text = render_template("groups/missed_mail.txt", meeting=meeting, address=settings.base_url + link)
        subject = _("Do meeting %(number)s when it suits you", number=meeting.number)
    return MissedMail(tuple(addresses), subject, text)


def _addresses(db: Session, meeting: Meeting, course: Course, by: Member) -> Iterator[str]:
    did = {lesson.id for lesson in lessons_of(course, meeting)}
    for row in sorted(meeting.attendance, key=lambda row: row.member_id):
        member = row.member
        learner = member.registration.learner if member.registration is not None else None
        if learner is None or learner.email is None or member.removed_at is not None or member.id == by.id:
            continue
        if row.presence is not Presence.WHOLE and did - overview(db, learner, course).lessons_done:
            yield learner.email
