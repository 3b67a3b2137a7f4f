"""Transactions: whole or not at all, one writer at a time, readers with one view."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from phantom.db import migrate, models
from phantom.db.database import Database
from tests.support import rows


async def count(database: Database) -> int:
    """How many projects there are."""
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(models.Project)) or 0


async def test_what_a_transaction_wrote_is_there_after_it(database: Database) -> None:
    """It is committed at the end of the block."""
    async with database.write() as session:
        session.add_all([rows.project(), rows.project()])

    assert 2 == await count(database)


async def test_an_exception_takes_everything_back(database: Database) -> None:
    """Also what had been sent to the database already."""

    async def fails_half_way() -> None:
        async with database.write() as session:
            session.add(rows.project())
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await fails_half_way()

    assert 0 == await count(database)


async def test_a_broken_constraint_takes_everything_back(database: Database) -> None:
    """The first row of a transaction goes with the second that could not be."""
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add_all([rows.project(slot="Projekt-A"), rows.project(slot="Projekt-A")])

    assert 0 == await count(database)


async def test_a_foreign_key_is_enforced(database: Database) -> None:
    """No task without its project, on SQLite either."""
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(rows.task(models.new_id()))


async def test_a_cancelled_writer_leaves_nothing_and_blocks_nobody(database: Database) -> None:
    """Its rows are taken back, and the next writer gets its turn."""
    inside = asyncio.Event()

    async def never_ends() -> None:
        async with database.write() as session:
            session.add(rows.project())
            await session.flush()
            inside.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(never_ends())
    await inside.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    async with database.write() as session:
        session.add(rows.project())

    assert 1 == await count(database)


async def test_a_transaction_may_be_cancelled_at_any_instant(database: Database) -> None:
    """In the middle of its BEGIN, too: no connection goes back to the pool with it half-way."""

    async def read() -> None:
        await count(database)

    async def write() -> None:
        async with database.write() as session:
            session.add(rows.project())

    # A connection that is cancelled while it is made warns when it is collected: made before.
    await asyncio.gather(*(count(database) for _ in range(8)))
    for work in (read, write):
        for instants in range(60):
            cancelled = asyncio.create_task(work())
            for _ in range(instants % 30):
                await asyncio.sleep(0)
            if instants >= 30:
                await asyncio.sleep((instants - 30) * 0.0002)
            cancelled.cancel()
            await asyncio.gather(cancelled, return_exceptions=True)
            # Several at once, so that every connection of the pool has its turn.
            await asyncio.gather(*(count(database) for _ in range(3)))
            async with database.write() as session:
                await session.scalar(select(func.count()).select_from(models.Project))


async def test_nothing_done_while_reading_is_kept(database: Database) -> None:
    """A change in a reading session is refused or forgotten."""
    try:
        async with database.read() as session:
            session.add(rows.project())
            await session.flush()
    except DBAPIError:
        pass  # PostgreSQL says so; SQLite forgets it

    assert 0 == await count(database)


async def test_a_reader_sees_one_state_however_often_it_looks(database: Database) -> None:
    """What is committed meanwhile appears in the next session, not in this one."""
    counted = select(func.count()).select_from(models.Project)
    async with database.read() as session:
        first = await session.scalar(counted)
        async with database.write() as writer:
            writer.add(rows.project())
        second = await session.scalar(counted)

    assert (0, 0) == (first, second)
    assert 1 == await count(database)


async def test_many_writers_at_once_all_succeed(database_url: str, database: Database) -> None:
    """Of this process they queue; another process' are waited for."""
    other = Database(database_url)

    async def add(chosen: Database) -> None:
        async with chosen.write() as session:
            # Read first and write then: the pattern that fails without the lock at BEGIN.
            await session.scalar(select(func.count()).select_from(models.Project))
            session.add(rows.project())

    await asyncio.gather(*(add(chosen) for chosen in (database, other) for _ in range(30)))
    await other.close()

    assert 60 == await count(database)


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    """A read in the middle of a write transaction sees the state before it."""
    async with database.write() as session:
        session.add(rows.project())
        await session.flush()
        async with asyncio.timeout(4):
            seen = await count(database)

    assert 0 == seen


async def test_sqlite_is_set_up_as_the_design_says(tmp_path: Path) -> None:
    """WAL, FULL, five seconds, and foreign keys on every connection."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    found = {}
    async with database.read() as first, database.read() as second:
        for session in (first, second):
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
                found[name] = await session.scalar(text(f"PRAGMA {name}"))
    await database.close()

    assert {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 5000,
        "foreign_keys": 1,
    } == found


async def test_a_database_locked_by_another_process_is_an_error_in_words(tmp_path: Path) -> None:
    """After five seconds the writer gives up, nothing is written, and reading goes on."""
    path = tmp_path / "a.db"
    database = Database(f"sqlite:///{path}")
    await migrate.upgrade(database)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(holder.execute, "BEGIN IMMEDIATE")

    with pytest.raises(OperationalError, match="locked"):
        async with database.write() as session:
            session.add(rows.project())

    assert 0 == await count(database)
    await asyncio.to_thread(holder.close)
    async with database.write() as session:
        session.add(rows.project())
    assert 1 == await count(database)
    await database.close()


async def test_ping_tells_whether_the_database_answers(database: Database) -> None:
    """True for one that is there."""
    assert await database.ping()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/absent",
        "sqlite:////proc/absent/phantom.db",
    ],
)
async def test_ping_is_false_where_nothing_answers(url: str, tmp_path: Path) -> None:
    """It raises nothing, whatever is wrong."""
    if url.startswith("sqlite"):
        blocked = tmp_path / "a.db"
        blocked.mkdir()
        url = f"sqlite:///{blocked}"
    database = Database(url)

    assert not await database.ping()

    await database.close()


async def test_ping_is_false_for_a_database_that_does_not_exist(postgres_url: str) -> None:
    """The server answers, but not for this name."""
    database = Database(f"{postgres_url}_absent")

    assert not await database.ping()

    await database.close()
