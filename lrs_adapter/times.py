"""Timestamps as xAPI writes them (xAPI 1.0.3 Data 4.5)."""

from datetime import UTC, datetime


def isoformat(moment: datetime) -> str:
    """UTC with milliseconds and ``Z``; what is finer is cut off, never rounded up into the future."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def isoformat_exact(moment: datetime) -> str:
    """UTC with microseconds and ``Z``, so that ``since`` and ``until`` can name any one stored Statement."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
