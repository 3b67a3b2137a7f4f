"""The bus wakes listeners; it carries no event, since the table is the truth."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol


class Bus(Protocol):
    """Tells listeners, in this process or others, that there are new events.

    Attributes:
        connected: events reach all processes now; one process alone is always connected.
        wakes: how often listeners here were told to look.
        losses: how often the channel to other processes broke.
    """

    connected: bool
    wakes: int
    losses: int

    @property
    def listeners(self) -> int:
        """How many listen in this process."""
        ...

    async def publish(self) -> None:
        """Events were committed."""
        ...

    def listen(self) -> contextlib.AbstractAsyncContextManager[asyncio.Event]:
        """While open, the yielded flag is set whenever there may be new events."""
        ...


class LocalBus:
    """Wakes the listeners of this process."""

    def __init__(self) -> None:
        self._flags: set[asyncio.Event] = set()
        self.connected = True
        self.wakes = 0
        self.losses = 0

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._flags)

    async def publish(self) -> None:
        """Set every listener's flag; never waits for any of them."""
        self.wakes += 1
        for flag in self._flags:
            flag.set()

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Event]:
        """A flag that starts set, so that a new listener looks once at what there is."""
        flag = asyncio.Event()
        flag.set()
        self._flags.add(flag)
        try:
            yield flag
        finally:
            self._flags.discard(flag)
