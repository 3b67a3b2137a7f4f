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
            if not is_out_of_reach(error):
                raise
            _log.warning("the database is out of reach; trying again", error=str(error))
        await asyncio.sleep(seconds)
