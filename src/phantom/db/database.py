"""Connections and transactions, alike on SQLite and PostgreSQL."""

import asyncio
import contextlib
import math
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol, cast

from sqlalchemy import AdaptedConnection, Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from phantom.db import sqlite_connection
from phantom.db.watch import Kind, Transaction, WatchedSession, Watcher
from phantom.errors import StartupError

_WRITE = "phantom_write"
_BUSY_MILLISECONDS = 5_000
_FRESH_SECONDS = 1.0
_ABANDONED = "15s"
"""A process that hangs in the middle of a transaction keeps its locks no longer than that."""
# By default each statement of a transaction would see what was committed just before it.
_POSTGRES_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def is_out_of_reach(error: BaseException) -> bool:
    """True for what a transaction raises while the database is locked, restarting or cut off."""
    # By name: SQLAlchemy lets the driver's own errors through while it connects.
    by_driver = type(error).__module__.partition(".")[0] == "asyncpg"
    lost = (OperationalError, InterfaceError, ConnectionError, TimeoutError)
    return by_driver or isinstance(error, lost)


def async_url(url: str) -> URL:
    """`url` with the asynchronous driver of its database.

    Raises StartupError for a database that is neither a SQLite file nor PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # Without the text itself, which may hold a password.
        raise StartupError(
            "DATABASE_URL is not a URL; use sqlite:///path/to/file.db or "
            "postgresql://user@host/name."
        ) from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database in {None, "", ":memory:"}:
            raise StartupError(
                "DATABASE_URL names a SQLite database in memory, which no restart would find "
                "again; use sqlite:///path/to/file.db."
            )
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise StartupError(
                f"DATABASE_URL names the database '{other}'; "
                "use sqlite:///path/to/file.db or postgresql://user@host/name."
            )


class Database:
    """One database; `read` and `write` are the only ways in.

    SQLite admits one writer: writers of this process queue here fairly instead of polling the
    file's lock, and take it at BEGIN, so that no transaction fails half-way for the lock.

    Attributes:
        writes: write transactions of this process that have ended, however they did.
    """

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._sessions = async_sessionmaker(
            self.engine, expire_on_commit=False, sync_session_class=WatchedSession
        )
        self._writer = asyncio.Lock()
        self._watchers: list[Watcher] = []
        self.writes = 0
        self._answered_at = -math.inf

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` from now on what this process does here."""
        self._watchers.append(watcher)

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state; nothing done in it is kept."""
        with self._timed(Kind.READ) as timer:
            async with self._sessions() as session:
                if not self.is_sqlite:
                    await session.connection(execution_options=_POSTGRES_SNAPSHOT)
                timer.begun()
                yield session
                timer.committed = True

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on any exception."""
        turn = self._writer if self.is_sqlite else contextlib.nullcontext()
        with self._timed(Kind.WRITE) as timer:
            async with turn, self._sessions() as session:
                await session.connection(execution_options={_WRITE: True})
                timer.begun()
                watched = session.sync_session
                assert isinstance(watched, WatchedSession)
                watched.admit(self._watchers)
                try:
                    yield session
                    await session.commit()
                finally:
                    self.writes += 1
                timer.committed = True
                watched.tell()

    @contextlib.contextmanager
    def _timed(self, kind: Kind) -> Iterator["_Timer"]:
        timer = _Timer()
        try:
            yield timer
        finally:
            ended = timer.ended(kind)
            if ended.committed:
                self._answered_at = time.monotonic()
            for watcher in self._watchers:
                watcher.ended(ended)

    async def ping(self) -> bool:
        """True where the database answers, or has just done so."""
        if time.monotonic() - self._answered_at < _FRESH_SECONDS:
            return True
        try:
            async with asyncio.timeout(5), self.engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except (DBAPIError, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


class _Timer:
    """When a transaction was asked for, when it had begun, and whether it was committed."""

    def __init__(self) -> None:
        self._asked = time.monotonic()
        self._begun = self._asked
        self.committed = False

    def begun(self) -> None:
        """It has its connection, and to write its turn."""
        self._begun = time.monotonic()

    def ended(self, kind: Kind) -> Transaction:
        """It is over now."""
        took = time.monotonic() - self._begun
        return Transaction(kind, self._begun - self._asked, took, self.committed)


def _postgres_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,
        connect_args={"server_settings": {"idle_in_transaction_session_timeout": _ABANDONED}},
    )


def _sqlite_engine(url: URL) -> AsyncEngine:
    Path(url.database or "").expanduser().parent.mkdir(parents=True, exist_ok=True)
    # A session ends its transaction itself, so the pool need not roll back once more; each call to
    # the driver is a change of threads.
    engine = create_async_engine(
        url,
        pool_size=8,
        max_overflow=8,
        pool_reset_on_return=None,
        connect_args={"async_creator_fn": sqlite_connection.connect},
    )
    event.listen(engine.sync_engine, "connect", _configure_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...
    def close(self) -> None: ...


class _DriverConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def _configure_sqlite(connection: _DriverConnection, _record: object) -> None:
    # The driver's own implicit BEGIN is off: `_begin_sqlite` says which kind is wanted.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        # The journal of the steps is here: what was committed must be there after a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    adapted = cast("AdaptedConnection", connection.connection.dbapi_connection)
    try:
        adapted.run_async(lambda driver: driver.execute(begin))
    except sqlite3.OperationalError as error:
        raise OperationalError(begin, None, error) from error
    except asyncio.CancelledError:
        # The driver's thread begins all the same, and SQLAlchemy knows of nothing to roll back.
        adapted.run_async(lambda driver: asyncio.shield(driver.rollback()))
        raise
