"""Where the engine keeps its state: its own SQLite file, or a schema of the PostgreSQL database."""

import fcntl
import os
import sqlite3
import time
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from phantom.errors import StartupError

_BUSY_MILLISECONDS = 30_000


class SqliteLock:
    """Exclusive use of an engine file: two processes on one file would run a task twice."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock or raise StartupError naming the process that holds it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise StartupError(
                f"Another Phantom server (process {holder}) uses the database beside {self._path}. "
                "Stop it, or start this one with another --home or DATABASE_URL."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; the kernel does it when the process dies."""
        if self._file is not None:
            self._file.close()
            self._file = None


def sqlite_path(app_url: URL) -> Path:
    """The engine's file beside the application's: `phantom.db` goes with `phantom.engine.db`."""
    app = Path(app_url.database or "phantom.db").expanduser().absolute()
    return app.with_name(f"{app.stem}.engine{app.suffix or '.db'}")


def sqlite_engine(path: Path) -> sa.Engine:
    """A synchronous SQLAlchemy engine, set up so that a run once queued survives a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _configure)
    return engine


def postgres_url(app_url: URL) -> str:
    """The engine's URL: the application's database by the synchronous driver."""
    return app_url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if sqlite3.sqlite_version_info < (3, 42):
        # Older SQLite does not know the modifier 'subsec', which the engine's schema uses.
        connection.create_function("unixepoch", -1, _unixepoch, deterministic=True)


def _unixepoch(*modifiers: str) -> float:
    if modifiers != ("subsec",):
        raise ValueError(f"unixepoch{modifiers} is not expected here")
    return time.time()
