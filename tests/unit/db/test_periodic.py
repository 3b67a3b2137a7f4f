"""Work beside the tasks outlives a database that is out of reach, and hides no bug."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from phantom.db.database import is_out_of_reach
from phantom.db.periodic import every

_PATIENCE_SECONDS = 20


def failing_first(error: Exception, done: asyncio.Event) -> Callable[[], Awaitable[None]]:
    """Work that fails once and then is done."""
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise error
        done.set()

    return work


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, OSError("database is locked")),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
async def test_an_absent_database_is_waited_for(error: Exception) -> None:
    """The work is tried again."""
    done = asyncio.Event()
    working = asyncio.create_task(every(0.01, failing_first(error, done)))

    async with asyncio.timeout(_PATIENCE_SECONDS):
        await done.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    assert is_out_of_reach(error)


@pytest.mark.parametrize(
    "error", [LookupError("a bug"), IntegrityError("INSERT", {}, ValueError()), OSError("no file")]
)
async def test_a_bug_is_not_repeated_for_ever(error: Exception) -> None:
    """It goes on up."""
    with pytest.raises(type(error)):
        await every(0.01, failing_first(error, asyncio.Event()))


async def test_a_cancelled_statement_is_not_taken_for_an_absent_database() -> None:
    """The driver may answer a cancellation with an error of its own; the work ends all the same."""
    begun = asyncio.Event()

    async def statement() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise OperationalError("SELECT 1", {}, OSError("lost")) from None

    working = asyncio.create_task(every(0.01, statement))
    await begun.wait()
    working.cancel()
    await asyncio.wait([working], timeout=5)
    assert working.cancelled()
