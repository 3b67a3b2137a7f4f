"""A bus between processes: wakes listeners here and, by a channel, those elsewhere.

The channel carries nothing but "look": an event lost with a broken connection is found by the look
that follows the reconnection, and a slow channel delays nobody here.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import structlog

from phantom.events.bus import LocalBus

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0

_log = structlog.get_logger(__name__)


class ChannelLost(Exception):
    """The connection behind a channel is gone; another one is tried."""


class Channel(Protocol):
    """A connection over which processes wake each other."""

    async def notify(self) -> None:
        """Wake all processes, this one included. Raises ChannelLost."""
        ...

    async def wait(self) -> None:
        """Return when somebody notified. Raises ChannelLost."""
        ...


OpenChannel = Callable[[], contextlib.AbstractAsyncContextManager[Channel]]


class RemoteBus(LocalBus):
    """Local at once, remote as soon as the channel allows; works on without it."""

    def __init__(self, open_channel: OpenChannel) -> None:
        super().__init__()
        self._open_channel = open_channel
        self._unsent = asyncio.Event()
        self.connected = False

    async def publish(self) -> None:
        """Wake the listeners of this process, and the other processes in the background."""
        await super().publish()
        self._unsent.set()

    async def keep(self) -> None:
        """Hold the channel open until cancelled, with growing pauses while it cannot be."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with self._open_channel() as channel:
                    self.connected = True
                    pause = _FIRST_PAUSE_SECONDS
                    await super().publish()
                    async with asyncio.TaskGroup() as both_ways:
                        both_ways.create_task(self._send(channel))
                        both_ways.create_task(self._receive(channel))
            except* ChannelLost as lost:
                self.losses += 1
                _log.warning("the event bus lost its channel", error=str(lost.exceptions[0]))
            self.connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _send(self, channel: Channel) -> None:
        while True:
            await self._unsent.wait()
            # Many events while one notification is on its way become one more.
            self._unsent.clear()
            await channel.notify()

    async def _receive(self, channel: Channel) -> None:
        while True:
            await channel.wait()
            await super().publish()
