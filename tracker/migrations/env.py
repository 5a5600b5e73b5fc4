"""Run by Alembic."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine

from tracker.migrations.env_metadata import METADATA


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """A migration says what stands in the database, not which of our classes it was that day."""
    if kind == "type" and type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
