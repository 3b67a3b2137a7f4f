"""The bus wakes listeners; it carries no event, since the table is the truth."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol


class Bus(Protocol):
    """Tells listeners, in this process or others, that there are new events."""

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

    async def publish(self) -> None:
        """Set every listener's flag; never waits for any of them."""
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
