"""The schema: made from nothing, equal to the models, safe to make twice at once."""

import asyncio
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import MetaData, Table, literal, select
from sqlalchemy.orm import Session

import phantom
from phantom.clock import utc_now
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.ledger import recount, rollups

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


async def test_sums_of_before_are_added_up_over_their_days(database_url: str) -> None:
    """What a database held before it kept sums since the beginning is in them afterwards.

    What was spent on each day is there for the caps, too.
    """
    database = Database(database_url)
    await migrate.upgrade(database, "0006")
    # By the tables of then: the models have gone on.
    project_id = str(uuid4())
    told = {"name": "A", "type": "python", "status": "active", "config": {}}
    moment = {"created_at": utc_now(), "updated_at": utc_now()}
    days = [date(2026, 1, 1), date(2026, 1, 2)]
    await _insert(database, "projects", {"id": project_id} | told | moment)
    for day in days:
        key = {"day": day, "project_id": project_id}
        sums = {"agent": "local", "tasks_ended": 2, "tokens": 5, "cost_micros": 30}
        await _insert(database, "rollups", key | sums)
    await _insert(database, "rollups", key | {"agent": "claude", "cost_micros": 12})

    await migrate.upgrade(database)

    async with database.read() as session:
        ever = await session.get_one(models.Rollup, (rollups.EVER, project_id, "local"))
        spent = [await session.get_one(models.Spending, (project_id, day)) for day in days]
    await database.close()
    assert (4, 10, 0) == (ever.tasks_ended, ever.tokens, ever.calls)
    assert [30, 42] == [each.micros for each in spent]


async def test_tasks_of_before_are_added_up_by_preset(database_url: str) -> None:
    """What is filled in from the rows is what the rows add up to by the rules of today."""
    database = Database(database_url)
    await migrate.upgrade(database, "0013")
    told = {"name": "A", "type": "python", "status": "active", "config": {}, "trusted": False}
    now = utc_now()
    moment = {"created_at": now, "updated_at": now}
    project_id = str(uuid4())
    await _insert(database, "projects", {"id": project_id} | told | moment)
    task = {"project_id": project_id, "title": "A", "prompt": "A", "task_type": "debugging"}
    task |= {"assigned_agent": "local", "hrm_preset_id": str(uuid4()), "labels": [], "files": []}
    task |= {"requires_security": False, "cancel_requested": False, "tests_passing": False}
    task |= {"result": {}, "attempt": 1} | moment
    ended = {"completed_at": now, "started_at": now - timedelta(seconds=12.345)}
    known = {"final_quality": 0.123456, "actual_cost_micros": 7}
    for each in (
        {"status": "completed"} | ended | known,
        {"status": "failed", "failure_reason": "quality_gate"} | ended,
        {"status": "failed", "failure_reason": "cancelled"} | ended,
        {"status": "failed", "failure_reason": "cancelled", "completed_at": now},
        {"status": "in_progress", "started_at": now},
        {"status": "completed", "hrm_preset_id": None} | ended | known,
    ):
        await _insert(database, "tasks", {"id": str(uuid4())} | task | each)

    await migrate.upgrade(database)

    async with database.read() as session:
        row = (await session.scalars(select(models.PresetSum))).one()
        from_rows = (await recount.recomputed(session)).presets
    await database.close()
    kept = {name: getattr(row, name) for name in rollups.OF_PRESET}
    assert {(row.preset_id, row.project_id): kept} == from_rows
    assert (4, 2, 24_690) == (row.tasks_ended, row.tasks_run, row.run_milliseconds)


async def _insert(database: Database, name: str, values: dict[str, object]) -> None:
    """A row of a table as it is in the database; numbers that are not given are 0."""

    def insert(session: Session) -> None:
        table = Table(name, MetaData(), autoload_with=session.get_bind())
        kinds = models.Base.metadata.tables[name].columns
        given = {key: literal(value, kinds[key].type) for key, value in values.items()}
        zeros = {
            column.name: 0
            for column in table.columns
            if column.name not in given and not column.nullable and column.default is None
        }
        session.execute(table.insert().values(zeros | given))

    async with database.write() as session:
        await session.run_sync(insert)
