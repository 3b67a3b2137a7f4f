"""Two workers on one PostgreSQL: what one of them can no longer do, the other one goes on with.

The long counterpart, with workers that come and go for minutes, is `./dev bench chaos --workers 2`;
its audit is used here.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench import cancel
from bench._chaos_audit import Checkout, audit
from bench.chaos import make_repository
from phantom.api.services import Services
from phantom.engine.workers import SILENT_BEATS
from tests.support.power_cut import RightSum, paid_agent
from tests.support.runtime import running

ROOT = Path(__file__).parents[3]
_PATIENCE_SECONDS = 60

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def other_worker(home: Path, repository: Path, url: str) -> AsyncIterator[Process]:
    """A worker in a process of its own, with one task, whose agent has just begun to work."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.power_cut", str(home), str(repository), url),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")},
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await asyncio.to_thread((home / "receipts").exists):
                await asyncio.sleep(0.02)
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def give_up(services: Services) -> None:
    """Be patient with a silent worker for as long as it takes; then it is declared dead."""
    for _ in range(SILENT_BEATS + 1):
        await services.machinery.roster.reap()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP], ids=["stopped", "killed", "hung"]
)
async def test_a_task_goes_on_at_another_worker(
    tmp_path: Path, postgres_url: str, number: signal.Signals
) -> None:
    """Its agent goes on, is paid once and told whole; a worker that wakes up too late ends."""
    home, repository = tmp_path / "phantom-home", tmp_path / "repository"
    await asyncio.to_thread(home.mkdir)
    await asyncio.to_thread(make_repository, repository)
    before = await asyncio.to_thread(Checkout.of, repository)
    agents, evaluators = [paid_agent(home)], [RightSum()]
    async with (
        other_worker(home, repository, postgres_url) as other,
        running(tmp_path, agents, database_url=postgres_url, evaluators=evaluators) as services,
        asyncio.timeout(_PATIENCE_SECONDS),
    ):
        (task,) = (await services.tasks.list()).items
        other.send_signal(number)
        if number is signal.SIGSTOP:
            await give_up(services)
        await services.tasks.wait(task.id)
        if number is signal.SIGSTOP:
            other.send_signal(signal.SIGCONT)
        status = await other.wait()
        taken_over = services.machinery.roster.taken_over

    assert (-number if number is signal.SIGKILL else 0) == status
    assert 1 == taken_over
    assert [] == await asyncio.to_thread(audit, home, repository, postgres_url, before)


async def test_a_task_is_cancelled_at_the_worker_that_does_not_run_it(
    tmp_path: Path, postgres_url: str
) -> None:
    """The other one ends it, with its agent, and ends as a worker without work does."""
    home, repository = tmp_path / "phantom-home", tmp_path / "repository"
    await asyncio.to_thread(home.mkdir)
    await asyncio.to_thread(make_repository, repository)
    async with (
        other_worker(home, repository, postgres_url) as other,
        running(tmp_path, [paid_agent(home)], database_url=postgres_url) as services,
        asyncio.timeout(_PATIENCE_SECONDS),
    ):
        (task,) = (await services.tasks.list()).items
        await services.tasks.cancel(task.id)
        ended = await services.tasks.wait(task.id)
        status = await other.wait()
        left = await asyncio.to_thread(cancel.processes_of, task.id)
        open_rows = await cancel.left_behind(services)

    assert ("cancelled", 1, 0) == (ended.failure_reason, ended.starts, status)
    assert ([], 0) == (left, open_rows)
