"""How often the same visitor may ask for something that costs, or that could be guessed."""

from flask import abort
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many

__all__ = ["count", "exhausted", "limiter", "within"]

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
