"""Sends the traces of tasks that have ended, beside the tasks and never before them.

The event table is the queue: what Langfuse has not taken yet stays there, however long it is away,
and takes no memory. How far it has been told is a row, so that a restart goes on from there. Of
many processes on one database one sends at a time; it holds that row by a lease.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy import delete, func, select, update

from phantom.clock import is_within, utc_now
from phantom.db.database import is_out_of_reach
from phantom.db.models import Event, ExportPosition
from phantom.db.periodic import raise_if_cancelled
from phantom.events.store import EventStore
from phantom.traces import story
from phantom.traces.port import Destination, KeysRefused, Later, NotTaken, Rejected

_NAME = "langfuse"
_PAGE = 20
_LEASE = timedelta(minutes=10)
_POLL_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0

Open = Callable[[], AbstractAsyncContextManager[Destination]]

_log = structlog.get_logger(__name__)


class TraceExport:
    """The way to Langfuse; without `open_langfuse` there is none.

    Attributes:
        connected: the last answer was a good one; None before the first.
        sent: traces that Langfuse took.
        rejected: traces that it will never take.
        failures: times that it did not answer, or not as it should.
    """

    def __init__(self, store: EventStore, open_langfuse: Open | None) -> None:
        self._store = store
        self._database = store.database
        self._open = open_langfuse
        self._holder = str(uuid4())
        self._position = 0
        self.connected: bool | None = None
        self.sent = 0
        self.rejected = 0
        self.failures = 0

    @property
    def configured(self) -> bool:
        """True where traces are to be sent."""
        return self._open is not None

    async def begin(self) -> None:
        """Take up where it ended; the first time with what ends from now on.

        Where nothing is to be sent, forget: what ends while it is off is nobody's business later.
        """
        async with self._database.write() as session:
            if self._open is None:
                await session.execute(delete(ExportPosition).where(ExportPosition.name == _NAME))
                return
            row = await session.get(ExportPosition, _NAME, with_for_update=True)
            if row is None:
                top = await session.scalar(select(func.max(Event.seq))) or 0
                row = ExportPosition(name=_NAME, position=top)
                session.add(row)
            self._position = row.position

    async def keep(self) -> None:
        """Send until cancelled, with growing pauses while Langfuse does not take it."""
        if self._open is None:
            return
        async with self._open() as langfuse, self._store.bus.listen() as news:
            pause = 0.0
            while True:
                news.clear()
                pause = await self._tried(langfuse, pause)
                if pause:
                    await asyncio.sleep(pause)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await news.wait()

    async def _tried(self, langfuse: Destination, paused: float) -> float:
        """Send what there is; returns the seconds to leave Langfuse alone, 0 where it took it."""
        try:
            await self._round(langfuse)
        except NotTaken as error:
            self._failed(error)
            if isinstance(error, Later) and error.after is not None:
                return error.after
            return min(max(_FIRST_PAUSE_SECONDS, paused * 2), _LONGEST_PAUSE_SECONDS)
        except Exception as error:  # an unreachable database has nothing to be sent
            raise_if_cancelled(error)
            if not is_out_of_reach(error):
                raise
        return 0.0

    async def _round(self, langfuse: Destination) -> None:
        if not self.connected:
            await langfuse.check()
            self._answered()
        waiting, top = await self._ended_after(self._position)
        if not waiting:
            self._position = top
            return
        async with self._held() as held:
            if held:
                await self._catch_up(langfuse)

    async def _catch_up(self, langfuse: Destination) -> None:
        """Send all there is, as long as nobody has taken over."""
        while True:
            waiting, _ = await self._ended_after(self._position)
            for event in waiting:
                await self._send(langfuse, event)
                if not await self._advance(event.seq):
                    return
            if not waiting:
                return

    async def _send(self, langfuse: Destination, event: Event) -> None:
        async with self._database.read() as session:
            told = await story.read(session, event)
        if told is None:
            return
        trace = await asyncio.to_thread(story.tell, told)
        try:
            await langfuse.send(trace)
        except Rejected as error:
            self.rejected += 1
            _log.warning("Langfuse will not take a trace", task_id=event.task_id, error=str(error))
        else:
            self.sent += 1
            self._answered()

    async def _ended_after(self, position: int) -> tuple[Sequence[Event], int]:
        """The ends of tasks after `position`, oldest first, and how far was looked."""
        async with self._database.read() as session:
            top = await session.scalar(select(func.max(Event.seq))) or 0
            found = await session.scalars(
                select(Event)
                .where(Event.seq > position, Event.type == "task_result")
                .order_by(Event.seq)
                .limit(_PAGE)
            )
            return list(found), max(position, top)

    @contextlib.asynccontextmanager
    async def _held(self) -> AsyncIterator[bool]:
        """True while this process is the one that sends."""
        held = await self._take()
        try:
            yield held
        finally:
            if held:
                await self._change(holder=None, held_until=None)

    async def _take(self) -> bool:
        async with self._database.write() as session:
            row = await session.get(ExportPosition, _NAME, with_for_update=True)
            if row is None:
                return False
            now = utc_now()
            if row.holder not in {None, self._holder} and _is_held(row, now):
                return False
            row.holder, row.held_until = self._holder, now + _LEASE
            self._position = row.position
            return True

    async def _advance(self, position: int) -> bool:
        """Note that all up to `position` was told; False where another process has taken over."""
        self._position = position
        return await self._change(position=position, held_until=utc_now() + _LEASE)

    async def _change(self, **values: object) -> bool:
        async with self._database.write() as session:
            changed = await session.execute(
                update(ExportPosition)
                .where(ExportPosition.name == _NAME, ExportPosition.holder == self._holder)
                .values(**values)
                .returning(ExportPosition.name)
            )
            return changed.first() is not None

    def _answered(self) -> None:
        if self.connected is False:
            _log.info("Langfuse takes traces again")
        self.connected = True

    def _failed(self, error: NotTaken) -> None:
        self.failures += 1
        # Once for each outage: it may last for days.
        if self.connected is not False:
            log = _log.error if isinstance(error, KeysRefused) else _log.warning
            log("traces wait", error=str(error))
        self.connected = False


def _is_held(row: ExportPosition, now: datetime) -> bool:
    return row.held_until is not None and is_within(row.held_until - _LEASE, _LEASE, now)
