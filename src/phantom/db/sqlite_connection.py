"""aiosqlite with one change of threads for a statement, where it has four.

A cursor of aiosqlite goes to the connection's thread to be made, to execute, to fetch and to be
closed. Here the thread does all of it at once and the rows wait in the cursor; only where there are
more than `_AT_ONCE` does the cursor stay open, and fetches the others when they are asked for.
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self, TypeVar

import aiosqlite

_AT_ONCE = 500

T = TypeVar("T")
Parameters = Sequence[object]
Description = tuple[tuple[str, None, None, None, None, None, None], ...]


class Cursor:
    """One statement and its rows; what SQLAlchemy's asyncio layer asks of a cursor."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: deque[object] = deque()
        self.description: Description | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Parameters = ()) -> Self:
        """Run the statement, and fetch its first rows."""
        return await self._run(lambda driver: driver.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Parameters]) -> Self:
        """Run the statement once for each set of parameters."""
        return await self._run(lambda driver: driver.executemany(statement, parameters))

    async def fetchone(self) -> object | None:
        """The next row, or None after the last one."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int) -> Sequence[object]:
        """The next rows, at most `size`; none after the last one."""
        if len(self._rows) < size and self._open is not None:
            await self._fetch(max(size, _AT_ONCE))
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def fetchall(self) -> Sequence[object]:
        """The rows that are left."""
        while self._open is not None:
            await self._fetch(_AT_ONCE)
        rows, self._rows = self._rows, deque()
        return rows

    async def close(self) -> None:
        """Let go of the rows that nobody asked for."""
        self._rows.clear()
        if (cursor := self._open) is not None:
            self._open = None
            await self._connection.within_thread(lambda _: cursor.close())

    async def _run(self, statement: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> Self:
        def run(driver: sqlite3.Connection) -> None:
            cursor = statement(driver)
            self.description = cursor.description
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            self._take(cursor, _AT_ONCE)

        await self.close()
        await self._connection.within_thread(run)
        return self

    async def _fetch(self, size: int) -> None:
        if (cursor := self._open) is not None:
            await self._connection.within_thread(lambda _: self._take(cursor, size))

    def _take(self, cursor: sqlite3.Cursor, size: int) -> None:
        """Within the thread: up to `size` more rows; a cursor that has no more is closed."""
        rows = cursor.fetchmany(size) if self.description is not None else []
        self._rows.extend(rows)
        if len(rows) == size:
            self._open = cursor
        else:
            self._open = None
            cursor.close()


class Connection(aiosqlite.Connection):
    """A connection of aiosqlite with the cursors above.

    What is under way when the event loop closes ends quietly: in aiosqlite its thread then fails.
    """

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy takes it as it is
        """A cursor, without asking the thread."""
        return Cursor(self)

    async def within_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Give the driver's connection to `work`, on the thread of this connection."""
        return await self._execute(work, self._conn)

    async def _execute(self, fn: Callable[..., T], *args: object, **kwargs: object) -> T:
        if not self._running or not self._connection:
            raise ValueError("Connection closed")  # the words that SQLAlchemy looks for
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((None, partial(_report, future, partial(fn, *args, **kwargs))))
        return await future

    def stop(self) -> asyncio.Future[None] | None:
        """Close and end the thread, after what is queued; to be awaited where there is a loop."""
        self._running = False
        try:
            future: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()
        except RuntimeError:
            future = None

        def close() -> None:
            if (connection := self._connection) is not None:
                self._connection = None
                connection.close()

        def end() -> object:
            if future is None:
                close()
            else:
                _report(future, close)
            return aiosqlite.core._STOP_RUNNING_SENTINEL  # noqa: SLF001 - it knows no other end

        self._tx.put_nowait((None, end))
        return future


def _report(future: asyncio.Future[T], work: Callable[[], T]) -> None:
    """Do `work` within the thread, and tell its end to the loop, if that is still there."""
    loop = future.get_loop()
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised to whoever waits
        told = partial(aiosqlite.core.set_exception, future, error)
    else:
        told = partial(aiosqlite.core.set_result, future, result)
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(told)


def connect(file: str, **options: object) -> Connection:
    """Connect with the options of `sqlite3.connect`; to be awaited, like `aiosqlite.connect`."""
    open_file: Callable[..., sqlite3.Connection] = sqlite3.connect
    connection = Connection(lambda: open_file(file, **options), 64)
    # As SQLAlchemy does for those it makes: one that is left open does not keep Python running.
    connection._thread.daemon = True  # noqa: SLF001
    return connection
