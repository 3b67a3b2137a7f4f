"""Waking processes by PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
from sqlalchemy.engine import URL

from phantom.events.remote_bus import Channel, ChannelLost

_NAME = "phantom_events"
_LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class _PostgresChannel:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._news = asyncio.Event()
        self._lost = False

    def wake(self, *_: object) -> None:
        self._news.set()

    def lose(self, *_: object) -> None:
        self._lost = True
        self._news.set()

    async def notify(self) -> None:
        try:
            await self._connection.execute(f"NOTIFY {_NAME}")
        except _LOST as error:
            raise ChannelLost(f"PostgreSQL: {error}") from error

    async def wait(self) -> None:
        await self._news.wait()
        self._news.clear()
        if self._lost:
            raise ChannelLost("PostgreSQL closed the connection")


def postgres_channel(url: URL) -> contextlib.AbstractAsyncContextManager[Channel]:
    """A channel on a connection of its own to the database at `url`. Raises ChannelLost."""
    return _open(url.set(drivername="postgresql").render_as_string(hide_password=False))


@contextlib.asynccontextmanager
async def _open(dsn: str) -> AsyncIterator[Channel]:
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
        channel = _PostgresChannel(connection)
        connection.add_termination_listener(channel.lose)
        await connection.add_listener(_NAME, channel.wake)
    except _LOST as error:
        raise ChannelLost(f"PostgreSQL: {error}") from error
    try:
        yield channel
    finally:
        connection.terminate()
