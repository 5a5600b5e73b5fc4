"""Statements -> progress."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session


def apply_statements(db: Session, stored: Sequence[Any]) -> None:
    """Placeholder until the store lands."""
