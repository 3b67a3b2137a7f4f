"""Tidies the home and the table of events, now and again, in one process at a time."""

import asyncio
import contextlib
import fcntl
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog

from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.db.periodic import every
from phantom.events.trimming import trim
from phantom.orchestration.retention import Removed, Retention, Shelf
from phantom.settings import Settings

WHAT = ("workspaces", "transcripts", "events")
"""What is removed."""
_EVERY_SECONDS = 3600.0
_MEGABYTE = 1_000_000

_log = structlog.get_logger(__name__)


class Janitor:
    """Removes what has been kept long enough.

    Attributes:
        removed: how many of each were removed by this process.
        freed: bytes of the disk that this gave, by what was removed; the database's are not known.
    """

    def __init__(
        self, database: Database, home: Path, retention: Retention, keep_events: timedelta
    ) -> None:
        self._database = database
        self._home = home
        self._retention = retention
        self._keep_events = keep_events
        self.removed: Counter[str] = Counter()
        self.freed: Counter[str] = Counter()

    @classmethod
    def of(cls, settings: Settings, database: Database) -> Self:
        """As the settings have it."""
        shelves = (
            Shelf("workspaces", settings.home / "workspaces", timedelta(hours=settings.keep_hours)),
            Shelf(
                "transcripts",
                settings.home / "calls",
                timedelta(hours=settings.keep_transcript_hours),
            ),
        )
        most = None if settings.keep_mb is None else settings.keep_mb * _MEGABYTE
        return cls(
            database,
            settings.home,
            Retention(database, shelves, most_bytes=most),
            timedelta(days=settings.keep_event_days),
        )

    async def keep_clean(self) -> None:
        """Tidy now and every hour, until cancelled."""
        await every(_EVERY_SECONDS, self.tidy)

    async def tidy(self) -> Removed | None:
        """What was removed; None where another process of this home is at it."""
        async with _alone(self._home / "janitor.lock") as alone:
            if not alone:
                return None
            removed = await self._retention.collect()
            before = utc_now() - self._keep_events
            removed.many["events"] += await trim(self._database, before)
        self.removed += removed.many
        self.freed += removed.size
        if removed.many.total():
            _log.info("tidied up", removed=dict(+removed.many), freed_bytes=dict(+removed.size))
        return removed


@contextlib.asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[bool]:
    """True while no other process has the lock; the kernel gives it back when we die."""
    file = await asyncio.to_thread(path.open, "a")
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        file.close()
