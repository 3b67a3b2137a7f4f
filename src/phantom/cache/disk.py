"""The second layer: a SQLite file that outlives the server, bounded by the bytes of its entries."""

import os
import sqlite3
import threading
import time
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, entry BLOB NOT NULL, size INTEGER NOT NULL, used REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_used ON answers (used);
CREATE INDEX IF NOT EXISTS answers_size ON answers (size); -- adds up without reading the entries
"""


class DiskLayer:
    """Entries by key; the one that was not used for longest goes first.

    Its methods block: call them in a thread. They raise `sqlite3.Error` and `OSError` where the
    disk does not do its part.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, key: str) -> bytes | None:
        """The entry, which is now the last one to go."""
        with self._lock, self._opened() as connection:
            row = connection.execute(
                "UPDATE answers SET used = ? WHERE key = ? RETURNING entry", (time.time(), key)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: str, entry: bytes, *, limit_bytes: int) -> None:
        """Keep an entry, unless it alone is over the limit."""
        if len(entry) > limit_bytes:
            return
        with self._lock, self._opened() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                (key, entry, len(entry), time.time()),
            )
            _shrink(connection, limit_bytes)

    def remove(self, key: str) -> None:
        """Forget an entry, where there is one."""
        with self._lock, self._opened() as connection:
            connection.execute("DELETE FROM answers WHERE key = ?", (key,))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Answers quote the code of private repositories.
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")  # the last answers may be lost
            connection.executescript(_SCHEMA)
            self._connection = connection
        return self._connection


def _shrink(connection: sqlite3.Connection, limit_bytes: int) -> None:
    (size,) = connection.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()
    while size > limit_bytes:
        key, gone = connection.execute(
            "SELECT key, size FROM answers ORDER BY used LIMIT 1"
        ).fetchone()
        connection.execute("DELETE FROM answers WHERE key = ?", (key,))
        size -= gone
