"""Who is alive, and who takes over from the dead."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
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
from phantom.engine.workers import SILENT_BEATS, Roster
from tests.support.durable_worker import note

TASK = "4f2f6a3e-0000-4000-8000-000000000000"
ROOT = Path(__file__).parents[3]
NAMES = ("killed here", "beats here", "hangs here", "beats elsewhere", "hangs elsewhere")
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
        "heartbeat_at": utc_now(),
    }
    return models.Worker(id=name, **(given | fields))


async def beaten(database: Database, name: str, moment: datetime) -> None:
    """The worker shows a sign of life, by its own clock."""
    async with database.write() as session:
        row = await session.get_one(models.Worker, name)
        row.heartbeat_at = moment


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
    """On this host by the process table, elsewhere by silence, however their clocks go."""
    alive = {"pid": other_process.pid}
    async with postgres.write() as session:
        session.add_all(
            [
                worker("killed here"),
                worker("beats here", **alive),
                worker("hangs here", **alive),
                worker("beats elsewhere", host="another"),
                worker("hangs elsewhere", host="another"),
            ]
        )

    async with rostered(postgres) as roster:
        await roster.reap()
        at_first = await registered(postgres)
        for number in range(SILENT_BEATS):
            # Whose clock is a day off, or set back between two beats, is alive all the same.
            await beaten(postgres, "beats here", utc_now() + timedelta(days=1, hours=-number))
            await beaten(postgres, "beats elsewhere", utc_now() - timedelta(days=number))
            await roster.reap()
        left = await registered(postgres)

    beating = {"beats here", "beats elsewhere"}
    assert beating | {"hangs here", "hangs elsewhere"} == at_first & set(NAMES)
    assert beating == left & set(NAMES)


async def test_one_that_beats_at_the_last_moment_is_not_struck_off(postgres: Database) -> None:
    """It was silent when it was looked at, and is no longer when its row is to go."""
    async with postgres.write() as session:
        session.add(worker("slow", host="another"))
    async with rostered(postgres) as roster:
        silent = await roster._registered()
        await beaten(postgres, "slow", utc_now())
        assert set() == await roster._strike([each for each in silent if each.id == "slow"])
        assert "slow" in await registered(postgres)


async def test_a_process_that_nobody_reaped_is_dead(
    postgres: Database, other_process: psutil.Process
) -> None:
    """A zombie has a pid and runs nothing."""
    async with postgres.write() as session:
        session.add(worker("killed", pid=other_process.pid))
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
        session.add(worker("before", pid=1))

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
