"""Statements of 1.1 kB such as a course sends them: 1,000 learners, 50 lessons, 5 verbs."""

import itertools
import os
from collections.abc import Callable
from uuid import UUID, uuid5

import orjson

__all__ = [
    "ACTIVITIES",
    "ACTORS",
    "HOME_PAGE",
    "VERBS",
    "activity_id",
    "actor",
    "make_batches",
    "make_singles",
    "registration",
]

HOME_PAGE = "https://accounts.bench.example"
COURSE = "https://course.bench.example/course"
VERBS = tuple(
    f"http://adlnet.gov/expapi/verbs/{name}" for name in ("answered", "attempted", "completed", "experienced", "passed")
)
ACTORS, ACTIVITIES = 1_000, 50
_NAMESPACE = UUID("5b7a4d1e-3c52-4a0f-9d7b-4a3e0b6f2c11")


def actor(number: int) -> dict[str, object]:
    return {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": f"learner-{number:08d}"}}


def activity_id(number: int) -> str:
    return f"{COURSE}/module/{number % 7}/lesson/{number}"


def registration(number: int) -> str:
    return str(uuid5(_NAMESPACE, str(number)))


def build(number: int, statement_id: str) -> dict[str, object]:
    who, what, verb = number % ACTORS, number % ACTIVITIES, VERBS[number % len(VERBS)]
    return {
        "id": statement_id,
        "actor": actor(who),
        "verb": {"id": verb, "display": {"en": verb.rsplit("/", 1)[1], "sv": "gjorde"}},
        "object": {
            "objectType": "Activity",
            "id": activity_id(what),
            "definition": {
                "type": "http://adlnet.gov/expapi/activities/lesson",
                "name": {"en": f"Lesson {what}: who decides", "sv": f"Lektion {what}: vem bestämmer"},
                "description": {
                    "en": "What is agreed before the work begins.",
                    "sv": "Vad man kommer överens om först.",
                },
            },
        },
        "result": {"score": {"scaled": 0.85, "raw": 85, "min": 0, "max": 100}, "success": True, "duration": "PT4M31S"},
        "context": {
            "registration": registration(who),
            "contextActivities": {
                "parent": [{"id": f"{COURSE}/module/{what % 7}"}],
                "grouping": [{"id": COURSE}],
            },
            "language": "sv",
            "extensions": {"https://course.bench.example/extensions/version": "1.4.2"},
        },
        "timestamp": f"2026-11-02T08:{number % 60:02d}:15.123Z",
    }


def _ids() -> Callable[[], bytes]:
    """Ids that nobody else makes, for next to nothing."""
    start, numbers = os.urandom(7).hex(), itertools.count()

    def fresh() -> bytes:
        return f"{start[:8]}-{start[8:12]}-4{start[12:14]}0-8000-{next(numbers):012x}".encode()

    return fresh


_PLACE = "00000000-0000-4000-8000-000000000000"


def _request(body_parts: list[bytes], ids: list[bytes], headers: bytes) -> bytes:
    body = b"".join(itertools.chain.from_iterable(zip(body_parts, [*ids, b""], strict=True)))
    return b"%bContent-Length: %d\r\n\r\n%b" % (headers, len(body), body)


def make_singles(headers: bytes) -> Callable[[], bytes]:
    """Requests with one new Statement each."""
    bodies = [orjson.dumps(build(number, _PLACE)).split(_PLACE.encode()) for number in range(ACTORS)]
    turn, fresh = itertools.cycle(bodies), _ids()
    return lambda: _request(next(turn), [fresh()], headers)


def make_batches(headers: bytes, size: int = 100, *, same: bool = False) -> Callable[[], bytes]:
    """Requests with ``size`` new Statements each. ``same``: all about one Activity and Actor."""
    bodies = []
    for first in range(0, ACTORS, size):
        numbers = [0] * size if same else range(first, first + size)
        bodies.append(orjson.dumps([build(number, _PLACE) for number in numbers]).split(_PLACE.encode()))
    turn, fresh = itertools.cycle(bodies), _ids()
    return lambda: _request(next(turn), [fresh() for _ in range(size)], headers)
