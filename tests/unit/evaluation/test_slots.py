"""Slots are bounded, served in turn between owners, and never lost."""

import asyncio

import pytest

from phantom.evaluation.slots import FairSlots


async def test_owners_take_turns() -> None:
    """An owner with one wish is served before the second wish of an owner who came first."""
    slots, served = FairSlots(1), list[str]()

    async def work(owner: str) -> None:
        async with slots.hold(owner):
            served.append(owner)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for owner in ("busy", "busy", "busy", "other"):
            group.create_task(work(owner))
    assert ["busy", "busy", "other", "busy"] == served


async def test_no_more_than_size_hold_at_a_time() -> None:
    """With many owners and wishes the bound holds and all are served."""
    slots, held, most, served = FairSlots(3), 0, 0, 0

    async def work(owner: str) -> None:
        nonlocal held, most, served
        async with slots.hold(owner):
            held += 1
            most = max(most, held)
            await asyncio.sleep(0)
            held -= 1
            served += 1

    async with asyncio.TaskGroup() as group:
        for number in range(60):
            group.create_task(work(f"owner {number % 7}"))
    assert (3, 60) == (most, served)


@pytest.mark.parametrize("hand_over_first", [False, True])
async def test_cancelled_waiter_loses_no_slot(*, hand_over_first: bool) -> None:
    """A waiter cancelled before or in the moment of its turn leaves the slot to the next."""
    slots = FairSlots(1)
    release = asyncio.Event()

    async def holder() -> None:
        async with slots.hold("a"):
            await release.wait()

    async def waiter() -> None:
        async with slots.hold("b"):
            pass

    first = asyncio.create_task(holder())
    await asyncio.sleep(0)
    second = asyncio.create_task(waiter())
    await asyncio.sleep(0)
    if hand_over_first:
        release.set()
        await first  # the slot is handed over, but `second` has not run since
    second.cancel()
    release.set()
    await asyncio.gather(first, second, return_exceptions=True)
    async with asyncio.timeout(5), slots.hold("c"):
        pass
