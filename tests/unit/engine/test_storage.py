"""Where the engine keeps its state, and that only one process does."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

import phantom
from phantom.engine import storage
from phantom.errors import StartupError

_HOLD = (
    "import sys\n"
    "from pathlib import Path\n"
    "from phantom.engine.storage import SqliteLock\n"
    "lock = SqliteLock(Path(sys.argv[1]))\n"
    "lock.acquire()\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()\n"
)


def test_a_run_once_queued_survives_a_power_cut(tmp_path: Path) -> None:
    """WAL with full synchronisation, half a minute of patience, foreign keys, early locks."""
    engine = storage.sqlite_engine(tmp_path / "engine.db")
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        isolation = driver.isolation_level
    engine.dispose()

    assert ["wal", 2, 30_000, 1] == found
    assert "IMMEDIATE" == isolation


def test_the_seconds_of_an_old_sqlite_have_fractions(tmp_path: Path) -> None:
    """The engine's schema asks for `unixepoch('subsec')`, which SQLite knows since 3.42 only."""
    engine = storage.sqlite_engine(tmp_path / "engine.db")
    with engine.connect() as connection:
        before, now, after = (
            connection.execute(sa.text(query)).scalar_one()
            for query in (
                "SELECT CAST(strftime('%s', 'now') AS REAL) - 1",
                "SELECT unixepoch('subsec')",
                "SELECT CAST(strftime('%s', 'now') AS REAL) + 1",
            )
        )
    engine.dispose()

    assert before <= now <= after
    assert isinstance(now, float)


@pytest.mark.parametrize("modifiers", [(), ("now",), ("subsec", "+1 day")])
def test_what_the_engine_does_not_ask_for_is_not_made_up(modifiers: tuple[str, ...]) -> None:
    """Our stand-in for `unixepoch` knows the one form, and says so of any other."""
    with pytest.raises(ValueError, match="not expected"):
        storage._unixepoch(*modifiers)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite+aiosqlite:////data/phantom.db", "/data/phantom.engine.db"),
        ("sqlite+aiosqlite:////data/my.base.sqlite3", "/data/my.base.engine.sqlite3"),
        ("sqlite+aiosqlite:////data/plain", "/data/plain.engine.db"),
    ],
)
def test_the_engine_has_a_file_beside_the_applications(url: str, path: str) -> None:
    """Its writers then never wait for ours."""
    assert Path(path) == storage.sqlite_path(sa.make_url(url))


def test_the_engine_uses_the_postgresql_of_the_application() -> None:
    """By the synchronous driver, password included."""
    url = sa.make_url("postgresql+asyncpg://u:p%40ss@h:5433/d")
    assert "postgresql+psycopg://u:p%40ss@h:5433/d" == storage.postgres_url(url)


def test_a_second_process_on_one_file_is_refused_by_name(tmp_path: Path) -> None:
    """The sentence says which process holds it; when that is killed, the file is free."""
    path = tmp_path / "phantom.engine.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        env={"PYTHONPATH": str(Path(phantom.__path__[0]).parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin
    assert holder.stdout
    with holder.stdin, holder.stdout:
        assert "held\n" == holder.stdout.readline()

        with pytest.raises(StartupError, match=f"process {holder.pid}\\)") as refused:
            storage.SqliteLock(path).acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)

    assert "--home" in str(refused.value)
    lock = storage.SqliteLock(path)
    lock.acquire()
    assert str(os.getpid()) == path.with_name(path.name + ".lock").read_text()
    lock.release()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """Releasing twice is harmless."""
    first, second = (storage.SqliteLock(tmp_path / "engine.db") for _ in range(2))
    first.acquire()
    first.release()
    first.release()
    second.acquire()
    second.release()
