"""Cancelling and deadlines: a step's work is raced against both."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TypeVar

from sqlalchemy import select

from phantom.db.database import Database
from phantom.db.models import Task
from phantom.db.periodic import every
from phantom.orchestration.stops import Reason, Stop

_POLL_SECONDS = 0.5

T = TypeVar("T")


class Cancellations:
    """Which of this process's runs should stop.

    The flag in the task's row is the truth, so any process may cancel a run of any other; a
    request made in this process is seen at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running: dict[str, asyncio.Event] = {}

    def watch(self, task_id: str) -> None:
        """The run of `task_id` is under way in this process."""
        self._running.setdefault(task_id, asyncio.Event())

    def forget(self, task_id: str) -> None:
        """The run is over."""
        self._running.pop(task_id, None)

    def request(self, task_id: str) -> None:
        """Stop the run, where it is under way in this process."""
        if (flag := self._running.get(task_id)) is not None:
            flag.set()

    async def poll(self) -> None:
        """Look for requests made elsewhere, until cancelled."""
        await every(_POLL_SECONDS, self._look)

    async def _look(self) -> None:
        if not self._running:
            return
        async with self._database.read() as session:
            wanted = await session.scalars(
                select(Task.id).where(Task.cancel_requested.is_(True), Task.id.in_(self._running))
            )
        for task_id in wanted:
            self.request(task_id)

    async def race(self, task_id: str, work: Awaitable[T], *, seconds: float) -> T:
        """The result of `work`; raises Stop, with the work cancelled, where it has to stop.

        It has to where somebody asks for that, and after `seconds`.
        """
        flag = self._running[task_id]
        task = asyncio.ensure_future(work)
        cancelled = asyncio.create_task(flag.wait())
        try:
            await asyncio.wait(
                {task, cancelled}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if task.done():
                return task.result()
            if flag.is_set():
                raise Stop(Reason.CANCELLED, "The task was cancelled.")
            raise Stop(
                Reason.DEADLINE,
                "The task reached the time limit of its project (`timeframe.max_minutes`).",
            )
        finally:
            cancelled.cancel()
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
