"""The one history of tables leads from nothing to exactly what the models say, and back."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from tracker.migrations import config, is_current, upgrade
from tracker.migrations.env_metadata import METADATA


def test_tables_are_those_of_the_models(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [difference for metadata in METADATA for difference in compare_metadata(context, metadata)]
    engine.dispose()

    # Each set of models sees the other's tables as unknown; that is not a difference.
    assert [found for found in differences if found[0] not in {"remove_table", "remove_index"}] == []


def test_upgrade_twice_changes_nothing(database_url: str) -> None:
    upgrade(database_url)

    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert is_current(connection)
    engine.dispose()


def test_history_can_be_walked_down_and_up_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'walk.sqlite'}"
    upgrade(url)
    engine = create_engine(url)
    tables = set(inspect(engine).get_table_names())

    command.downgrade(config(url), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}

    upgrade(url)
    assert set(inspect(engine).get_table_names()) == tables
    engine.dispose()
