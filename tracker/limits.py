"""How often the same visitor may ask for something that costs, or that could be guessed."""

import time
from collections.abc import Callable
from math import ceil

from flask import abort
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many

__all__ = ["count", "exhausted", "limiter", "too_often", "within"]

limiter = Limiter(get_remote_address, storage_uri="memory://", default_limits=[])


def within(limit: str, what: str, who: str | None = None) -> bool:
    """Count one more ``what``; False when that was too many.

    ``limit`` is in the words of the limits library: ``"5/minute;20/hour"``. ``who``: the visitor's network address
    where nothing else is said.
    """
    if not limiter.enabled:
        return True
    return all(limiter.limiter.hit(each, what, who or get_remote_address()) for each in parse_many(limit))


def exhausted(limit: str, what: str, who: str | None = None) -> bool:
    """Whether the next one would be too many. Counts nothing."""
    if not limiter.enabled:
        return False
    return not all(limiter.limiter.test(each, what, who or get_remote_address()) for each in parse_many(limit))


def count(limit: str, what: str) -> None:
    """:raises TooManyRequests: 429, when there were too many from this network address."""
    if not within(limit, what):
        abort(429)


def too_often(limit: str) -> Callable[[str], tuple[str, int] | None]:
    """What the LRS asks before each request: the limit and the seconds to wait, when this one has asked too often.

    Each worker process counts for itself.
    """
    items = parse_many(limit)

    def check(who: str) -> tuple[str, int] | None:
        if not limiter.enabled:
            return None
        for item in items:
            if not limiter.limiter.hit(item, "xapi", who):
                wait = limiter.limiter.get_window_stats(item, "xapi", who).reset_time - time.time()
                return str(item), max(1, ceil(wait))
        return None

    return check
