"""Usage limits in the database: one refusal is enough for all workers, and it is told."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.port import Cancelled, ErrorKind, Failed, Finished
from phantom.agents.windows import (
    LONGEST_PAUSE,
    LONGEST_WORD,
    Windows,
    pause,
    told,
)
from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.events.bus import LocalBus
from phantom.events.store import EventStore
from tests.support.clock import Clock


def refused(retry_after: float | None = None) -> Failed:
    """A rate limit."""
    return Failed(kind=ErrorKind.RATE_LIMIT, message="429", retry_after=retry_after)


@pytest.fixture
def clock() -> Clock:
    """The windows' clock."""
    return Clock()


@pytest.fixture
def windows(store: EventStore, clock: Clock) -> Windows:
    """Windows of one worker."""
    return Windows(store, now=clock)


async def end(store: EventStore, windows: Windows, clock: Clock, *ends: object) -> None:
    """Calls of `x` that begin now and end now, one after the other."""
    for terminal in ends:
        async with store.transaction() as transaction:
            await windows.ended(transaction, "x", clock(), terminal)  # type: ignore[arg-type]


async def left(windows: Windows, clock: Clock) -> float | None:
    """Seconds until `x` may be asked; None where it may be now."""
    window = (await windows.status()).get("x")
    return None if window is None else (window.resumes_at - clock()).total_seconds()


async def alerts(store: EventStore) -> list[str]:
    """What was told."""
    return [event.body["message"] for event in await store.after(0)]


async def test_an_agent_is_let_alone_as_long_as_it_said(
    store: EventStore, windows: Windows, clock: Clock
) -> None:
    """And may be asked again from then on, whoever asks."""
    await end(store, windows, clock, refused(3600))
    assert 3600 == await left(windows, clock)
    assert ["Agent 'x' has reached its usage limit; resumes 2025-01-01 01:00 UTC"] == (
        await alerts(store)
    )
    clock.forward(3600)
    assert None is await left(windows, clock)


async def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_a_day(
    store: EventStore, windows: Windows, clock: Clock
) -> None:
    """The agent may be asked, and what it then says counts from the new time."""
    await end(store, windows, clock, refused(60))
    clock.forward(-86_400)
    assert None is await left(windows, clock)
    await end(store, windows, clock, refused(60))
    assert 60 == await left(windows, clock)


async def test_without_a_word_the_pause_doubles_until_a_success(
    store: EventStore, windows: Windows, clock: Clock
) -> None:
    """Other failures and stopped calls change nothing."""
    pauses = []
    others = (Failed(kind=ErrorKind.ERROR, message="no"), Cancelled())
    for _ in range(3):
        await end(store, windows, clock, refused(), *others)
        pauses.append(await left(windows, clock))
        clock.forward(3600)
    await end(store, windows, clock, Finished(content=""), refused())
    pauses.append(await left(windows, clock))
    assert [30, 60, 120, 30] == pauses


async def test_calls_that_were_under_way_are_one_refusal(
    store: EventStore, windows: Windows, clock: Clock
) -> None:
    """They are told once; only a longer word of theirs counts."""
    began = clock()
    clock.forward(10)
    for retry_after in (None, None, 30, 600):
        async with store.transaction() as transaction:
            await windows.ended(transaction, "x", began, refused(retry_after))
    async with store.transaction() as transaction:
        await windows.ended(transaction, "x", began, Finished(content="late"))
    assert 600 == await left(windows, clock)
    assert 2 == len(await alerts(store))


async def test_workers_share_a_window(database_url: str, store: EventStore, clock: Clock) -> None:
    """Refused at the same moment, from several processes: one window, one alert."""
    databases = [Database(database_url) for _ in range(4)]
    stores = [EventStore(each, LocalBus()) for each in databases]
    workers = [Windows(each, now=clock) for each in stores]
    began = clock()
    clock.forward(1)

    async def refuse(store: EventStore, windows: Windows) -> None:
        async with store.transaction() as transaction:
            await windows.ended(transaction, "x", began, refused(60))

    await asyncio.gather(*(refuse(*each) for each in zip(stores, workers, strict=True)))
    assert {60.0} == {await left(each, clock) for each in workers}
    assert 1 == len(await alerts(store))
    for each in databases:
        await each.close()


@given(st.integers(1, 100), st.none() | st.floats(0, 1e9))
def test_a_pause_is_neither_nothing_nor_for_ever(refusals: int, retry_after: float | None) -> None:
    """It never shrinks with more refusals, and keeps the agent's word within reason."""
    found = pause(refusals, retry_after)
    assert timedelta(seconds=1) <= found <= max(LONGEST_PAUSE, LONGEST_WORD)
    assert found <= pause(refusals + 1, retry_after)
    if retry_after is not None:
        assert timedelta(seconds=min(retry_after, LONGEST_WORD.total_seconds())) <= found


def test_people_are_told_the_time() -> None:
    """With the day where it is not today."""
    today = utc_now().replace(hour=14, minute=5)
    assert "14:05 UTC" == told(today)
    later = today + timedelta(days=2)
    assert f"{later:%Y-%m-%d} 14:05 UTC" == told(later)
