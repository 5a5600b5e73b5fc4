"""One numbered history of the tables, the LRS's and the tracker's. Called from the program; there is no alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

__all__ = ["config", "is_current", "upgrade"]

HERE = Path(__file__).parent


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> None:
    """Bring the database up to date, whatever version it has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        current = is_current(connection)
    engine.dispose()
    if not current:
        command.upgrade(config(url), "head")


def is_current(connection: Connection) -> bool:
    script = ScriptDirectory(str(HERE))
    return set(MigrationContext.configure(connection).get_current_heads()) == set(script.get_heads())
