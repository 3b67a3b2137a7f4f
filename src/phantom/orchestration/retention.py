"""What ended tasks left in the home is kept for a while, or up to a size, then removed."""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.db.models import Task

_SET_ASIDE = ".removed"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A directory that has one below it for each task.

    Attributes:
        what: what lies there, in one word.
        keep: for how long after a task's end.
    """

    what: str
    directory: Path
    keep: timedelta


@dataclass(frozen=True, slots=True)
class _Kept:
    shelf: Shelf
    path: Path
    ended_at: datetime


@dataclass(slots=True)
class Removed:
    """What was removed: how many, and how many bytes of the disk, by what it was."""

    many: Counter[str]
    size: Counter[str]


class Retention:
    """Removes directories of ended tasks; those of tasks that may still need them stay.

    The rows, the branch in the user's repository and the events are no business of this.
    """

    def __init__(
        self, database: Database, shelves: Sequence[Shelf], *, most_bytes: int | None = None
    ) -> None:
        """`most_bytes` on all shelves together; what ended first goes first."""
        self._database = database
        self._shelves = tuple(shelves)
        self._most_bytes = most_bytes

    async def collect(self) -> Removed:
        """Remove what has been kept long enough, or is too much; a deleted task's goes as well."""
        removed = Removed(Counter(), Counter())
        ended = await self._of_ended_tasks(removed)
        now = utc_now()
        stay = []
        for each in ended:
            if each.ended_at <= now - each.shelf.keep:
                await self._remove(each, removed)
            else:
                stay.append(each)
        if self._most_bytes is not None:
            await self._shrink(stay, self._most_bytes, removed)
        return removed

    async def _of_ended_tasks(self, removed: Removed) -> list[_Kept]:
        """Those of ended tasks; what belongs to no task any more is removed on the way."""
        kept = []
        for shelf in self._shelves:
            found = await asyncio.to_thread(_directories, shelf.directory)
            ends = await self._ends([path.name for path in found if _is_id(path.name)])
            for path in found:
                if path.name not in ends:
                    await _delete(shelf, path, removed)
                elif (ended_at := ends[path.name]) is not None:
                    kept.append(_Kept(shelf, path, ended_at))
        return kept

    async def _shrink(self, ended: list[_Kept], most: int, removed: Removed) -> None:
        total = 0
        for shelf in self._shelves:
            total += await asyncio.to_thread(_size, shelf.directory)
        for each in sorted(ended, key=lambda each: each.ended_at):
            if total <= most:
                return
            total -= await self._remove(each, removed)

    async def _remove(self, kept: _Kept, removed: Removed) -> int:
        """Remove it, unless its task was started again; returns the bytes that this gave."""
        aside = kept.path.with_name(kept.path.name + _SET_ASIDE)
        async with self._database.write() as session:
            # Whoever begins a run locks the row, too: it finds all of the directory, or nothing.
            task = await session.get(Task, kept.path.name, with_for_update=True)
            if task is not None and task.completed_at != kept.ended_at:
                return 0
            await asyncio.to_thread(kept.path.rename, aside)
        return await _delete(kept.shelf, aside, removed)

    async def _ends(self, task_ids: Sequence[str]) -> dict[str, datetime | None]:
        """When each task ended, None for one that has not; a task that is gone is left out."""
        ends: dict[str, datetime | None] = {}
        async with self._database.read() as session:
            for start in range(0, len(task_ids), 500):
                wanted = Task.id.in_(task_ids[start : start + 500])
                rows = await session.execute(select(Task.id, Task.completed_at).where(wanted))
                ends.update((task_id, ended_at) for task_id, ended_at in rows)
        return ends


async def _delete(shelf: Shelf, path: Path, removed: Removed) -> int:
    size = await asyncio.to_thread(_size, path)
    await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
    removed.many[shelf.what] += 1
    removed.size[shelf.what] += size
    return size


def _directories(shelf: Path) -> list[Path]:
    if not shelf.is_dir():
        return []
    return [path for path in shelf.iterdir() if path.is_dir() and not path.is_symlink()]


def _size(directory: Path) -> int:
    """Bytes of the disk below `directory`; what goes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(Path(parent, name)).st_blocks * 512
            except OSError:
                continue
    return total


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
