"""Whether the machine has room for another task; one that has not begun waits for it."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil
import structlog
from sqlalchemy import bindparam, select

from phantom.db.models import Task
from phantom.engine.leaving import Leaving
from phantom.events.store import EventStore
from phantom.events.types import SystemAlert
from phantom.vocabulary import Severity, TaskStatus

LOOK_SECONDS = 2.0
"""How often a task that waits looks again."""
_MEGABYTE = 1_000_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Floors:
    """What has to be free for a task to begin, in megabytes; 0 for no matter what."""

    disk: int
    memory: int


def lack(home: Path, floors: Floors) -> str | None:
    """What is short, as a sentence with the figures and the setting; None where nothing is.

    Blocking. Memory is the machine's: a container's own limit is not seen.
    """
    there = next(each for each in (home, *home.parents) if each.exists())
    free = shutil.disk_usage(there).free // _MEGABYTE
    if free < floors.disk:
        return (
            f"Only {free:,} MB are free on the disk of {home}, and no task begins with less than "
            f"{floors.disk:,} MB (`min_free_disk_mb`)."
        )
    available = psutil.virtual_memory().available // _MEGABYTE
    if available < floors.memory:
        return (
            f"Only {available:,} MB of memory are available, and no task begins with less than "
            f"{floors.memory:,} MB (`min_free_memory_mb`)."
        )
    return None


_PENDING = select(Task.project_id).where(
    Task.id == bindparam("task_id"), Task.status == TaskStatus.PENDING
)


class Room:
    """Makes tasks that have not begun wait while the machine is short of something."""

    def __init__(self, store: EventStore, home: Path, floors: Floors) -> None:
        self._store = store
        self._home = home
        self._floors = floors

    async def lack(self) -> str | None:
        """See the function `lack`."""
        return await asyncio.to_thread(lack, self._home, self._floors)

    async def wait(self, task_id: str, leaving: Leaving) -> None:
        """Return once there is room, or the task is not pending any more.

        A task that has begun goes on: to end it needs less than it has already. What is waited for
        is told once. Raises Released where the process leaves.
        """
        told = False
        while (short := await self.lack()) is not None:
            project_id = await self._project_of_pending(task_id)
            if project_id is None:
                return
            if not told:
                await self._tell(short, task_id, project_id)
                told = True
            await leaving.unless(asyncio.sleep(LOOK_SECONDS))

    async def _project_of_pending(self, task_id: str) -> str | None:
        async with self._store.database.read() as session:
            return await session.scalar(_PENDING, {"task_id": task_id})

    async def _tell(self, short: str, task_id: str, project_id: str) -> None:
        _log.warning("a task waits for room on this machine", task_id=task_id, why=short)
        alert = SystemAlert(
            message=f"A task waits. {short} It begins by itself once there is more.",
            severity=Severity.WARNING,
        )
        await self._store.emit(alert, task_id=task_id, project_id=project_id)
