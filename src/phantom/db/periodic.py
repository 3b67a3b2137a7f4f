"""Work that is done again and again beside the tasks, and outlives an unreachable database."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from phantom.db.database import is_out_of_reach

_log = structlog.get_logger(__name__)


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` now and `seconds` after each end of it, until cancelled."""
    while True:
        try:
            await work()
        except Exception as error:  # what is not the database's absence goes on up
            raise_if_cancelled(error)
            if not is_out_of_reach(error):
                raise
            _log.warning("the database is out of reach; trying again", error=str(error))
        await asyncio.sleep(seconds)


def raise_if_cancelled(error: Exception) -> None:
    """Raise CancelledError where this task is being cancelled, whatever came of that.

    A statement that is cancelled half-way may come back as an error of the driver, which looks like
    a database out of reach. Who then goes on would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error
