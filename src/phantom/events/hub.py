"""Fan-out of events: one reader of the table for all who listen, however many they are.

The table is the truth and the only order. A listener first gets what it missed from the table, at
its own pace, then what the reader hands out, through a bounded queue of its own: one that does not
keep up is cut off, and neither the reader nor another listener waits for it.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

import orjson
import structlog

from phantom.db.database import is_out_of_reach
from phantom.db.periodic import raise_if_cancelled
from phantom.events.store import EventStore, StoredEvent

GLOBAL = "global"
QUEUE_SIZE = 1_000
"""Events that may wait for one listener."""
IDLE_SECONDS = 25.0
"""A listener that was told nothing for so long is pinged."""
_TASK, _PROJECT = "task_", "project_"
_PAGE = 500
_POLL_SECONDS = 1.0

_log = structlog.get_logger(__name__)


def task_channel(task_id: str) -> str:
    """The channel of a task's events."""
    return _TASK + task_id


def project_channel(project_id: str) -> str:
    """The channel of a project's events."""
    return _PROJECT + project_id


class Wire(StrEnum):
    """The protocol by which a listener is told."""

    NATIVE = "native_ws"
    SOCKET_IO = "socket_io"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way: serialised once, for all who get it."""

    seq: int
    channels: frozenset[str]
    type: str
    text: str


class Listener:
    """One who listens, and what waits for it.

    Attributes:
        channels: may be changed at any time; counts for events from then on.
        oldest: no event before this sequence number is kept.
        joined: up to this sequence number events come from the table, after it from the reader.
        overflowed: set when the queue was full, so that an event is missing from then on.
    """

    def __init__(self, channel: str, *, oldest: int, joined: int, size: int, wire: Wire) -> None:
        self.channels = {channel}
        self.oldest = oldest
        self.joined = joined
        self.wire = wire
        self.overflowed = asyncio.Event()
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue(size)
        self._live = False
        self._gap = False

    def offer(self, delivery: Delivery) -> bool:
        """Queue an event that is new and wanted; never waits. False where it had no room."""
        if self._gap or self.overflowed.is_set() or delivery.seq <= self.joined:
            return True
        if self.channels.isdisjoint(delivery.channels):
            return True
        try:
            self._queue.put_nowait(delivery)
        except asyncio.QueueFull:
            if self._live:
                self.overflowed.set()
                return False
            # It still reads from the table, where it will find this one too.
            self._gap = True
        return True

    def caught_up(self, position: int) -> bool:
        """Told all up to `joined`: live from now on, or False where it must read on to `joined`.

        `position` is how far the reader has handed out.
        """
        if not self._gap:
            self._live = True
            return True
        self._gap = False
        self._queue = asyncio.Queue(self._queue.maxsize)
        self.joined = max(self.joined, position)
        return False

    @property
    def waiting(self) -> int:
        """How many events wait for it."""
        return self._queue.qsize()

    async def take(self) -> Delivery:
        """The next event that waits."""
        return await self._queue.get()


class EventHub:
    """Hands the events of the table to the listeners of this process.

    Attributes:
        idle_seconds: after which a listener that was told nothing is pinged.
        delivered: events given to listeners so far, counted for each of them.
        cut_off: listeners so far that did not keep up.
        opened: listeners so far.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        queue_size: int = QUEUE_SIZE,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.idle_seconds = idle_seconds
        self._store = store
        self._queue_size = queue_size
        self._listeners: set[Listener] = set()
        self._position = 0
        self._wanted = asyncio.Event()
        self.delivered = 0
        self.cut_off = 0
        self.opened = 0

    @property
    def connections(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    @property
    def waiting(self) -> int:
        """How many events wait in the queues of listeners."""
        return sum(each.waiting for each in list(self._listeners))

    def connected(self, wire: Wire) -> int:
        """How many listen now by one protocol."""
        return sum(each.wire is wire for each in self._listeners)

    def channel_counts(self, wire: Wire | None = None) -> dict[str, int]:
        """How many listen on each channel that has a listener, by one protocol or by any."""
        # Copies, since figures are read in a thread while listeners come and go.
        counts = Counter(
            name
            for each in list(self._listeners)
            if wire is None or each.wire is wire
            for name in list(each.channels)
        )
        return dict(sorted(counts.items()))

    async def run(self) -> None:
        """Read and hand out until cancelled; idle while nobody listens."""
        async with self._store.bus.listen() as news:
            while True:
                await self._wanted.wait()
                news.clear()
                try:
                    await self._hand_out()
                except Exception as error:  # listeners wait until the database is back
                    raise_if_cancelled(error)
                    if not is_out_of_reach(error):
                        raise
                    _log.warning("events could not be read", error=str(error))
                # The timeout covers events of other processes, which this bus may not carry.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await news.wait()

    @contextlib.asynccontextmanager
    async def listening(self, channel: str, *, wire: Wire = Wire.NATIVE) -> AsyncIterator[Listener]:
        """A listener on `channel` for events from now on, until the block ends."""
        oldest, top = await self._store.span()
        if not self._listeners:
            # Nobody listened: what happened meanwhile has no taker.
            self._position = max(self._position, top)
        joined = max(self._position, top)
        size = self._queue_size
        listener = Listener(channel, oldest=oldest, joined=joined, size=size, wire=wire)
        self._listeners.add(listener)
        self.opened += 1
        self._wanted.set()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._wanted.clear()

    async def deliveries(self, listener: Listener, *, since: int) -> AsyncGenerator[Delivery]:
        """The events of the listener's channels after `since`, each once, in order, without end.

        A `since` that no event has yet means from now on. While it is told what it missed a
        listener may be as slow as it likes; after that `overflowed` tells its end.
        """
        cursor = min(since, listener.joined)
        while True:
            async for delivery in self._missed(listener, cursor, listener.joined):
                self.delivered += 1
                yield delivery
            cursor = listener.joined
            if listener.caught_up(self._position):
                break
        while True:
            delivery = await listener.take()
            self.delivered += 1
            yield delivery

    async def _missed(self, listener: Listener, after: int, upto: int) -> AsyncGenerator[Delivery]:
        while after < upto:
            task_id, project_id = _only(listener.channels)
            page = await self._store.after(
                after, task_id=task_id, project_id=project_id, limit=_PAGE
            )
            for event in page:
                if event.seq > upto:
                    return
                delivery = _delivery(event)
                if not listener.channels.isdisjoint(delivery.channels):
                    yield delivery
            if len(page) < _PAGE:
                return
            after = page[-1].seq

    async def _hand_out(self) -> None:
        while self._listeners:
            page = await self._store.after(self._position, limit=_PAGE)
            for event in page:
                delivery = _delivery(event)
                self.cut_off += sum(not each.offer(delivery) for each in self._listeners)
            if page:
                self._position = max(self._position, page[-1].seq)
            if len(page) < _PAGE:
                return


def _delivery(event: StoredEvent) -> Delivery:
    channels = {GLOBAL}
    if event.task_id is not None:
        channels.add(task_channel(event.task_id))
    if event.project_id is not None:
        channels.add(project_channel(event.project_id))
    text = orjson.dumps(event.body).decode()
    return Delivery(event.seq, frozenset(channels), str(event.body["type"]), text)


def _only(channels: set[str]) -> tuple[str | None, str | None]:
    """The task and the project to which a single channel narrows the look into the table."""
    (name, *more) = channels or {""}
    task_id = name.removeprefix(_TASK) if name.startswith(_TASK) and not more else None
    project_id = name.removeprefix(_PROJECT) if name.startswith(_PROJECT) and not more else None
    return task_id, project_id
