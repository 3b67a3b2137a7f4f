"""The schema: made from nothing, equal to the models, safe to make twice at once."""

import asyncio
import subprocess
import sys
from datetime import date
from pathlib import Path

from sqlalchemy import text

import phantom
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.ledger import rollups
from tests.support import rows

_UPGRADE = (
    "import asyncio, sys\n"
    "from phantom.db import migrate\n"
    "from phantom.db.database import Database\n"
    "asyncio.run(migrate.upgrade(Database(sys.argv[1])))\n"
)


async def test_an_empty_database_becomes_what_the_models_say(database_url: str) -> None:
    """Not current before, current after, and nothing differs from the models."""
    database = Database(database_url)
    assert not await migrate.is_current(database)

    await migrate.upgrade(database)

    assert await migrate.is_current(database)
    assert [] == await migrate.differences(database)
    await database.close()


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    """The second time is free and harmless."""
    await migrate.upgrade(database)

    assert [] == await migrate.differences(database)


async def test_a_missing_column_is_a_difference(database: Database) -> None:
    """The check can fail: it names what is missing."""
    async with database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("ALTER TABLE tasks DROP COLUMN content")

    assert any("content" in each for each in await migrate.differences(database))


async def test_connections_that_upgrade_at_once_agree(database_url: str) -> None:
    """Each waits for the other instead of failing half-way."""
    databases = [Database(database_url) for _ in range(4)]

    await asyncio.gather(*(migrate.upgrade(each) for each in databases))

    assert [True] * 4 == [await migrate.is_current(each) for each in databases]
    for each in databases:
        await each.close()


def test_processes_that_upgrade_at_once_agree(database_url: str) -> None:
    """Two commands started in the same moment on a new database both succeed."""
    environment = {"PYTHONPATH": str(Path(phantom.__path__[0]).parent)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _UPGRADE, database_url],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in started]

    assert [("", 0)] * 2 == ended


async def test_sums_of_before_are_added_up_over_their_days(database: Database) -> None:
    """What a database held before it kept sums since the beginning is in them afterwards."""
    project = rows.project()
    days = [date(2026, 1, 1), date(2026, 1, 2)]
    key = {"project_id": project.id, "agent": "local"}
    async with database.write() as session:
        session.add(project)
        await session.flush()
        session.add_all(models.Rollup(day=day, tasks_ended=2, tokens=5, **key) for day in days)
        await session.execute(text("UPDATE alembic_version SET version_num = '0006'"))

    await migrate.upgrade(database)

    async with database.read() as session:
        ever = await session.get_one(models.Rollup, (rollups.EVER, project.id, "local"))
    assert (4, 10, 0) == (ever.tasks_ended, ever.tokens, ever.calls)
