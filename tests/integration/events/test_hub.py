"""Fan-out: everyone gets what is theirs, once and in order, whoever else is slow or gone."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from phantom.db.models import new_id
from phantom.events.hub import GLOBAL, EventHub, Listener, project_channel, task_channel
from phantom.events.store import EventStore
from phantom.events.types import SystemAlert
from phantom.vocabulary import Severity
from tests.support.api import until

TASK, PROJECT, OTHER = new_id(), new_id(), new_id()


def alert(number: int) -> SystemAlert:
    """An event that can be told from others."""
    return SystemAlert(message=f"event {number}", severity=Severity.INFO)


@contextlib.asynccontextmanager
async def running(hub: EventHub) -> AsyncIterator[None]:
    """The hub at work."""
    work = asyncio.create_task(hub.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def collect(hub: EventHub, listener: Listener, since: int, into: list[int]) -> None:
    """Take what comes, until cancelled."""
    async with contextlib.aclosing(hub.deliveries(listener, since=since)) as deliveries:
        async for delivery in deliveries:
            into.append(delivery.seq)
            # Lets others come between any two events.
            await asyncio.sleep(0)


async def gathered(hub: EventHub, channel: str, since: int, last: int) -> list[int]:
    """What a listener gets that joins now and leaves when it has seen `last`."""
    got: list[int] = []
    async with hub.listening(channel) as listener:
        work = asyncio.create_task(collect(hub, listener, since, got))
        await until(lambda: bool(got) and got[-1] >= last)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return got


@pytest.mark.parametrize("queue_size", [1000, 3])
async def test_listeners_that_come_at_any_moment_miss_nothing(
    store: EventStore, queue_size: int
) -> None:
    """While events keep coming, each listener gets all after its number, none twice, in order.

    With a queue of three, what comes during the catching up does not fit; it is read again.
    """
    hub = EventHub(store, queue_size=queue_size)
    chance = random.Random(20)
    async with running(hub):
        for number in range(20):
            await store.emit(alert(number))
        listeners = []
        for number in range(20, 100):
            if number % 16 == 4:
                since = chance.randrange(number)
                listeners.append((since, asyncio.create_task(joined(hub, since))))
            await store.emit(alert(number))
            if queue_size == 3:
                await asyncio.sleep(0.01)
        last = await store.last_seq()
        for since, task in listeners:
            assert list(range(since + 1, last + 1)) == (await task)[: last - since]


async def joined(hub: EventHub, since: int) -> list[int]:
    """What a listener on everything gets up to the hundredth event."""
    return await gathered(hub, GLOBAL, since, 100)


async def test_a_channel_gets_what_is_its_own(store: EventStore) -> None:
    """A task's events go to its task, its project and to all; nobody else's do."""
    hub = EventHub(store)
    async with running(hub):
        await store.emit(alert(1), task_id=TASK, project_id=PROJECT)
        await store.emit(alert(2), task_id=OTHER, project_id=PROJECT)
        await store.emit(alert(3), task_id=OTHER)
        await store.emit(alert(4))
        await store.emit(alert(5), task_id=TASK, project_id=PROJECT)
        assert [1, 5] == await gathered(hub, task_channel(TASK), 0, 5)
        assert [1, 2, 5] == await gathered(hub, project_channel(PROJECT), 0, 5)
        assert [1, 2, 3, 4, 5] == await gathered(hub, GLOBAL, 0, 5)
        assert [5] == await gathered(hub, task_channel(TASK), 1, 5)


async def test_who_listens_on_several_channels_gets_each_event_once(store: EventStore) -> None:
    """The task's, the project's and the global channel all carry it; live and from the table."""
    hub = EventHub(store)
    async with running(hub), hub.listening(task_channel(TASK)) as listener:
        listener.channels |= {project_channel(PROJECT), GLOBAL}
        got: list[int] = []
        work = asyncio.create_task(collect(hub, listener, 0, got))
        for number in range(5):
            await store.emit(alert(number), task_id=TASK, project_id=PROJECT)
        await until(lambda: len(got) >= 5)
        assert [1, 2, 3, 4, 5] == got
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_a_new_listener_is_told_nothing_old(store: EventStore) -> None:
    """Also where nobody listened when the old events happened."""
    hub = EventHub(store)
    async with running(hub):
        await store.emit(alert(1))
        async with hub.listening(GLOBAL) as listener:
            got: list[int] = []
            work = asyncio.create_task(collect(hub, listener, listener.joined, got))
            await store.emit(alert(2))
            await until(lambda: bool(got))
            assert [2] == got
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def test_who_does_not_keep_up_is_cut_off_and_delays_nobody(store: EventStore) -> None:
    """Its queue is full; the others have everything by then."""
    hub = EventHub(store, queue_size=5)
    async with running(hub), hub.listening(GLOBAL) as slow, hub.listening(GLOBAL) as quick:
        stuck = hub.deliveries(slow, since=slow.joined)
        got: list[int] = []
        work = asyncio.create_task(collect(hub, quick, quick.joined, got))
        await store.emit(alert(0))
        assert 1 == (await anext(stuck)).seq
        for number in range(1, 20):
            await store.emit(alert(number))
            await until(lambda: bool(got) and got[-1] == number + 1)  # noqa: B023 - awaited here
        assert list(range(1, 21)) == got
        assert slow.overflowed.is_set()
        assert not quick.overflowed.is_set()
        assert 1 == hub.cut_off
        await stuck.aclose()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_connections_are_counted_by_channel(store: EventStore) -> None:
    """Whoever leaves is no longer counted."""
    hub = EventHub(store)
    async with hub.listening(GLOBAL), hub.listening(task_channel(TASK)) as second:
        second.channels.add(GLOBAL)
        assert 2 == hub.connections
        assert {"global": 2, task_channel(TASK): 1} == hub.channel_counts()
    assert 0 == hub.connections
    assert {} == hub.channel_counts()


async def test_events_of_another_process_arrive(store: EventStore) -> None:
    """The bus of this process is not told of them: the table is looked at all the same."""
    hub = EventHub(store)
    elsewhere = EventStore(store.database, type(store.bus)())
    async with running(hub), hub.listening(GLOBAL) as listener:
        got: list[int] = []
        work = asyncio.create_task(collect(hub, listener, listener.joined, got))
        await elsewhere.emit(alert(1))
        await until(lambda: bool(got))
        assert [1] == got
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
