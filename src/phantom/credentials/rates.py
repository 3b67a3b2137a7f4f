"""The rate at which a token may start work, held over all servers that share a database."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text

from phantom.clock import utc_now
from phantom.db.database import Database, is_out_of_reach
from phantom.db.models import WorkStart
from phantom.security.rates import WINDOW_SECONDS


class SharedWindow:
    """At most `limit` admissions for each key in any minute, whichever server is asked.

    A row for each admission of the last minute, on PostgreSQL. Of SQLite there is one server alone,
    which counts in its memory.
    """

    def __init__(
        self, database: Database, limit: int, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._limit = limit
        self._clock = clock

    async def admit(self, key: str) -> float:
        """0 where `key` is admitted now, else in how many seconds; then this does not count."""
        try:
            return await self._admitted(key)
        except Exception as error:  # the route behind says it better, since it cannot work either
            if not is_out_of_reach(error):
                raise
            return 0.0

    async def _admitted(self, key: str) -> float:
        async with self._database.write() as session:
            # One after the other, or two would both see the last place free.
            lock = text("SELECT pg_advisory_xact_lock(hashtext(:key))")
            await session.execute(lock, {"key": f"work {key}"})
            now = self._clock()
            since = now - timedelta(seconds=WINDOW_SECONDS)
            of_key = WorkStart.key == key
            await session.execute(delete(WorkStart).where(of_key, WorkStart.at <= since))
            found = await session.scalars(select(WorkStart.at).where(of_key).order_by(WorkStart.at))
            moments = list(found)
            if len(moments) < self._limit:
                session.add(WorkStart(key=key, at=now))
                return 0.0
            return (moments[-self._limit] - since).total_seconds()
