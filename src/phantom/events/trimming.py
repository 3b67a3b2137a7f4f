"""Old events are removed from the oldest on, so that what is left has no holes."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.database import Database
from phantom.db.models import Event, ExportPosition, Task
from phantom.vocabulary import TaskStatus

_AT_ONCE = 1_000


async def trim(database: Database, before: datetime) -> int:
    """Remove the events from before `before`; returns how many.

    The first event of a task that has not ended, and one that somebody outside has still to be told
    of, end the removal. The newest event always stays: it says how far the numbers have come.
    """
    removed = 0
    while True:
        async with database.write() as session:
            seqs = await _due(session, before)
            if seqs:
                await session.execute(delete(Event).where(Event.seq <= seqs[-1]))
        removed += len(seqs)
        if len(seqs) < _AT_ONCE:
            return removed


async def _due(session: AsyncSession, before: datetime) -> list[int]:
    """Numbers of the oldest events that may go, without a gap."""
    open_tasks = select(Task.id).where(
        Task.status.in_((TaskStatus.PENDING, TaskStatus.IN_PROGRESS))
    )
    needed = await session.scalar(select(func.min(Event.seq)).where(Event.task_id.in_(open_tasks)))
    told = await session.scalar(select(func.min(ExportPosition.position)))
    newest = await session.scalar(select(func.max(Event.seq))) or 0
    end = min(
        newest,
        newest if needed is None else needed,
        newest if told is None else told + 1,
    )
    oldest = await session.execute(
        select(Event.seq, Event.created_at)
        .where(Event.seq < end)
        .order_by(Event.seq)
        .limit(_AT_ONCE)
    )
    seqs = []
    for seq, created_at in oldest:
        if created_at >= before:
            break
        seqs.append(seq)
    return seqs
