"""A bounded number of slots, shared fairly between those who want them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairSlots:
    """At most `size` holders at a time; waiting owners take turns.

    A plain semaphore serves in order of arrival, so that one task which queues six evaluators
    would hold up the first one of every other. Here each owner's queue is served in turn.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @property
    def held(self) -> int:
        """How many are held now."""
        return self._size - self._free

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(len(queue) for queue in list(self._waiting.values()))

    @asynccontextmanager
    async def hold(self, owner: str) -> AsyncIterator[None]:
        """Hold one slot for `owner`, waiting until it is its turn."""
        await self._acquire(owner)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, owner: str) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The slot may have been handed over in the moment of the cancellation.
            if turn.done() and not turn.cancelled():
                self._release()
            raise

    def _release(self) -> None:
        while self._waiting:
            owner, queue = next(iter(self._waiting.items()))
            turn = queue.popleft()
            del self._waiting[owner]
            if queue:
                self._waiting[owner] = queue  # behind all other owners
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
