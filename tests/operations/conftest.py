"""The administrator's page about how the server is doing, as it is read."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from tests.conftest import Visitor, signed_in
from tests.tracker.servers import free_port
from tracker.learners.models import Learner

PAGE = "/sv/admin/operations"


@pytest.fixture
def chief(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="chef@region.example", is_administrator=True)


@pytest.fixture
def look(chief: Learner) -> Callable[[Flask], dict[str, str]]:
    """What the page says of each thing, and of which colour it is."""

    def at(app: Flask) -> dict[str, str]:
        page = visitor_of(app, chief).get(PAGE).text
        found = re.findall(r'<li class="block lrs">(.*?)</li>', page, re.DOTALL)
        said = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]
        colours = ("Som det ska", "Bra att veta", "Behöver åtgärdas")
        return dict(re.split(f"(?=(?:{'|'.join(colours)}))", one, maxsplit=1) for one in said)  # type: ignore[misc]

    def stripped(app: Flask) -> dict[str, str]:
        return {name.strip(): words for name, words in at(app).items()}

    return stripped


def visitor_of(app: Flask, chief: Learner) -> Visitor:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(chief)
    return Visitor(client)


class _Refusing:
    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        return "550 no such person"


@pytest.fixture
def refusing() -> Iterator[str]:
    """A mail server that takes nothing."""
    port = free_port()
    controller = Controller(_Refusing(), hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()
