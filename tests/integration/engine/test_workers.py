"""Who is alive, and who takes over from the dead."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import delete, select

import phantom
from phantom.clock import utc_now
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.engine import workers
from phantom.engine.durable import Engine, Workflow
from phantom.engine.workers import TTL_SECONDS, Roster
from tests.support.durable_worker import note

TASK = "4f2f6a3e-0000-4000-8000-000000000000"
ROOT = Path(__file__).parents[3]
_PATIENCE_SECONDS = 30


async def nothing(_task: str, _attempt: int) -> None:
    """A run without work."""


@contextlib.asynccontextmanager
async def rostered(database: Database, workflow: Workflow = nothing) -> AsyncIterator[Roster]:
    """A worker of this process, registered and at work."""
    engine = Engine(database.url, concurrency=1)
    roster = Roster(database, engine, on_evicted=lambda: None)
    await roster.join()
    try:
        await engine.start(workflow)
        yield roster
    finally:
        await engine.stop()
        await roster.leave()


def worker(name: str, **fields: object) -> models.Worker:
    """A row as a worker on this host would have it, of a process that does not run."""
    given: dict[str, object] = {
        "host": workers._host(),
        "pid": 2**22 + 1,
        "process_started": 0.0,
        "heartbeat_at": utc_now(),
    }
    return models.Worker(id=name, **(given | fields))


async def registered(database: Database) -> set[str]:
    """The workers in the table."""
    async with database.read() as session:
        return set(await session.scalars(select(models.Worker.id)))


@pytest.fixture
def other_process() -> Iterator[psutil.Process]:
    """A process that is alive, and not ours."""
    with subprocess.Popen(["sleep", "60"]) as child:
        yield psutil.Process(child.pid)
        child.kill()


async def test_the_dead_are_told_from_the_living(
    postgres: Database, other_process: psutil.Process
) -> None:
    """On this host by the process table, elsewhere by silence; a taken pid counts after silence."""
    long_ago = utc_now() - timedelta(seconds=TTL_SECONDS + 5)
    own_start = other_process.create_time()
    alive = {"pid": other_process.pid, "process_started": own_start}
    reused = {"pid": other_process.pid, "process_started": own_start - 1000}
    async with postgres.write() as session:
        session.add_all(
            [
                worker("gone"),
                worker("alive", **alive),
                worker("alive but slow", heartbeat_at=long_ago, **alive),
                worker("clock was set", **reused),
                worker("pid was reused", heartbeat_at=long_ago, **reused),
                worker("elsewhere", host="another"),
                worker("elsewhere and silent", host="another", heartbeat_at=long_ago),
            ]
        )

    async with rostered(postgres) as roster:
        await roster.reap()
        left = await registered(postgres)

    living = {"alive", "alive but slow", "clock was set", "elsewhere"}
    assert living == left & living
    assert {"gone", "pid was reused", "elsewhere and silent"}.isdisjoint(left)


async def test_a_process_that_nobody_reaped_is_dead(
    postgres: Database, other_process: psutil.Process
) -> None:
    """A zombie has a pid and runs nothing."""
    started = other_process.create_time()
    async with postgres.write() as session:
        session.add(worker("killed", pid=other_process.pid, process_started=started))
    other_process.kill()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while other_process.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)

    async with rostered(postgres) as roster:
        await roster.reap()
        assert "killed" not in await registered(postgres)


async def test_on_sqlite_whoever_else_is_registered_is_dead(tmp_path: Path) -> None:
    """The lock on the file proves it, even where a container gave the pid to another process."""
    database = Database(f"sqlite:///{tmp_path / 'phantom.db'}")
    await migrate.upgrade(database)
    async with database.write() as session:
        session.add(worker("before", pid=1, process_started=psutil.Process(1).create_time()))

    async with rostered(database) as roster:
        await roster.reap()
        left = await registered(database)
    await database.close()

    assert 1 == len(left)
    assert "before" not in left


async def test_a_worker_signs_on_and_off(database: Database) -> None:
    """Its row tells where it runs, and goes with it."""
    async with rostered(database):
        async with database.read() as session:
            row = (await session.scalars(select(models.Worker))).one()
        assert os.getpid() == row.pid
        assert abs(psutil.Process().create_time() - row.process_started) < 1

    assert set() == await registered(database)


async def test_a_worker_whose_row_is_gone_ends(database: Database) -> None:
    """Others have declared it dead and run its tasks; it is told once."""
    told: list[str] = []
    engine = Engine(database.url, concurrency=1)
    roster = Roster(database, engine, on_evicted=lambda: told.append("evicted"))
    await roster.join()
    async with database.write() as session:
        await session.execute(delete(models.Worker))

    async with asyncio.timeout(_PATIENCE_SECONDS):
        await roster.keep()

    assert ["evicted"] == told


async def test_signing_off_without_a_database_is_no_error() -> None:
    """The row is then reaped like that of a dead worker."""
    database = Database("postgresql://nobody@127.0.0.1:1/absent")
    engine = Engine(database.url, concurrency=1)

    await Roster(database, engine, on_evicted=lambda: None).leave()

    await database.close()


async def test_what_a_killed_process_was_running_is_taken_over_at_once(
    database: Database, tmp_path: Path
) -> None:
    """By another process on the same host, without waiting."""
    log = tmp_path / "log"
    url = database.url.render_as_string(hide_password=False)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.durable_worker", url, TASK, str(log)),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(phantom.__path__[0]).parent)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout
    async with asyncio.timeout(_PATIENCE_SECONDS):
        assert b"hanging\n" == await child.stdout.readline()
    (theirs,) = await registered(database)
    child.send_signal(signal.SIGKILL)
    await child.wait()
    finished = asyncio.Event()

    async def go_on(_task: str, _attempt: int) -> None:
        await asyncio.to_thread(note, log)
        finished.set()

    async with rostered(database, go_on) as roster:
        assert {theirs} == await roster.reap()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await finished.wait()
        assert theirs not in await registered(database)

    ran = (await asyncio.to_thread(log.read_text)).split()
    assert [str(child.pid), str(os.getpid())] == ran
