"""The time now, in one place: services are handed it, only views and commands ask for it."""

from datetime import UTC, datetime

__all__ = ["now"]


def now() -> datetime:
    return datetime.now(UTC)
