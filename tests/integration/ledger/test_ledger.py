"""Money: whatever happens at once, no cap is passed, and every amount is there once."""

import asyncio
import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from phantom.db import models
from phantom.db.database import Database
from phantom.ledger import ledger
from phantom.ledger.caps import Budget, Cap, Scope, ServerCaps, caps_of
from phantom.ledger.foresight import Estimate
from phantom.ledger.ledger import Account, MoneyHeld, OverBudget
from phantom.vocabulary import CostSource
from tests.support import rows
from tests.support.books import day_cap, project_cap, task_cap


@pytest.fixture
async def task(database: Database) -> models.Task:
    """A task whose money is spent."""
    return await rows.stored_task(database)


def account(task: models.Task, call: object) -> Account:
    """A call of the task."""
    return Account(f"{task.id}/1/{call}", task.id, task.project_id, "paid")


async def reserve(
    database: Database, task: models.Task, call: object, foreseen: int, *caps: Cap, least: int = 1
) -> str:
    """Reserve for a call: `ok`, `held` or `refused`."""
    try:
        async with database.write() as session:
            estimate = Estimate(min(least, foreseen), foreseen)
            await ledger.reserve(session, account(task, call), estimate, caps)
    except OverBudget:
        return "refused"
    except MoneyHeld:
        return "held"
    return "ok"


async def settle(
    database: Database,
    task: models.Task,
    call: object,
    amount: int | None,
    *,
    stopped: bool = False,
) -> None:
    """Settle a call."""
    source = CostSource.UNKNOWN if amount is None else CostSource.AGENT
    async with database.write() as session:
        await ledger.settle(session, account(task, call), amount, source, stopped=stopped)


async def sums(database: Database, task: models.Task) -> tuple[int, int]:
    """What is committed and what is spent."""
    async with database.read() as session:
        return await ledger.committed(session, task.id), await ledger.spent(session, task.id)


async def entries(database: Database, task: models.Task) -> list[tuple[str, int | None]]:
    """What is put down, in order."""
    async with database.read() as session:
        found = await session.scalars(
            select(models.LedgerEntry)
            .where(models.LedgerEntry.task_id == task.id)
            .order_by(models.LedgerEntry.id)
        )
        return [(entry.kind, entry.amount_micros) for entry in found]


async def test_a_reservation_counts_until_it_is_settled(
    database: Database, task: models.Task
) -> None:
    """Then the true cost counts in its place, be it less or more."""
    cap = task_cap(1000)
    assert "ok" == await reserve(database, task, 1, 600, cap)
    assert (600, 0) == await sums(database, task)

    await settle(database, task, 1, 100)

    assert (100, 100) == await sums(database, task)
    assert "ok" == await reserve(database, task, 2, 900, cap)
    await settle(database, task, 2, 950)
    assert (1050, 1050) == await sums(database, task)
    assert "refused" == await reserve(database, task, 3, 1, cap)


async def test_what_is_left_is_spent_by_one_call_at_a_time(
    database: Database, task: models.Task
) -> None:
    """A call that may cost more than is left gets what is left; the next ones wait for it."""
    cap = task_cap(1000)
    assert "ok" == await reserve(database, task, 1, 600, cap)
    assert "ok" == await reserve(database, task, 2, 600, cap)
    assert (1000, 0) == await sums(database, task)
    assert "held" == await reserve(database, task, 3, 600, cap)

    await settle(database, task, 1, 100)

    assert "held" == await reserve(database, task, 3, 600, cap)
    assert "ok" == await reserve(database, task, 4, 500, cap)
    await settle(database, task, 2, 550)
    assert "held" == await reserve(database, task, 3, 600, cap)
    await settle(database, task, 4, 50)
    assert "ok" == await reserve(database, task, 3, 600, cap)
    assert (1000, 700) == await sums(database, task)


async def test_a_call_is_not_begun_with_less_than_its_prompt_costs(
    database: Database, task: models.Task
) -> None:
    """Nothing is gained by a prompt whose answer nobody can pay."""
    cap = task_cap(1000)
    await reserve(database, task, 1, 900, cap)
    assert "held" == await reserve(database, task, 2, 500, cap, least=101)
    await settle(database, task, 1, 900)
    assert "refused" == await reserve(database, task, 2, 500, cap, least=101)
    assert "ok" == await reserve(database, task, 2, 500, cap, least=100)


async def test_the_refusal_tells_what_is_left(database: Database, task: models.Task) -> None:
    """Which cap, how much, and when it frees, or that it does not."""
    await settle(database, task, 1, 5_000_000)
    now = datetime.now(UTC)
    caps = caps_of(Budget(per_day=2), ServerCaps(), 5.0, now)

    async def refusal(*caps: Cap) -> str:
        with pytest.raises(OverBudget) as refused:
            async with database.write() as session:
                await ledger.reserve(
                    session, account(task, 2), Estimate(1_250_000, 2_000_000), caps
                )
        return str(refused.value)

    assert (
        "The next call takes at least $1.2500, but of the task's cost ceiling of $5.00 only "
        "$0.0000 is left: $5.0000 is spent. Raise it to go on."
    ) == await refusal(caps[1])
    told = await refusal(*caps)
    assert "the project's daily budget of $2.00" in told
    assert f"It frees at {caps[0].frees:%Y-%m-%dT00:00:00Z}; raise it to go on sooner." in told


async def test_a_call_that_costs_nothing_always_passes(
    database: Database, task: models.Task
) -> None:
    """Also where the cap is nothing or has been passed."""
    assert "ok" == await reserve(database, task, 1, 0, task_cap(0))
    await settle(database, task, 1, 10)
    assert "ok" == await reserve(database, task, 2, 0, task_cap(5))
    assert "refused" == await reserve(database, task, 3, 1, task_cap(5))


async def test_a_call_is_settled_once(database: Database, task: models.Task) -> None:
    """A second settlement is refused by the database, whoever tries."""
    await reserve(database, task, 1, 10, task_cap(100))
    await settle(database, task, 1, 7)

    with pytest.raises(IntegrityError):
        await settle(database, task, 1, 7)

    assert (7, 7) == await sums(database, task)


async def test_an_unknown_cost_keeps_its_reservation(database: Database, task: models.Task) -> None:
    """It is not zero: it counts against every cap, and into no sum of what was spent."""
    await reserve(database, task, 1, 60, task_cap(100))
    await settle(database, task, 1, None)
    await settle(database, task, 2, 30)

    assert (90, 30) == await sums(database, task)
    for cap in (task_cap(90), project_cap(90), day_cap(90)):
        assert "refused" == await reserve(database, task, 3, 1, cap)


async def test_a_stopped_call_is_refunded_what_it_did_not_use(
    database: Database, task: models.Task
) -> None:
    """To be seen in the books; a finished one has merely cost less than was foreseen."""
    for call, amount in enumerate((20, 60, None)):
        await reserve(database, task, call, 50, task_cap(1000))
        await settle(database, task, call, amount, stopped=True)
    await reserve(database, task, 3, 50, task_cap(1000))
    await settle(database, task, 3, 1)

    assert [
        ("reserve", 50),
        ("settle", 20),
        ("refund", 30),
        ("reserve", 50),
        ("settle", 60),
        ("reserve", 50),
        ("settle", None),
        ("reserve", 50),
        ("settle", 1),
    ] == await entries(database, task)
    assert (20 + 60 + 50 + 1, 20 + 60 + 1) == await sums(database, task)


async def test_a_call_that_outgrows_its_reservation_is_seen_by_others(
    database: Database, task: models.Task
) -> None:
    """What it has used so far is set aside; less than was foreseen changes nothing."""
    await reserve(database, task, 1, 50, task_cap(100))
    for used in (20, 80):
        async with database.write() as session:
            await ledger.grow(session, account(task, 1).call_id, used)
    assert (80, 0) == await sums(database, task)


async def test_what_nobody_saw_the_end_of_is_settled_with_its_task(
    database: Database, task: models.Task
) -> None:
    """As unknown: else it would hold money for ever."""
    await reserve(database, task, 1, 60, task_cap(100))
    for _ in range(2):
        async with database.write() as session:
            await ledger.abandon(session, task.id)
    assert (60, 0) == await sums(database, task)
    assert "refused" == await reserve(database, task, 2, 60, day_cap(60))


async def test_caps_add_up_what_they_are_of(database: Database, task: models.Task) -> None:
    """A task's of one task, a project's of its tasks, the server's of all."""
    sibling = rows.task(task.project_id)
    async with database.write() as session:
        session.add(sibling)
    stranger = await rows.stored_task(database)
    await settle(database, sibling, 1, 40)
    await reserve(database, sibling, 2, 10, task_cap(50))
    await settle(database, stranger, 1, 25)
    await reserve(database, stranger, 2, 25, task_cap(50))

    async def left(cap: Cap) -> int | None:
        """What a call of the task would get."""
        async with database.write() as session:
            found = await ledger.reserve(session, account(task, 9), Estimate(1, 1), [cap])
            await session.rollback()
        return found

    assert 1000 == await left(task_cap(1000))
    assert 950 == await left(project_cap(1000))
    assert 900 == await left(day_cap(1000))


async def test_the_narrowest_of_several_caps_counts(database: Database, task: models.Task) -> None:
    """Whichever that is."""
    caps = (day_cap(900), project_cap(500), task_cap(700))
    assert "ok" == await reserve(database, task, 1, 400, *caps)
    assert "ok" == await reserve(database, task, 2, 400, *caps)
    assert (500, 0) == await sums(database, task)
    assert "held" == await reserve(database, task, 3, 400, *caps)


async def test_what_was_spent_stays_spent_when_its_project_is_deleted(
    database: Database, task: models.Task
) -> None:
    """A cap of the server cannot be got round that way."""
    await reserve(database, task, 1, 60, day_cap(100))
    await settle(database, task, 1, 60)
    async with database.write() as session:
        await session.delete(await session.get_one(models.Project, task.project_id))

    other = await rows.stored_task(database)
    assert "refused" == await reserve(database, other, 1, 41, day_cap(100), least=41)
    assert "ok" == await reserve(database, other, 1, 40, day_cap(100))


async def test_reservations_at_once_never_pass_a_cap(
    database: Database, database_url: str, task: models.Task
) -> None:
    """From two processes' connections; and none is refused while there is room for it."""
    other = Database(database_url)
    caps = (day_cap(750), project_cap(900))

    got = await asyncio.gather(
        *(
            reserve(chosen, task, f"{n}{chosen is other}", 100, *caps)
            for chosen in (database, other)
            for n in range(10)
        )
    )
    await other.close()

    # Seven whole ones, and one that got the rest.
    assert (8, 12) == (got.count("ok"), got.count("held"))
    assert (750, 0) == await sums(database, task)


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


def test_periods_begin_and_end_in_utc() -> None:
    """The day and the month of a moment, over the end of a year, too."""
    budget = Budget(per_task=1, per_day=2, per_month=3, total=4)
    moment = datetime.fromisoformat("2026-12-31T23:30:00-05:00")
    caps = caps_of(budget, ServerCaps(daily=5, monthly=6), 9.0, moment)

    starts = [None if cap.frees is None else cap.frees.date() for cap in caps]
    assert sorted(caps, key=lambda cap: list(Scope).index(cap.scope)) == list(caps)
    assert [6_000_000, 5_000_000, 4_000_000, 3_000_000, 2_000_000, 1_000_000] == [
        cap.limit for cap in caps
    ]
    first, second, february = date(2027, 1, 1), date(2027, 1, 2), date(2027, 2, 1)
    assert [first, first, None, first, first, None] == [cap.since for cap in caps]
    assert [february, second, None, february, second, None] == starts


def test_the_lower_of_two_ceilings_counts() -> None:
    """A project's limit for a task does not raise the configuration's."""
    for per_task, ceiling, limit in [(2.0, 5.0, 2.0), (9.0, 5.0, 5.0), (None, 5.0, 5.0)]:
        (cap,) = caps_of(Budget(per_task=per_task), ServerCaps(), ceiling, datetime.now(UTC))
        assert limit * models.MICROS == cap.limit


async def test_any_history_of_calls_keeps_the_books(database: Database) -> None:
    """Held against a plain model: what is committed is what the model says."""
    for seed in range(6):
        chance = random.Random(seed)
        task = await rows.stored_task(database)
        limit = chance.choice([0, 50, 500])
        held: dict[int, int] = {}
        paid: dict[int, int] = {}
        for call in range(25):
            if held and chance.random() < 0.4:
                ended = chance.choice(sorted(held))
                reserved = held.pop(ended)
                cost = chance.choice([None, chance.randint(0, reserved)])
                await settle(database, task, ended, cost, stopped=chance.random() < 0.5)
                paid[ended] = reserved if cost is None else cost
                continue
            amount = chance.choice([0, 0, 10, 60, 100])
            got = await reserve(database, task, call, amount, task_cap(limit), least=amount)
            room = sum(held.values()) + sum(paid.values()) + amount <= limit
            assert (amount == 0 or room) == (got == "ok")
            if got == "ok":
                held[call] = amount
            committed = sum(held.values()) + sum(paid.values())
            assert committed == (await sums(database, task))[0]
            assert committed <= limit
