"""How long a cancelled task goes on.

Run as `./dev bench cancel [--times N] [--database sqlite|postgresql] [--elsewhere]`. Tasks are
cancelled at random moments of each step. A task is quiet once it has ended in the database and no
process that was started for it is left. With `--elsewhere` it is cancelled as by another server,
which knows the run by the database alone. The ledger is looked at afterwards.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from phantom.agents.detached import DetachedAgent
from phantom.agents.port import Agent, AgentEvent, AgentRequest, ErrorKind, Failed
from phantom.agents.scripted import ScriptedAgent
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.db import models
from phantom.errors import Conflict
from phantom.evaluation.tests import TestsEvaluator
from phantom.hrm.resolve import Configurations
from phantom.orchestration.cancellation import Cancellations
from phantom.processes import MARK
from phantom.security.sandbox import Uncaged
from phantom.settings import Settings
from phantom.tasks.service import Order, TaskService
from phantom.vocabulary import AgentType, TaskStatus, TaskType
from tools.postgres import PostgresServer

LIMIT_SECONDS = 3.0
_ENDED = {TaskStatus.COMPLETED, TaskStatus.FAILED}
# An agent that ignores SIGTERM and leaves a child in a session of its own.
_STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
subprocess.Popen(child, start_new_session=True)
print('{"type": "activity", "message": "at work"}', flush=True)
time.sleep(600)
"""
_QUICK = """
import json, pathlib, sys
workspace = pathlib.Path(json.loads(pathlib.Path(sys.argv[1]).read_text())["workspace"])
(workspace / "new.py").write_text("x = 1\\n")
print('{"type": "finished", "content": "done"}', flush=True)
"""
_SLOW_TEST = "import time\n\n\ndef test_slow():\n    time.sleep(600)\n"
_QUICK_TEST = "def test_quick():\n    pass\n"


@dataclass(frozen=True)
class Moment:
    """When a task is cancelled: up to `within` seconds after `after` has its record.

    `after` is a step's name, `start` for the order itself, or `event` for the agent's first one.
    """

    step: str
    agent: str
    repository: str
    after: str
    within: float


MOMENTS = (
    Moment("workspace", "quick", "quick", "start", 0.15),
    Moment("context and plan", "quick", "quick", "workspace", 0.03),
    Moment("call", "stubborn", "quick", "event", 1.0),
    Moment("waiting for a limit", "limited", "quick", "event", 1.0),
    Moment("evaluation", "quick", "slow", "call-1-1", 2.0),
    Moment("finish", "quick", "quick", "evaluate-1", 0.05),
)


def main() -> int:
    """Print a row for each step; 0 where all stayed below the limit and left nothing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--elsewhere", action="store_true")
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    where = "another server" if options.elsewhere else "the same server"
    print(f"cancel: {options.times} times each, by {where}, {options.database}, ", end="")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, seed {options.seed}")
    chance = random.Random(options.seed)
    with made(options.database) as (root, url):
        taken = asyncio.run(measured(root, url, options.times, chance, options.elsewhere))
    print(f"{'cancelled in':<22}{'p50 ms':>9}{'p99 ms':>9}{'worst':>9}{'limit':>9}  left behind")
    for step, (seconds, left) in taken.items():
        told = [statistics.median(seconds), percentile(seconds, 0.99), max(seconds)]
        figures = "".join(f"{1000 * each:>9.0f}" for each in told)
        print(f"{step:<22}{figures}{'< 3000':>9}  {left}")
    wrong = any(left or max(seconds) >= LIMIT_SECONDS for seconds, left in taken.values())
    return 1 if wrong else 0


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextlib.contextmanager
def made(database: str) -> Iterator[tuple[Path, str]]:
    """A directory with the repositories `quick` and `slow`, and a database."""
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        root = Path(directory)
        for name, test in (("quick", _QUICK_TEST), ("slow", _SLOW_TEST)):
            repository = root / name
            repository.mkdir()
            (repository / "test_it.py").write_text(test)
            for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
                author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
                subprocess.run(["git", *author, *command], cwd=repository, check=True)
        if database == "sqlite":
            yield root, f"sqlite:///{root / 'home' / 'phantom.db'}"
            return
        with PostgresServer() as server, server.database() as url:
            yield root, url


async def measured(
    root: Path, url: str, times: int, chance: random.Random, elsewhere: bool
) -> dict[str, tuple[list[float], int]]:
    """By step: seconds from the cancellation until all was quiet, and how much was left behind."""
    taken: dict[str, tuple[list[float], int]] = {}
    async with served(root, url) as services:
        canceller = other_server(services) if elsewhere else services.tasks
        for moment in MOMENTS:
            seconds = []
            for _ in range(times):
                task_id = await reached(services, root, moment)
                await asyncio.sleep(chance.uniform(0.0, moment.within))
                seconds.append(await until_quiet(services, canceller, task_id))
            taken[moment.step] = seconds, await left_behind(services)
    return taken


@contextlib.asynccontextmanager
async def served(root: Path, url: str) -> AsyncIterator[Services]:
    """A server with three agents: one that never ends, one that is quick, one that is limited."""
    home = root / "home"

    def detached(name: str, source: str) -> DetachedAgent:
        return DetachedAgent(
            name,
            AgentType.OPENAI,
            command=lambda request: [sys.executable, "-S", "-c", source, str(request)],
            can=lambda _: True,
            journals=home / "calls",
            sandbox=Uncaged(),
        )

    def limited(_request: AgentRequest) -> Iterator[AgentEvent]:
        yield Failed(kind=ErrorKind.RATE_LIMIT, message="429", retry_after=600.0)

    agents: list[Agent] = [
        detached("stubborn", _STUBBORN),
        detached("quick", _QUICK),
        ScriptedAgent(limited, agent_id="limited", agent_type=AgentType.OPENAI),
    ]

    def runtime() -> Runtime:
        settings = Settings(home=home, roots=(root,), database_url=url, shutdown_seconds=0.3)
        return Runtime(settings, agents=agents, evaluators=[TestsEvaluator()])

    async with (await asyncio.to_thread(runtime)).running() as services:
        yield services


def other_server(services: Services) -> TaskService:
    """What another server knows: the database, and none of the runs of this process."""
    return TaskService(
        store=services.store,
        engine=services.machinery.engine,
        cancellations=Cancellations(services.database),
        projects=services.projects,
        configurations=Configurations(),
        roots=services.settings.roots,
        home=services.settings.home,
    )


async def reached(services: Services, root: Path, moment: Moment) -> str:
    """A new task that has come to the moment; its id."""
    order = Order(
        prompt="Do",
        task_type=TaskType.DEBUGGING,
        workspace=str(root / moment.repository),
        agent=moment.agent,
    )
    task = await services.tasks.submit(order)
    while moment.after != "start" and not await has_come(services, task.id, moment.after):
        await asyncio.sleep(0.005)
    return task.id


async def has_come(services: Services, task_id: str, after: str) -> bool:
    """True where the step has its record, or the agent has said something."""
    if after == "event":
        events = await services.store.after(0, task_id=task_id)
        return any(event.body["type"] == "agent_activity" for event in events)
    async with services.database.read() as session:
        return await session.get(models.StepRecord, (task_id, 1, after)) is not None


async def until_quiet(services: Services, canceller: TaskService, task_id: str) -> float:
    """Cancel; seconds until the task has ended and no process of it is left."""
    began = time.monotonic()
    with contextlib.suppress(Conflict):  # it had just come to its own end
        await canceller.cancel(task_id)
    while True:
        task = await services.tasks.get(task_id)
        if task.status in _ENDED and not await asyncio.to_thread(processes_of, task_id):
            return time.monotonic() - began
        await asyncio.sleep(0.01)


def processes_of(task_id: str) -> list[str]:
    """Pids of what carries the task's mark and has not ended."""
    sign = f"{MARK}={task_id}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and sign in (entry / "environ").read_bytes():
                found.append(entry.name)
    return found


async def left_behind(services: Services) -> int:
    """Reservations that are open, and calls that are still said to run."""
    async with services.database.read() as session:
        reserved = select(func.count()).where(models.LedgerEntry.open.is_(True))
        running = select(func.count()).where(models.AgentCall.state == "running")
        return (await session.scalar(reserved) or 0) + (await session.scalar(running) or 0)


if __name__ == "__main__":
    sys.exit(main())
