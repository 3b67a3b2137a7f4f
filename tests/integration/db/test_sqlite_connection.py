"""The cursor that goes to its thread once for a statement."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from phantom.db.database import Database
from phantom.db.sqlite_connection import Connection, connect

ROWS = 1_234
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?) SELECT i FROM n"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    """A connection to a new file."""
    connection = await connect(str(tmp_path / "a.db"), isolation_level=None)
    yield connection
    await connection.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([0, 1, 499, 500, 501, 1_000, ROWS]), st.lists(st.integers(1, 700)))
async def test_rows_come_once_and_in_order_however_they_are_asked_for(
    connection: Connection, count: int, sizes: list[int]
) -> None:
    """Some by `fetchmany`, one by `fetchone`, the rest by `fetchall`."""
    cursor = await connection.cursor().execute(NUMBERS, [max(1, count)])
    got = [row for size in sizes for row in await cursor.fetchmany(size)]
    got += [row] if (row := await cursor.fetchone()) is not None else []
    got += await cursor.fetchall()
    assert [(number,) for number in range(max(1, count))] == got
    assert await cursor.fetchone() is None


async def test_a_cursor_that_is_closed_early_keeps_nothing_open(connection: Connection) -> None:
    """Its table can be dropped at once, which an open cursor would prevent."""
    await connection.cursor().execute("CREATE TABLE t AS " + NUMBERS.replace("?", str(ROWS)))
    cursor = await connection.cursor().execute("SELECT i FROM t")
    await cursor.close()
    await connection.cursor().execute("DROP TABLE t")
    assert [] == list(await cursor.fetchall())


async def test_many_rows_are_streamed(tmp_path: Path) -> None:
    """SQLAlchemy's server-side cursors go on fetching."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    async with database.read() as session:
        rows = await session.stream(text(NUMBERS.replace("?", str(ROWS))))
        assert list(range(ROWS)) == [number async for number in rows.scalars()]
    await database.close()


def test_a_loop_may_close_while_a_statement_runs(tmp_path: Path) -> None:
    """Nobody waits for it any more, and its thread ends without a complaint."""

    async def leave() -> Connection:
        connection = await connect(str(tmp_path / "a.db"))
        slow = f"SELECT count(*) FROM ({NUMBERS.replace('?', '2000000')})"
        task = asyncio.create_task(connection.cursor().execute(slow))
        await asyncio.sleep(0.01)
        task.cancel()
        connection.stop()
        return connection

    failures: list[threading.ExceptHookArgs] = []
    before, threading.excepthook = threading.excepthook, failures.append
    try:
        asyncio.run(leave())._thread.join(30)
    finally:
        threading.excepthook = before

    assert [] == failures
