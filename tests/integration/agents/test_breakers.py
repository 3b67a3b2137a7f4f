"""Breakers in the database: shared by all workers, told by events, one trial at a time."""

import asyncio

import pytest

from phantom.agents.breaker import BreakerRules
from phantom.agents.breakers import Breakers
from phantom.agents.port import Cancelled, ErrorKind, Failed, Finished
from phantom.db.database import Database
from phantom.events.bus import LocalBus
from phantom.events.store import EventStore
from phantom.vocabulary import BreakerState
from tests.support.clock import Clock

FAILED = Failed(kind=ErrorKind.ERROR, message="no")
DONE = Finished(content="")


@pytest.fixture
def clock() -> Clock:
    """The breakers' clock."""
    return Clock()


@pytest.fixture
def breakers(store: EventStore, clock: Clock) -> Breakers:
    """Breakers of one worker."""
    return Breakers(store, BreakerRules(failures=2), now=clock)


async def refused(store: EventStore, breakers: Breakers) -> dict[str, str]:
    """Who may not be called."""
    async with store.transaction() as transaction:
        return await breakers.refusing(transaction)


async def begin(store: EventStore, breakers: Breakers, call: str) -> bool:
    """Begin a call of `x` where that is allowed."""
    async with store.transaction() as transaction:
        if "x" in await breakers.refusing(transaction):
            return False
        await breakers.begun(transaction, "x", call)
        return True


async def end(
    store: EventStore, breakers: Breakers, call: str, how: Finished | Failed | Cancelled
) -> None:
    """End a call of `x`."""
    async with store.transaction() as transaction:
        await breakers.ended(transaction, "x", call, how)


async def alerts(store: EventStore) -> list[tuple[str, str]]:
    """Every alert so far."""
    events = await store.after(0)
    return [
        (event.body["message"], event.body["severity"])
        for event in events
        if event.body["type"] == "system_alert"
    ]


async def test_a_breaker_tells_its_whole_life(
    store: EventStore, breakers: Breakers, clock: Clock
) -> None:
    """Open, half-open, open again, half-open, closed: each state is a fact and an alert."""
    states = []
    for terminal in (FAILED, FAILED):
        await end(store, breakers, "early", terminal)
    states.append((await breakers.status([]))["x"].breaker.state)
    assert {"x": "failed 2 times in a row and is not asked before 2025-01-01T00:01:00Z"} == (
        await refused(store, breakers)
    )
    for trial, terminal in (("trial-1", FAILED), ("trial-2", DONE)):
        clock.forward(60)
        states.append((await breakers.status([]))["x"].breaker.state)
        await breakers.advance()
        assert await begin(store, breakers, trial)
        assert not await begin(store, breakers, "second")
        await end(store, breakers, "early", FAILED)
        await end(store, breakers, trial, terminal)
        states.append((await breakers.status([]))["x"].breaker.state)
    assert {} == await refused(store, breakers)
    assert ["open", "half_open", "open", "half_open", "closed"] == states
    assert [
        ("Circuit breaker OPEN for agent 'x'", "warning"),
        ("Circuit breaker HALF_OPEN for agent 'x'", "info"),
        ("Circuit breaker OPEN for agent 'x'", "warning"),
        ("Circuit breaker HALF_OPEN for agent 'x'", "info"),
        ("Circuit breaker CLOSED for agent 'x'", "success"),
    ] == await alerts(store)


async def test_a_change_that_is_rolled_back_is_not_told(
    store: EventStore, breakers: Breakers
) -> None:
    """The alert belongs to the transaction of the change."""
    await end(store, breakers, "a", FAILED)

    async def half_way() -> None:
        async with store.transaction() as transaction:
            await breakers.ended(transaction, "x", "b", FAILED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half_way()
    assert [] == await alerts(store)
    assert 1 == (await breakers.status([]))["x"].breaker.failures


async def test_workers_count_together(database_url: str, store: EventStore, clock: Clock) -> None:
    """Failures that several processes see at once open the breaker once, and none is lost."""
    databases = [Database(database_url) for _ in range(4)]
    stores = [EventStore(each, LocalBus()) for each in databases]
    workers = [Breakers(each, BreakerRules(failures=8), now=clock) for each in stores]
    await asyncio.gather(
        *(
            end(each, worker, f"{number}", FAILED)
            for number, (each, worker) in enumerate(zip(stores, workers, strict=True))
            for _ in range(2)
        )
    )
    status = (await workers[0].status([]))["x"].breaker
    assert (BreakerState.OPEN, 8) == (status.state, status.failures)
    assert [("Circuit breaker OPEN for agent 'x'", "warning")] == await alerts(store)

    clock.forward(60)
    begun = await asyncio.gather(
        *(
            begin(each, worker, f"trial-{number}")
            for number, (each, worker) in enumerate(zip(stores, workers, strict=True))
        )
    )
    assert 1 == sum(begun)
    for each in databases:
        await each.close()


async def test_a_stopped_trial_makes_room_for_the_next(
    store: EventStore, breakers: Breakers, clock: Clock
) -> None:
    """A cancelled call tells nothing of the agent, so another one may try."""
    for call in ("a", "b"):
        await end(store, breakers, call, FAILED)
    clock.forward(60)
    assert await begin(store, breakers, "trial")
    await end(store, breakers, "trial", Cancelled())
    assert BreakerState.HALF_OPEN is (await breakers.status([]))["x"].breaker.state
    assert await begin(store, breakers, "next")


async def test_known_agents_are_healthy_until_they_fail(
    store: EventStore, breakers: Breakers
) -> None:
    """An agent without a row is closed; success alone makes no row."""
    await end(store, breakers, "a", DONE)
    status = await breakers.status(["y", "local"])
    assert ["local", "y"] == list(status)
    assert all(each.breaker.state is BreakerState.CLOSED for each in status.values())
    assert all(each.half_open_at is None for each in status.values())
