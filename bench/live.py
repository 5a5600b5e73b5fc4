"""Study circles that sit at the same time: from a facilitator's press to the last device in the room.

``python -m bench.live [--groups 100] [--seconds 60]`` makes the groups in a database of its own, starts ``samverkan
serve``, and lets every device behave as ``static/js/live.js`` does: it asks the tiny address every 700 ms or so, and
fetches its own page when something has changed. Facilitators press Next at moments of their own. A device has seen a
press when it has received a page that is at least as new.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from course.loader import load_course
from tests.tracker.servers import free_port, running
from tracker.app import create_app
from tracker.clock import now
from tracker.config import read_settings
from tracker.db import db
from tracker.groups import joining, leading, services
from tracker.groups.models import Group, Pacing
from tracker.learners.models import Learner, SignIn
from tracker.learners.services import create_guest
from tracker.learning.desk import Recorder, begin
from tracker.migrations import upgrade
from tracker.progress.projection import projection_of

SECRET = "a-secret-for-the-benchmark-that-is-long"
EVERY = 0.7
PRESSES_EVERY = 15.0
PHONES = 6
"""With the facilitator's page and the shared screen a room has eight devices."""


@dataclass
class Room:
    devices: list["Device"] = field(default_factory=list)
    pressed: dict[int, float] = field(default_factory=dict)
    """Revision -> when the facilitator pressed."""


@dataclass
class Device:
    room: Room
    page: str
    cookie: str
    live: str = ""
    revision: int = -1
    token: str = ""
    slide: str = ""
    move: str = ""
    seen: dict[int, float] = field(default_factory=dict)


def make_rooms(app: Flask, count: int) -> list[Room]:
    made: list[tuple[Group, Learner, list[Learner]]] = []
    recorder = Recorder(load_course(), "http://localhost", projection_of(load_course().info.iri))
    with app.app_context():
        for number in range(count):
            facilitator = Learner(email=f"leader{number}@bench.example", created_at=now())
            db.session.add(facilitator)
            db.session.flush()
            desk = begin(db.session, facilitator, recorder, language="sv", now=now())
            group = services.start_group(
                db.session,
                desk,
                name=f"Group {number}",
                facilitator_name="Leader",
                municipality=None,
                pacing=Pacing.A,
            )
            members = []
            for phone in range(PHONES):
                guest = create_guest(db.session, now=now())
                seat = begin(db.session, guest, recorder, language="sv", now=now())
                joining.join(db.session, group, seat, name=f"Member {phone}")
                members.append(guest)
            leading.open_meeting(db.session, group.meetings[0], group.members[0], now=now())
            db.session.commit()
            made.append((group, facilitator, members))
        keys = [
            (str(group.id), _signed_in(facilitator), [_signed_in(member) for member in members])
            for group, facilitator, members in made
        ]
        db.session.commit()
    return [_room(app, *one) for one in keys]


def _signed_in(learner: Learner) -> str:
    """What the cookie of a new sign-in holds."""
    row = SignIn(id=uuid.uuid4(), learner_id=learner.id, started_at=now(), seen_on=now().date())
    db.session.add(row)
    return str(row.id)


def _room(app: Flask, group_id: str, facilitator: str, members: list[str]) -> Room:
    """Made by their sign-in keys."""
    room = Room()
    meeting = f"/sv/groups/{group_id}/meetings/1"
    cookie, page = _visit(app, facilitator, meeting)
    lead = Device(room, meeting, cookie, move=f"{meeting}/move")
    lead.token = _find(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    screen = Device(room, _find(r'href="(/sv/s/[^"]+)"', page), "")
    room.devices = [lead, screen]
    for member in members:
        cookie, _page = _visit(app, member, f"/sv/groups/{group_id}/now")
        room.devices.append(Device(room, f"/sv/groups/{group_id}/now", cookie))
    for device in room.devices:
        device.live = _find(r'data-live="([^"]+)"', page)
    return room


def _visit(app: Flask, key: str, address: str) -> tuple[str, str]:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = key, True
    answer = client.get(address)
    if answer.status_code != 200:
        raise LookupError(f"{address}: {answer.status} {answer.location}")
    page = answer.text
    kept = (client.get_cookie("samverkan"), client.get_cookie("samverkan_device"))
    return "; ".join(f"{one.key}={one.value}" for one in kept if one), page


def _find(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise LookupError(pattern)
    return found[1]


class Line:
    """One kept-alive connection, which is what a browser has."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, address: str, cookie: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        for attempt in (1, 2):
            try:
                return await self._ask(address, cookie, form)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.streams = None
                if attempt == 2:
                    raise
        raise AssertionError

    async def _ask(self, address: str, cookie: str, form: dict[str, str] | None) -> tuple[int, bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        body = urlencode(form).encode() if form is not None else b""
        head = f"{'GET' if form is None else 'POST'} {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        if form is not None:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        status = int((await reader.readline()).split()[1])
        length = 0
        while (line := await reader.readline()) not in {b"\r\n", b""}:
            name, _colon, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"connection" and b"close" in value:
                self.streams = None
        return status, await reader.readexactly(length) if length else b""


async def follow(device: Device, port: int, until: float) -> None:
    line = Line(port)
    await asyncio.sleep(random.uniform(0, EVERY))
    while time.monotonic() < until:
        status, _body = await line.ask(f"{device.live}/{device.revision}", "")
        if status == 200:
            await fetch(device, line)
        await asyncio.sleep(EVERY * random.uniform(0.85, 1.15))


async def fetch(device: Device, line: Line) -> None:
    _status, body = await line.ask(device.page, device.cookie)
    found = re.search(rb'data-revision="(\d+)"', body)
    assert found, body[:300]
    device.revision = int(found[1])
    device.seen[device.revision] = time.monotonic()
    if device.move:
        slide = re.search(rb'name="seen" value="([^"]+)"', body)
        assert slide
        device.slide = slide[1].decode()


async def press(room: Room, port: int, until: float) -> None:
    line, device = Line(port), room.devices[0]
    await asyncio.sleep(random.uniform(10, 10 + PRESSES_EVERY))  # all pages are fetched at once in the beginning
    while time.monotonic() < until - 5:
        if device.slide:
            begun, before = time.monotonic(), device.revision
            form = {"csrf_token": device.token, "seen": device.slide, "to": "next"}
            status, _body = await line.ask(device.move, device.cookie, form)
            if status == 302:
                room.pressed[before + 1] = begun
                await fetch(device, line)
        await asyncio.sleep(PRESSES_EVERY * random.uniform(0.7, 1.3))


async def run(rooms: list[Room], port: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    tasks = [follow(device, port, until) for room in rooms for device in room.devices]
    await asyncio.gather(*tasks, *(press(room, port, until) for room in rooms))


def delays(rooms: list[Room]) -> tuple[list[float], int]:
    """Seconds from a press to each device, and how many devices never saw one."""
    found, missed = [], 0
    for room in rooms:
        for revision, begun in room.pressed.items():
            for device in room.devices:
                when = [at for seen, at in device.seen.items() if seen >= revision]
                if when:
                    found.append(min(when) - begun)
                else:
                    missed += 1
    return found, missed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.live")
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", default="2")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="samverkan-live-"))
    try:
        settings = {
            "SAMVERKAN_INSTANCE": str(folder),
            "SAMVERKAN_SECRET_KEY": SECRET,
            "SAMVERKAN_BASE_URL": "http://localhost",
        }
        app_settings = read_settings(settings)
        upgrade(app_settings.database_url)
        rooms = make_rooms(create_app(app_settings), asked.groups)
        port = free_port()
        with running(folder, port, "--workers", asked.workers, secret_key=SECRET):
            asyncio.run(run(rooms, port, asked.seconds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found, missed = delays(rooms)
    presses = sum(len(room.pressed) for room in rooms)
    devices = sum(len(room.devices) for room in rooms)
    cuts = statistics.quantiles(found, n=100)
    print(
        f"{asked.groups} groups, {devices} devices, {presses} presses in {asked.seconds:.0f} s, {os.cpu_count()} cores"
    )
    print(
        f"from press to seen: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s, most {max(found):.2f} s"
    )
    print(f"never seen: {missed}")
    sys.exit(1 if missed or cuts[94] > 1 else 0)


if __name__ == "__main__":
    main()
