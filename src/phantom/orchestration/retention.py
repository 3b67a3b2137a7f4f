"""Workspaces and journals of ended tasks are kept for a while, then removed."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.db.models import Task
from phantom.db.periodic import every

_EVERY_SECONDS = 3600.0


class Retention:
    """Removes what ended tasks left in the home directory, `keep` after their end.

    The rows, the branch in the user's repository and the events stay.
    """

    def __init__(self, database: Database, directories: tuple[Path, ...], keep: timedelta) -> None:
        self._database = database
        self._directories = directories
        self._keep = keep

    async def keep_clean(self) -> None:
        """Collect now and every hour, until cancelled."""
        await every(_EVERY_SECONDS, self.collect)

    async def collect(self) -> int:
        """Remove what is due; returns how many directories went.

        A directory whose task is gone is due as well. The names are ids that we made.
        """
        found = await asyncio.to_thread(self._found)
        kept = await self._kept([path.name for path in found])
        due = [path for path in found if path.name not in kept]
        for path in due:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
        return len(due)

    async def _kept(self, task_ids: list[str]) -> set[str]:
        since = utc_now() - self._keep
        kept: set[str] = set()
        async with self._database.read() as session:
            for start in range(0, len(task_ids), 500):
                rows = await session.scalars(
                    select(Task.id).where(
                        Task.id.in_(task_ids[start : start + 500]),
                        Task.completed_at.is_(None) | (Task.completed_at > since),
                    )
                )
                kept.update(rows)
        return kept

    def _found(self) -> list[Path]:
        return [
            path
            for directory in self._directories
            if directory.is_dir()
            for path in directory.iterdir()
            if path.is_dir() and not path.is_symlink()
        ]
