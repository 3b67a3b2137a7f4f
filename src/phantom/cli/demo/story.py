"""The demo from the first line to the last; everything that it tells is measured in this run."""

import asyncio
import shutil
import time
from contextlib import aclosing
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console

from phantom import git, processes
from phantom.agents.embedded import EMBEDDED_AGENT_ID
from phantom.cli.demo import evidence, process, repository, screen
from phantom.cli.demo.evidence import Journal, Survivor
from phantom.cli.demo.process import ServerProcess
from phantom.cli.demo.screen import Repair
from phantom.cli.progress import Plain, Progress, watch
from phantom.client import Client, Order, TaskView
from phantom.errors import PhantomError
from phantom.evaluation import Report
from phantom.vocabulary import TaskStatus, TaskType

REPAIR_PROMPT = "Fix the failing tests"
REVIEW_PROMPT = "Look for security problems"
_WATCH_SECONDS = 1.0
_AT_WORK = {"localise", "search"}
"""Phases of the embedded agent in which the server is killed."""


class Outcome(BaseModel):
    """What `phantom demo --json` prints.

    Attributes:
        directory: where repository and data are, if they were kept.
        seconds: the whole demo.
    """

    repair: TaskView
    review: TaskView
    quality_before: float | None
    tests_before: dict[str, float]
    diff: str
    journal: Journal
    survivor: Survivor | None
    server_start_seconds: list[float]
    directory: str | None
    seconds: float

    @property
    def succeeded(self) -> bool:
        """True where both tasks were completed."""
        return all(task.status is TaskStatus.COMPLETED for task in (self.repair, self.review))


async def play(out: Console, *, crash: bool, keep: bool) -> Outcome:
    """Tell the story on `out`. Raises StartupError where the server does not come up."""
    directory = await asyncio.to_thread(repository.scratch)
    stage = Stage(out, directory)
    try:
        outcome = await stage.perform(crash=crash)
    finally:
        await stage.clear(keep=keep)
    if keep:
        outcome = outcome.model_copy(update={"directory": str(directory)})
        screen.kept(out, directory)
    return outcome


class Stage:
    """A directory with the repository, the server's home, and the server that runs."""

    def __init__(self, out: Console, directory: Path) -> None:
        self._out = out
        self._directory = directory
        self._home = directory / "home"
        self._server: ServerProcess | None = None
        self._starts: list[float] = []
        self._survivor: Survivor | None = None

    async def perform(self, *, crash: bool) -> Outcome:
        """Both tasks, shown."""
        started = time.monotonic()
        screen.title(self._out, crash=crash)
        root = await repository.make(self._directory)
        server, before = await asyncio.gather(
            self._start(), evidence.quality_now(root, self._directory)
        )
        screen.beginning(self._out, before, server)
        fixed = await self._repair(root, before, crash=crash)
        reviewed = await self._review(root)
        seconds = time.monotonic() - started
        screen.end(self._out, seconds)
        tests = next((e.metrics for e in before.evaluations if e.evaluator == "tests"), {})
        return Outcome(
            repair=fixed.task,
            review=reviewed,
            quality_before=before.quality,
            tests_before=tests,
            diff=fixed.diff,
            journal=fixed.journal,
            survivor=self._survivor,
            server_start_seconds=[round(each, 3) for each in self._starts],
            directory=None,
            seconds=round(seconds, 3),
        )

    async def clear(self, *, keep: bool) -> None:
        """Stop what runs, and remove everything unless it is to be kept."""
        if self._server is not None:
            await self._server.stop()
        await processes.sweep(mark=self._directory.name, directory=self._directory)
        if not keep:
            await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)

    async def _start(self) -> ServerProcess:
        self._server = await process.start(self._home, self._directory)
        self._starts.append(self._server.seconds)
        return self._server

    async def _repair(self, root: Path, before: Report, *, crash: bool) -> Repair:
        screen.repairing(self._out)
        assert self._server is not None
        show = Plain(self._out, indent="  ")
        async with Client(self._server.url) as client:
            task_id = await client.submit(_order(REPAIR_PROMPT, TaskType.DEBUGGING, root))
            last = await self._crash(client, task_id, show) if crash else 0
            if not crash:
                task = await watch(client, task_id, show)
        if crash:
            server = await self._start()
            screen.resumed(self._out, server)
            async with Client(server.url) as client:
                task = await watch(client, task_id, show, after=last)
        fixed = Repair(
            task=task,
            before=before,
            diff=await self._diff(root, task),
            journal=await evidence.journal(self._home, task_id),
            root=root,
        )
        screen.repaired(self._out, fixed)
        if crash:
            screen.proof(self._out, fixed.journal)
        return fixed

    async def _crash(self, client: Client, task_id: str, show: Plain) -> int:
        """Kill the server while the agent works; returns the last event that was seen."""
        assert self._server is not None
        last = await _until_at_work(client, task_id, show)
        await self._server.kill()
        screen.killed(self._out, self._server)
        self._survivor = await evidence.survivor(self._home, task_id, watch_seconds=_WATCH_SECONDS)
        screen.survived(self._out, self._survivor)
        return last

    async def _review(self, root: Path) -> TaskView:
        screen.reviewing(self._out)
        assert self._server is not None
        async with Client(self._server.url) as client:
            task_id = await client.submit(_order(REVIEW_PROMPT, TaskType.SECURITY, root))
            task = await watch(client, task_id, Plain(self._out, indent="  "))
        screen.reviewed(self._out, task)
        return task

    async def _diff(self, root: Path, task: TaskView) -> str:
        base = task.metadata.get("base_commit")
        if task.branch is None or not isinstance(base, str):
            return ""
        return await git.diff(root, base, task.branch)


def _order(prompt: str, task_type: TaskType, root: Path) -> Order:
    # By name: what is shown costs nothing, whoever else is connected.
    return Order(prompt=prompt, task_type=task_type, workspace=str(root), agent=EMBEDDED_AGENT_ID)


async def _until_at_work(client: Client, task_id: str, show: Plain) -> int:
    """Show a task until its agent is in the middle of its work; returns the last event shown."""
    progress = Progress(await client.task(task_id))
    last = 0
    with show.open(progress):
        async with aclosing(client.events(task_id)) as events:
            async for event in events:
                number = event.get("id")
                last = number if isinstance(number, int) else last
                if (line := progress.take(event)) is not None:
                    show.line(progress, line)
                match event:
                    case {"type": "agent_activity", "detail": {"phase": str(phase)}}:
                        if phase in _AT_WORK:
                            return last
                    case {"type": "task_result"}:
                        break
                    case _:
                        pass
    raise PhantomError("The task ended before its agent could be interrupted.")
