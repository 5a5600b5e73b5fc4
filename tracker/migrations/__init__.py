"""One numbered history of the tables, the LRS's and the tracker's. Called from the program; there is no alembic.ini.

Alembic takes a tenth of a second to import, and a server whose tables are up to date starts without it.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["config", "is_current", "newest", "revisions_of", "upgrade"]

HERE = Path(__file__).parent


def config(url: str) -> "Config":
    from alembic.config import Config

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
        from alembic import command

        command.upgrade(config(url), "head")


def is_current(connection: Connection) -> bool:
    return revisions_of(connection) == newest()


def revisions_of(connection: Connection) -> frozenset[str]:
    """What the tables are at."""
    from alembic.runtime.migration import MigrationContext

    return frozenset(MigrationContext.configure(connection).get_current_heads())


@cache
def newest() -> frozenset[str]:
    """What this program needs. Read once: the files are part of it."""
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory(str(HERE)).get_heads())
