"""The sums of rollups.py, added up anew from the rows."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Select, delete, exists, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.database import Database
from phantom.db.models import AgentCall, Iteration, PresetSum, Rollup, Task
from phantom.ledger.rollups import (
    FIGURES,
    OF_PRESET,
    Addition,
    Key,
    PresetKey,
    of_call,
    of_iteration,
    of_task,
)
from phantom.vocabulary import TaskStatus

_ENDED = (TaskStatus.COMPLETED, TaskStatus.FAILED)
_STREAMED = {"yield_per": 2_000}


@dataclass(frozen=True, slots=True)
class Sums:
    """All sums, by their keys."""

    days: dict[Key, Counter[str]] = field(default_factory=dict)
    presets: dict[PresetKey, Counter[str]] = field(default_factory=dict)

    def take(self, addition: Addition) -> None:
        """Add what a row adds."""
        for key in addition.keys:
            self.days.setdefault(key, Counter()).update(addition.figures)
        if (preset_key := addition.preset_key) is not None:
            kept = {name: addition.figures.get(name, 0) for name in OF_PRESET}
            self.presets.setdefault(preset_key, Counter()).update(kept)


async def rebuild(database: Database) -> int:
    """Add everything up anew from the rows; returns how many sums there are.

    Whoever ends something meanwhile waits.
    """
    async with database.write() as session:
        if not database.is_sqlite:
            await session.execute(text("LOCK TABLE rollups, preset_sums IN EXCLUSIVE MODE"))
        sums = await recomputed(session)
        await session.execute(delete(Rollup))
        await session.execute(delete(PresetSum))
        days = [
            {"day": day, "project_id": project_id, "agent": agent}
            | {name: figures[name] for name in FIGURES}
            for (day, project_id, agent), figures in sums.days.items()
        ]
        presets = [
            {"preset_id": preset_id, "project_id": project_id} | figures
            for (preset_id, project_id), figures in sums.presets.items()
        ]
        for model, rows in ((Rollup, days), (PresetSum, presets)):
            if rows:
                await session.execute(insert(model), rows)
    return len(days)


async def ensure_built(database: Database) -> None:
    """Build the sums of a database that was used before there were any."""
    async with database.read() as session:
        built = await session.scalar(select(exists(select(Rollup.day))))
        needed = await session.scalar(
            select(exists(select(Task.id).where(Task.status.in_(_ENDED))))
        )
    if needed and not built:
        await rebuild(database)


async def recomputed(session: AsyncSession) -> Sums:
    """The sums as the rows give them, from the rows alone."""
    sums = Sums()
    won = (
        (Iteration.task_id == Task.id)
        & (Iteration.attempt == Task.attempt)
        & (Iteration.number == Task.best_iteration)
    )
    tasks = select(Task, Iteration).outerjoin(Iteration, won).where(Task.status.in_(_ENDED))
    async for task, winner in await session.stream(tasks, execution_options=_STREAMED):
        sums.take(of_task(task, winner))
    async for iteration, project_id, agent_type in await session.stream(
        _evaluated(), execution_options=_STREAMED
    ):
        sums.take(of_iteration(iteration, project_id, agent_type))
    calls = select(AgentCall, Task.project_id).join(Task, Task.id == AgentCall.task_id)
    ended = calls.where(AgentCall.completed_at.is_not(None))
    async for call, project_id in await session.stream(ended, execution_options=_STREAMED):
        sums.take(of_call(call, project_id))
    return sums


def _evaluated() -> Select[Iteration, str, str]:
    """Evaluated iterations with their project and the type of the agent that did the work."""
    agent_type = (
        select(AgentCall.agent_type)
        .where(
            AgentCall.task_id == Iteration.task_id,
            AgentCall.attempt == Iteration.attempt,
            AgentCall.iteration == Iteration.number,
            AgentCall.agent == Iteration.agent,
        )
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Iteration, Task.project_id, agent_type)
        .join(Task, Task.id == Iteration.task_id)
        .where(Iteration.completed_at.is_not(None), agent_type.is_not(None))
    )
