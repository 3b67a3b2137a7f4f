"""Waiting for tasks to end: one look at the database for all who wait, however many they are."""

import asyncio
from collections import defaultdict

from sqlalchemy import select

from phantom.db.database import is_out_of_reach
from phantom.db.models import Task
from phantom.events.store import EventStore
from phantom.vocabulary import TaskStatus

OPEN = (TaskStatus.PENDING, TaskStatus.IN_PROGRESS)
ENDED = (TaskStatus.COMPLETED, TaskStatus.FAILED)
_PAUSE_SECONDS = 0.05
_POLL_SECONDS = 1.0


class EndWatch:
    """Wakes those who wait for a task, when it has ended in whichever process."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._watcher: asyncio.Task[None] | None = None

    async def ended(self, task_id: str) -> None:
        """Return once the task has ended; at once where it has already."""
        flag = asyncio.Event()
        self._waiting[task_id].add(flag)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            await flag.wait()
        finally:
            self._waiting[task_id].discard(flag)
            if not self._waiting[task_id]:
                del self._waiting[task_id]

    async def _watch(self) -> None:
        async with self._store.bus.listen() as news:
            while self._waiting:
                news.clear()
                try:
                    ended = await self._ended_ones()
                except Exception as error:  # who waits goes on waiting until the database is back
                    if not is_out_of_reach(error):
                        raise
                    ended = []
                for task_id in ended:
                    for flag in self._waiting.get(task_id, ()):
                        flag.set()
                # A short pause gathers a burst of events into one look.
                await asyncio.sleep(_PAUSE_SECONDS)
                try:
                    # The timeout covers changes by other processes, which this bus may not carry.
                    async with asyncio.timeout(_POLL_SECONDS):
                        await news.wait()
                except TimeoutError:
                    continue

    async def _ended_ones(self) -> list[str]:
        async with self._store.database.read() as session:
            found = await session.scalars(
                select(Task.id).where(Task.id.in_(list(self._waiting)), Task.status.in_(ENDED))
            )
            return list(found)
