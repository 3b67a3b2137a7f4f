"""How a process gives up its runs without ending them, so that another one goes on with them."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Released(Exception):
    """This process has nothing more to do with a run that has not ended."""


class Leaving:
    """Tells the runs of this process that it is about to end."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @property
    def begun(self) -> bool:
        """True from the moment on at which the process was told to end."""
        return self._begun.is_set()

    def begin(self) -> None:
        """From now on no run begins a step, and none waits for what another process can."""
        self._begun.set()

    def check(self) -> None:
        """Raise Released where the process is about to end."""
        if self.begun:
            raise Released

    async def unless(self, work: Awaitable[T]) -> T:
        """The result of `work`; raises Released, with the work dropped, where the process leaves.

        For what loses nothing by it: a mere wait, or a process that outlives this one.
        """
        task = asyncio.ensure_future(work)
        begun = asyncio.create_task(self._begun.wait())
        try:
            await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Released
        finally:
            begun.cancel()
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
