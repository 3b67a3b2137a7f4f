"""Money: whatever happens at once, no cap is passed, and every amount is there once."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from phantom.db import models
from phantom.db.database import Database
from phantom.ledger import ledger
from phantom.ledger.ledger import Account, OverBudget
from phantom.vocabulary import CostSource
from tests.support import rows


@pytest.fixture
async def task(database: Database) -> models.Task:
    """A task whose money is spent."""
    return await rows.stored_task(database)


def account(task: models.Task, call: object) -> Account:
    """A call of the task."""
    return Account(f"{task.id}/1/{call}", task.id, task.project_id, "paid")


async def reserve(
    database: Database, task: models.Task, call: object, amount: int, cap: int
) -> bool:
    """Reserve for a call; False where the cap refuses."""
    try:
        async with database.write() as session:
            await ledger.reserve(session, account(task, call), amount, task_cap_micros=cap)
    except OverBudget:
        return False
    return True


async def settle(database: Database, task: models.Task, call: object, amount: int | None) -> None:
    """Settle a call."""
    source = CostSource.UNKNOWN if amount is None else CostSource.AGENT
    async with database.write() as session:
        ledger.settle(session, account(task, call), amount, source)


async def sums(database: Database, task: models.Task) -> tuple[int, int]:
    """What is committed and what is spent."""
    async with database.read() as session:
        return await ledger.committed(session, task.id), await ledger.spent(session, task.id)


async def test_a_reservation_counts_until_it_is_settled(
    database: Database, task: models.Task
) -> None:
    """Then the true cost counts in its place, be it less or more."""
    assert await reserve(database, task, 1, 600, cap=1000)
    assert (600, 0) == await sums(database, task)
    assert not await reserve(database, task, 2, 401, cap=1000)
    assert (600, 0) == await sums(database, task)

    await settle(database, task, 1, 100)

    assert (100, 100) == await sums(database, task)
    assert await reserve(database, task, 2, 900, cap=1000)
    await settle(database, task, 2, 950)
    assert (1050, 1050) == await sums(database, task)


async def test_the_refusal_tells_what_is_left(database: Database, task: models.Task) -> None:
    """In dollars."""
    await reserve(database, task, 1, 4_000_000, cap=5_000_000)

    with pytest.raises(OverBudget, match=r"\$2\.0000.*\$5\.00.*\$1\.0000 is left"):
        async with database.write() as session:
            await ledger.reserve(session, account(task, 2), 2_000_000, task_cap_micros=5_000_000)


async def test_a_call_that_costs_nothing_always_passes(
    database: Database, task: models.Task
) -> None:
    """Also where the cap is nothing or has been passed."""
    assert await reserve(database, task, 1, 0, cap=0)
    await settle(database, task, 1, 10)
    assert await reserve(database, task, 2, 0, cap=5)
    assert not await reserve(database, task, 3, 1, cap=5)


async def test_a_call_is_settled_once(database: Database, task: models.Task) -> None:
    """A second settlement is refused by the database, whoever tries."""
    await reserve(database, task, 1, 10, cap=100)
    await settle(database, task, 1, 7)

    with pytest.raises(IntegrityError):
        await settle(database, task, 1, 7)

    assert (7, 7) == await sums(database, task)


async def test_an_unknown_cost_is_not_zero(database: Database, task: models.Task) -> None:
    """It is stored as unknown; the sums count what is known."""
    await reserve(database, task, 1, 10, cap=100)
    await settle(database, task, 1, None)
    await settle(database, task, 2, 30)

    assert (30, 30) == await sums(database, task)
    async with database.read() as session:
        entries = list(await session.scalars(models.LedgerEntry.__table__.select()))
    assert 3 == len(entries)


async def test_tasks_do_not_spend_each_others_money(database: Database, task: models.Task) -> None:
    """A cap is of one task."""
    other = await rows.stored_task(database)
    await reserve(database, other, 1, 100, cap=100)

    assert await reserve(database, task, 1, 100, cap=100)
    assert (100, 0) == await sums(database, task)


async def test_reservations_at_once_never_pass_the_cap(
    database: Database, database_url: str, task: models.Task
) -> None:
    """From two processes' connections; and none is refused while there is room for it."""
    other = Database(database_url)

    passed = await asyncio.gather(
        *(
            reserve(chosen, task, f"{n}{chosen is other}", 100, cap=750)
            for chosen in (database, other)
            for n in range(10)
        )
    )
    await other.close()

    assert 7 == sum(passed)
    assert (700, 0) == await sums(database, task)


amounts = st.integers(min_value=0, max_value=10**12)


@given(amounts)
def test_dollars_and_micros_are_the_same_amount(micros: int) -> None:
    """Up to a million dollars no rounding shows."""
    assert micros == ledger.micros(ledger.dollars(micros))


@given(st.lists(st.floats(min_value=0, max_value=1000, allow_nan=False), max_size=50))
def test_sums_of_micros_are_exact(prices: list[float]) -> None:
    """In any order; floats would drift."""
    micros = [ledger.micros(price) or 0 for price in prices]
    assert sum(micros) == sum(reversed(micros))
    assert all(abs(ledger.dollars(m) - p) <= 5e-7 for m, p in zip(micros, prices, strict=True))  # type: ignore[operator]


def test_what_is_unknown_stays_unknown() -> None:
    """None is None in both units."""
    assert ledger.micros(None) is None
    assert ledger.dollars(None) is None


async def test_any_history_of_calls_keeps_the_books(database: Database) -> None:
    """Held against a plain model: what is committed is what the model says, and below the cap."""
    for seed in range(6):
        chance = random.Random(seed)
        task = await rows.stored_task(database)
        cap = chance.choice([0, 50, 500])
        held: dict[int, int] = {}
        paid: dict[int, int] = {}
        for call in range(25):
            if held and chance.random() < 0.4:
                ended = chance.choice(sorted(held))
                cost = chance.randint(0, held.pop(ended))
                await settle(database, task, ended, cost)
                paid[ended] = cost
                continue
            amount = chance.choice([0, 0, 10, 60, 100])
            room = sum(held.values()) + sum(paid.values()) + amount <= cap
            assert (amount == 0 or room) == await reserve(database, task, call, amount, cap=cap)
            if amount == 0 or room:
                held[call] = amount
            committed = sum(held.values()) + sum(paid.values())
            assert (committed, sum(paid.values())) == await sums(database, task)
            assert committed <= cap
