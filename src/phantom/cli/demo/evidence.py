"""What the demo measures beside the server: the state before, the journal, and what still lives."""

import asyncio
import shutil
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import select

from phantom import processes
from phantom.db import models
from phantom.db.database import Database
from phantom.evaluation import EvaluationPool, Report, Subject, default_evaluators
from phantom.git import head_commit
from phantom.security.sandbox import detect
from phantom.vocabulary import TaskType

_TIMEOUT_SECONDS = 60.0


class Journal(BaseModel):
    """What is written down about the agent calls of one task.

    Attributes:
        server_starts: by how many server processes the run was begun or taken up.
        calls: rows of the journal, each an agent call that was made.
        processes_started: call directories, each with one agent process.
    """

    server_starts: int
    calls: list[str]
    processes_started: int


class Survivor(BaseModel):
    """The agent of a killed server.

    Attributes:
        lines_at_kill: events in its journal when the server died.
        lines_later: events there just before the next server started.
    """

    pid: int
    alive: bool
    lines_at_kill: int
    lines_later: int


async def quality_now(repository: Path, scratch: Path) -> Report:
    """Evaluate a repository as it is, by the same tools and formula as an iteration."""
    copy, work = scratch / "before", scratch / "before-scratch"
    await asyncio.to_thread(shutil.copytree, repository, copy)
    await asyncio.to_thread(work.mkdir)
    commit = await head_commit(copy)
    assert commit is not None
    subject = Subject(
        workspace=copy,
        scratch=work,
        base_commit=commit,
        mark=scratch.name,  # of its own: another demo's sweep must not find these processes
        task_type=TaskType.DEBUGGING,
        sandbox=await detect(hidden=(Path.home(),)),
    )
    pool = EvaluationPool(2)
    return await pool.evaluate(subject, default_evaluators(), timeout_seconds=_TIMEOUT_SECONDS)


async def journal(home: Path, task_id: str) -> Journal:
    """The journal of a task, read from the database and the call directories themselves."""
    database = Database(f"sqlite:///{home / 'phantom.db'}")
    try:
        async with database.read() as session:
            task = await session.get_one(models.Task, task_id)
            calls = await session.scalars(
                select(models.AgentCall.call_id).where(models.AgentCall.task_id == task_id)
            )
            directories = await asyncio.to_thread(_call_directories, home, task_id)
            return Journal(
                server_starts=task.starts, calls=list(calls), processes_started=len(directories)
            )
    finally:
        await database.close()


async def survivor(home: Path, task_id: str, *, watch_seconds: float) -> Survivor | None:
    """The agent that works on after its server died, watched for a moment; None without one."""
    directories = await asyncio.to_thread(_call_directories, home, task_id)
    if not directories:
        return None
    call = directories[-1]
    pid = int(await asyncio.to_thread((call / "pid").read_text))
    before = await asyncio.to_thread(_lines, call)
    await asyncio.sleep(watch_seconds)
    alive = await asyncio.to_thread(processes.carries_mark, pid, task_id)
    return Survivor(
        pid=pid,
        alive=alive,
        lines_at_kill=before,
        lines_later=await asyncio.to_thread(_lines, call),
    )


def _call_directories(home: Path, task_id: str) -> list[Path]:
    return sorted(path.parent for path in (home / "calls" / task_id).glob("*/*/pid"))


def _lines(call: Path) -> int:
    return (call / "output.jsonl").read_bytes().count(b"\n")
