"""What somebody who signs in does, step by step."""

import re
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.conftest import Mails, Visitor
from tracker.auth.models import SignInLink
from tracker.learners.models import Learner

__all__ = [
    "KARIN",
    "ask_for_link",
    "count_of_links",
    "heading",
    "lessons_left",
    "look",
    "sign_in_by_link",
    "signed_in_as",
]

KARIN = "karin@alvbro.example"


def ask_for_link(visitor: Visitor, mails: Mails, email: str, *, keep: bool = True, **more: Any) -> str:
    """The path of the link that came by mail."""
    response = visitor.post("/sv/sign-in", {"email": email, **({"keep": "y"} if keep else {}), **more})
    assert response.status_code == 302, response.text
    return mails.last_link()


def sign_in_by_link(visitor: Visitor, mails: Mails, email: str, **more: Any) -> TestResponse:
    return visitor.post(ask_for_link(visitor, mails, email, **more), {"remember": "y"})


def signed_in_as(visitor: Visitor) -> str | None:
    """The address on the page with one's details; None for a guest or a stranger."""
    page = visitor.get("/sv/profile")
    found = re.search(r"<dd>([^<]+@[^<]+)</dd>", page.text)
    return found[1] if page.status_code == 200 and found else None


def lessons_left(visitor: Visitor) -> int:
    """As the page about the certificate says; 0 when the course is complete."""
    page = visitor.get("/sv/certificate")
    assert page.status_code == 200, page.status_code
    found = re.search(r"(\d+) lektion(?:er)? är kvar", page.text)
    return int(found[1]) if found else 0


def count_of_links(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(SignInLink)) or 0


def look(db: Session, email: str = KARIN) -> Learner | None:
    db.rollback()
    found = db.scalar(select(Learner).where(Learner.email == email).execution_options(populate_existing=True))
    db.commit()
    return found


def heading(answer: TestResponse) -> str:
    found = re.search(r"<h1>([^<]+)</h1>", answer.text)
    assert found, answer.text
    return found[1]
