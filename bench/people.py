"""Made-up learners by the million, put straight into an empty PostgreSQL: what reports have to bear.

``python -m bench.people --learners 1000000 --database-url postgresql://…``. The same seed makes the same people. Of
each hundred learners there are twenty memberships of groups and, as near as chance has it, a thousand completed
lessons. Organisations are of very uneven size: a few have thousands, most have a handful.
"""

import argparse
import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final, NamedTuple

import psycopg

from course.loader import load_course
from course.schema import Course
from tracker.learners.models import Capacity, OrganisationKind

__all__ = ["NOW", "SEED", "fill", "main"]

SEED: Final = 20270204
NOW: Final = datetime(2027, 2, 4, 3, 0, tzinfo=UTC)
"""The day on which nobody takes a further step."""
_DAYS: Final = 540
_GROUP: Final = 10
"""People to a group, as many groups as make one membership for every five learners."""

_KINDS: Final = [*OrganisationKind]
_CAPACITIES: Final = [*Capacity]
_TABLES: Final = {
    "learner": "id account created_at email capacity organisation_kind organisation_id is_demo version",
    "registration": "id learner_id account course_id created_at",
    "module_progress": "registration_id module_id started_at completed_at course_version language",
    "lesson_progress": "registration_id lesson_id started_at last_at completed_at course_version meeting_id",
    "course_completion": "registration_id completed_at course_version minutes lesson_count",
    "certificate": "code registration_id course course_version form completed_on lesson_count minutes issued_at",
    "group_member": "id group_id registration_id is_facilitator joined_at approved_at",
}


class _Life(NamedTuple):
    number: int
    begun: datetime
    lessons: int
    group: int | None
    organisation: int | None
    kind: OrganisationKind | None
    capacity: Capacity | None
    language: str
    certified: bool

    @property
    def registration(self) -> uuid.UUID:
        return uuid.UUID(int=self.number, version=4)


def _lives(learners: int, lessons: int, organisations: int) -> Iterator[_Life]:
    chance = random.Random(SEED)
    weights = list(accumulate(1 / (rank + 3) ** 0.9 for rank in range(organisations)))
    # Twice a year many begin at once, as after a campaign.
    days = list(accumulate(3 if day % 180 < 40 else 1 for day in range(_DAYS)))
    groups = learners // (5 * _GROUP)
    for number in range(1, learners + 1):
        grouped = number <= groups * _GROUP
        same = random.Random(SEED + number // _GROUP) if grouped else chance
        begun = NOW - timedelta(days=1 + same.choices(range(_DAYS), cum_weights=days)[0], minutes=same.randrange(900))
        organisation = same.choices(range(organisations), cum_weights=weights)[0] if same.random() < 0.75 else None
        # People stop between two parts more often than within one.
        taken = lessons if same.random() < 0.42 else min(lessons - 1, int(chance.expovariate(1 / 3.2)))
        yield _Life(
            number=number,
            begun=begun,
            lessons=taken,
            group=number // _GROUP if grouped else None,
            organisation=organisation,
            kind=_kind(organisation) if organisation is not None else None,
            capacity=chance.choices([*_CAPACITIES, None], (22, 25, 20, 20, 6, 7))[0],
            language="en" if chance.random() < 0.06 else "sv",
            certified=chance.random() < 0.8,
        )


def _kind(organisation: int) -> OrganisationKind:
    """The largest are public bodies, and of the small ones most are associations."""
    return _KINDS[organisation % 3] if organisation < 40 else _KINDS[3 + organisation % 3]


def _rows(course: Course, life: _Life, lessons: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    registration, version = life.registration, "2026.1" if life.begun.year < 2026 else course.info.version
    last_of = {module: place for place, (module, _) in enumerate(lessons)}
    kind, capacity = life.kind and life.kind.value, life.capacity and life.capacity.value
    email = f"p{life.number}@bench.example"
    organisation = None if life.organisation is None else life.organisation + 1
    yield "learner", (life.number, registration, life.begun, email, capacity, kind, organisation, False, 1)
    yield "registration", (registration, life.number, registration, course.info.id, life.begun)
    at, started = life.begun, life.begun
    meeting = None if life.group is None else uuid.UUID(int=life.group, version=4)
    for place, (module, lesson) in enumerate(lessons[: life.lessons + 1]):
        if place == 0 or lessons[place - 1][0] != module:
            started = at
        done = None
        if place < life.lessons:
            done = at + timedelta(minutes=4 + (life.number * 7 + place * 3) % 9)
        yield "lesson_progress", (registration, lesson, at, done or at, done, version, meeting if done else None)
        if last_of[module] == place or place == life.lessons:
            yield "module_progress", (registration, module, started, done, version, life.language)
        at = (done or at) + timedelta(minutes=life.number % 5 + 1)
    if life.lessons == len(lessons):
        yield "course_completion", (registration, at, version, 140, len(lessons))
        if life.certified:
            code, form = f"BNCH-{life.number:010}", "group" if life.group is not None else "alone"
            yield "certificate", (code, registration, "{}", version, form, at.date(), len(lessons), 140, at)
    if life.group is not None:
        group = uuid.UUID(int=life.group, version=4)
        facilitates = life.number % _GROUP == 0
        yield "group_member", (life.number, group, registration, facilitates, life.begun, life.begun)


def fill(url: str, learners: int) -> dict[str, int]:
    """Rows by table. The database has the newest tables and nothing in them."""
    course = load_course()
    lessons = [(lesson.module_id, lesson.id) for lesson in course.core_lessons]
    organisations = max(20, learners // 400)
    counts = dict.fromkeys(_TABLES, 0)
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        _first(connection, course, organisations, learners)
        waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
        for life in _lives(learners, len(lessons), organisations):
            for table, row in _rows(course, life, lessons):
                waiting[table].append(row)
            if life.number % 20_000 == 0 or life.number == learners:
                for table, rows in waiting.items():
                    _copy(connection, table, rows)
                    counts[table] += len(rows)
                    rows.clear()
        for table in ("learner", "group_member", "organisation"):
            connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return counts


def _first(connection: psycopg.Connection[Any], course: Course, organisations: int, learners: int) -> None:
    with connection.cursor().copy(
        "COPY organisation (id, name, name_key, kind, parent_id, version, created_at) FROM STDIN"
    ) as copy:
        for number in range(organisations):
            # Every fourth of the small ones belongs to a larger one.
            parent = number % 40 + 1 if number >= 40 and number % 4 == 0 else None
            name = f"Organisation {number + 1}"
            copy.write_row((number + 1, name, name.casefold(), _kind(number).value, parent, 1, NOW))
    columns = "id, account, registration, course_id, course_version, name, municipality, pacing, language, created_at"
    with connection.cursor().copy(
        f"COPY study_group ({columns}, member_cap, approves_joins, keeps_texts, is_rehearsal, version) FROM STDIN"
    ) as copy:
        for number in range(learners // (5 * _GROUP) + 1):
            key = uuid.UUID(int=number, version=4)
            place = f"Kommun {number % 290 + 1}"
            kept = (key, key, key, course.info.id, course.info.version, f"Cirkel {number}", place, "a", "sv", NOW)
            copy.write_row((*kept, 20, False, False, False, 1))


def _copy(connection: psycopg.Connection[Any], table: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor().copy(f"COPY {table} ({', '.join(_TABLES[table].split())}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=100_000)
    parser.add_argument("--database-url", required=True)
    chosen = parser.parse_args()
    started = time.perf_counter()
    for table, rows in fill(chosen.database_url, chosen.learners).items():
        print(f"{table:20} {rows:>12,}")
    print(f"seed {SEED}, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
