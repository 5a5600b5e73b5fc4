"""The meetings as a calendar file (RFC 5545). It goes to many, and holds no name of a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from tracker.groups.models import Group, Meeting
from tracker.i18n import _, current_language

__all__ = ["calendar_of"]

SWEDEN = ZoneInfo("Europe/Stockholm")
WITHOUT_AN_END = timedelta(hours=2)


def calendar_of(
    group: Group, meetings: Iterable[tuple[Meeting, str]], *, course: str, address: str, now: datetime
) -> bytes:
    """
    :param meetings: each with its title. Those without a time are left out.
    :param course: what the course is called.
    :param address: of the page where a member finds the group.
    """
    calendar = Calendar.new(
        prodid="-//Samverkan//Study circle//EN", name=group.name, language=current_language(), method="PUBLISH"
    )
    for meeting, title in meetings:
        if meeting.starts_at is not None:
            calendar.add_component(_event(meeting, title, meeting.starts_at, course=course, address=address, now=now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(meeting: Meeting, title: str, starts_at: datetime, *, course: str, address: str, now: datetime) -> Event:
    """A meeting keeps its UID for ever; when it is moved, a calendar that has it takes the new time (SEQUENCE)."""
    ends_at = meeting.ends_at or starts_at + WITHOUT_AN_END
    return Event.new(
        uid=f"{meeting.id}@samverkan",
        sequence=meeting.moved,
        stamp=now,
        start=starts_at.astimezone(SWEDEN),
        end=ends_at.astimezone(SWEDEN),
        summary=_("Meeting %(number)s: %(title)s", number=meeting.number, title=title),
        description=f"{course}\n{address}",
        location=meeting.location,
        url=address,
    )
