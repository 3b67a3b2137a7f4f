"""The event table: appended to in the transaction of the change, read in order by sequence."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import iso, utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.events.bus import Bus
from phantom.events.types import Event
from phantom.security.redaction import redacted_json

_APPEND_LOCK = 0x6576656E74  # "event"
_APPEND = insert(cast("Table", models.Event.__table__))


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its place in the order.

    Attributes:
        seq: grows with every event over the whole system; commit order.
        body: the wire form, with `id` and `timestamp`.
    """

    seq: int
    task_id: str | None
    project_id: str | None
    body: models.JsonObject


@dataclass(slots=True)
class Transaction:
    """One change and the events that tell it: both are kept, or neither is."""

    session: AsyncSession
    _pending: list[tuple[Event, str | None, str | None]] = field(default_factory=list)

    def emit(
        self, event: Event, *, task_id: str | None = None, project_id: str | None = None
    ) -> None:
        """Append `event` when the transaction commits."""
        self._pending.append((event, task_id, project_id))

    async def _append(self, *, serialise: bool) -> None:
        if serialise:
            # Sequence numbers are drawn before the commit: without this lock a reader could
            # see number 8, then never look back for a 7 that committed later.
            await self.session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPEND_LOCK}
            )
        moment = utc_now()
        await self.session.execute(
            _APPEND,
            [
                {
                    "type": event.type,
                    "task_id": task_id,
                    "project_id": project_id,
                    "body": redacted_json(event.model_dump(mode="json")),
                    "created_at": moment,
                }
                for event, task_id, project_id in self._pending
            ],
        )


class EventStore:
    """Writes changes with their events, and reads events back in order.

    Attributes:
        stored: how many events of each type this process has stored.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self.database = database
        self.bus = bus
        self.stored: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A write transaction whose events are stored with it and announced after the commit."""
        async with self.database.write() as session:
            transaction = Transaction(session)
            yield transaction
            await session.flush()
            if transaction._pending:  # noqa: SLF001 - same module, same idea
                await transaction._append(serialise=not self.database.is_sqlite)  # noqa: SLF001
        if transaction._pending:  # noqa: SLF001
            self.stored.update(event.type for event, _, _ in transaction._pending)  # noqa: SLF001
            await self.bus.publish()

    async def emit(
        self, event: Event, *, task_id: str | None = None, project_id: str | None = None
    ) -> None:
        """Store one event that goes with no other change."""
        async with self.transaction() as transaction:
            transaction.emit(event, task_id=task_id, project_id=project_id)

    async def after(
        self,
        seq: int,
        *,
        task_id: str | None = None,
        project_id: str | None = None,
        limit: int = 500,
    ) -> Sequence[StoredEvent]:
        """Up to `limit` events after `seq`, oldest first, of one task or project where given."""
        wanted = select(models.Event).where(models.Event.seq > seq)
        if task_id is not None:
            wanted = wanted.where(models.Event.task_id == task_id)
        if project_id is not None:
            wanted = wanted.where(models.Event.project_id == project_id)
        async with self.database.read() as session:
            rows = await session.scalars(wanted.order_by(models.Event.seq).limit(limit))
            return [_stored(row) for row in rows]

    async def last_seq(self) -> int:
        """The newest sequence number, 0 where there is no event."""
        return (await self.span())[1]

    async def span(self) -> tuple[int, int]:
        """The oldest and the newest sequence number, 0 where there is no event."""
        oldest = select(func.min(models.Event.seq)).scalar_subquery()
        newest = select(func.max(models.Event.seq)).scalar_subquery()
        async with self.database.read() as session:
            found = (await session.execute(select(oldest, newest))).one()
        return found[0] or 0, found[1] or 0


def _stored(row: models.Event) -> StoredEvent:
    body = row.body | {"id": row.seq, "timestamp": _timestamp(row.created_at)}
    return StoredEvent(row.seq, row.task_id, row.project_id, body)


def _timestamp(moment: datetime) -> str:
    return iso(moment)
