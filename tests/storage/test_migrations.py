import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL

from storage.database import Database
from storage.migrate import is_current, upgrade
from storage.models import metadata
from tests.postgres import execute


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection)
    return list(compare_metadata(context, metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_migrations_lead_to_the_tables_of_the_models(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(tables) == {*metadata.tables, "alembic_version"}


async def test_migrated_database_is_current(database: Database) -> None:
    assert await is_current(database)


async def test_database_of_a_newer_release_is_left_alone(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await upgrade(database.url)
    assert await is_current(database)


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO rate_budgets (name, tat) VALUES ('kept', 1)"))
    await upgrade(database.url)
    async with database.read() as connection:
        kept = await connection.execute(text("SELECT name FROM rate_budgets"))
        assert kept.scalars().all() == ["kept"]


async def test_empty_sqlite_file_is_not_current(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'folder' / 'empty.db'}")
    assert not await is_current(database)
    await database.close()


async def test_replicas_that_start_together_migrate_a_sqlite_file_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'fresh.db'}"
    await asyncio.gather(*(upgrade(url) for _ in range(4)))
    database = Database(url)
    assert await is_current(database)
    await database.close()


async def test_replicas_that_start_together_migrate_postgresql_once(postgres: URL) -> None:
    name = "regulars_test_together"
    execute(postgres, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    url = postgres.set(database=name).render_as_string(hide_password=False)
    try:
        await asyncio.gather(*(upgrade(url) for _ in range(4)))
        database = Database(url)
        assert await is_current(database)
        await database.close()
    finally:
        execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("table", sorted(metadata.tables))
async def test_every_table_can_be_read(table: str, database: Database) -> None:
    async with database.read() as connection:
        assert (await connection.execute(metadata.tables[table].select())).all() == []
