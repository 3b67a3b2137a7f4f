"""Lists of tasks are read from an index, page by page, however many there are."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Select, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.db.database import Database
from phantom.tasks.listing import after, newest_first, numbered
from phantom.vocabulary import TaskStatus
from tests.support import rows

NUMBER = 4_000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


async def many(database: Database) -> str:
    """A project with many tasks, another with as many; returns the id of the first."""
    owners = [rows.project(), rows.project()]
    async with database.write() as session:
        session.add_all(owners)
        await session.flush()
        await session.execute(
            insert(models.Task),
            [
                {
                    "project_id": owners[n % 2].id,
                    "title": "A task",
                    "status": "completed" if n % 5 else "failed",
                    "prompt": "Do",
                    "task_type": "debugging",
                    "assigned_agent": "local",
                    "max_iterations": 4,
                    "created_at": FIRST + timedelta(seconds=n // 3),
                }
                for n in range(NUMBER)
            ],
        )
        await session.execute(text("ANALYZE"))
    return owners[0].id


async def plan(session: AsyncSession, database: Database, wanted: Select[models.Task]) -> str:
    """How the database would read `wanted`."""
    compiled = wanted.compile(
        dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
    )
    verb = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    found = await session.execute(text(f"{verb} {compiled}".replace(":", "\\:")))
    return "\n".join(str(row[-1]) for row in found)


@pytest.mark.parametrize("status", [None, TaskStatus.COMPLETED])
@pytest.mark.parametrize("of_project", [False, True])
@pytest.mark.parametrize("deep", [False, True])
async def test_a_page_is_a_walk_along_an_index(
    database: Database, *, status: TaskStatus | None, of_project: bool, deep: bool
) -> None:
    """No sort and no look at every task, with each filter, at the start and in the middle."""
    project_id = await many(database)
    wanted = newest_first(project_id if of_project else None, status)
    if deep:
        wanted = after(wanted, FIRST + timedelta(seconds=NUMBER // 6), models.new_id())
    async with database.read() as session:
        found = await plan(session, database, wanted.limit(20))

    assert re.search(r"(USING INDEX|Index Scan Backward using) ix_tasks_\w*created_at_id", found)
    assert not re.search(r"TEMP B-TREE|Sort|Seq Scan|SCAN tasks$", found, re.MULTILINE)


async def test_what_lies_before_a_page_by_number_is_not_read(database: Database) -> None:
    """The index alone says which tasks are on the page."""
    await many(database)
    if not database.is_sqlite:
        # As PostgreSQL does by itself after a while; only then does its index know what is there.
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE tasks"))
    async with database.read() as session:
        found = await plan(session, database, numbered(newest_first(None, None), 980, 20))

    assert re.search(r"(COVERING INDEX|Index Only Scan Backward using) ix_tasks_created", found)


@pytest.mark.parametrize("status", [None, TaskStatus.COMPLETED])
async def test_pages_by_number_are_the_whole_list(
    database: Database, *, status: TaskStatus | None
) -> None:
    """A page is a piece of the list that all of them make up, in its order."""
    wanted = newest_first(await many(database), status)
    async with database.read() as session:
        every = [task.id for task in await session.scalars(wanted)]
        page = [task.id for task in await session.scalars(numbered(wanted, 120, 20))]

    assert every[120:140] == page


async def test_pages_by_cursor_are_the_whole_list(database: Database) -> None:
    """Each task once, in order, although many have the same moment."""
    project_id = await many(database)
    place: tuple[datetime, str] | None = None
    seen: list[str] = []
    async with database.read() as session:
        while True:
            wanted = newest_first(project_id, None)
            page = list(
                await session.scalars((after(wanted, *place) if place else wanted).limit(700))
            )
            seen += [task.id for task in page]
            if not page:
                break
            place = (page[-1].created_at, page[-1].id)
        whole = list(await session.scalars(newest_first(project_id, None)))

    assert [task.id for task in whole] == seen
    assert NUMBER // 2 == len(seen)
