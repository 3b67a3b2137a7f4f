"""The rate of a token over several servers of one PostgreSQL."""

import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from phantom.clock import utc_now
from phantom.credentials.rates import SharedWindow
from phantom.db.database import Database
from phantom.db.models import WorkStart


async def test_servers_admit_as_many_together_as_one_may(postgres: Database) -> None:
    """At once, each key for itself; a moment before the minute is over nobody more."""
    now = utc_now()
    servers = [SharedWindow(postgres, 3, clock=lambda: now) for _ in range(2)]

    waits = await asyncio.gather(*(servers[n % 2].admit("a") for n in range(8)))

    assert [0.0] * 3 + [60.0] * 5 == sorted(waits)
    assert 0.0 == await servers[0].admit("b")
    now += timedelta(seconds=59)
    assert 1.0 == await servers[1].admit("a")
    now += timedelta(seconds=1)
    assert 0.0 == await servers[0].admit("a")


async def test_nothing_is_kept_beyond_the_minute(postgres: Database) -> None:
    """What is over goes with the next admission."""
    now = utc_now()
    window = SharedWindow(postgres, 5, clock=lambda: now)
    for _ in range(5):
        await window.admit("a")
    now += timedelta(seconds=60)
    await window.admit("a")

    async with postgres.read() as session:
        assert 1 == await session.scalar(select(func.count()).select_from(WorkStart))


async def test_a_database_out_of_reach_limits_nobody() -> None:
    """The request goes on, to be answered by its route."""
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")

    assert 0.0 == await SharedWindow(database, 1).admit("a")
    await database.close()
