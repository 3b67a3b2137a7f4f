"""Ended tasks with all their rounds, read from the rows to be played again."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import MICROS, Iteration, JsonObject, Task
from phantom.hrm.gate import Action
from phantom.hrm.history import OWN_DOING
from phantom.hrm.replay import Logged, Round
from phantom.vocabulary import TaskStatus

NEWEST = 1_000
"""As many tasks of a project are looked at, the newest ones."""
_Row = tuple[str, str, Iteration]


async def logged(session: AsyncSession, project_id: str) -> tuple[Logged, ...]:
    """What can be played again, the oldest first: tasks that ended by their own doing, in their
    first attempt, of which every round was measured and its cost is known.
    """
    rows = (await session.execute(_LOG, {"project_id": project_id})).all()
    tasks = (list(each) for _, each in groupby(rows, key=lambda row: row[0]))
    return tuple(read for each in tasks if (read := _read(each)) is not None)


def _log() -> Select[*_Row]:
    newest = (
        select(Task.id)
        .where(Task.project_id == bindparam("project_id"))
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(NEWEST)
    )
    return (
        select(Task.id, Task.status, Iteration)
        .join(Iteration, (Iteration.task_id == Task.id) & (Iteration.attempt == 1))
        .where(
            Task.id.in_(newest),
            Task.attempt == 1,
            (Task.status == TaskStatus.COMPLETED) | Task.failure_reason.in_(OWN_DOING),
        )
        .order_by(Task.created_at, Task.id, Iteration.number)
    )


_LOG = _log()


def _read(rows: Sequence[Row[*_Row]]) -> Logged | None:
    task_id, status, _ = rows[0]
    rounds = [_round(row[2]) for row in rows]
    if not all(each is not None for each in rounds):
        return None
    return Logged(
        task_id=task_id,
        passed=status == TaskStatus.COMPLETED,
        stalled=_stalled(rows[-1][2].gate or {}),
        rounds=tuple(each for each in rounds if each is not None),
    )


def _round(row: Iteration) -> Round | None:
    if row.quality is None or row.cost_micros is None or row.completed_at is None:
        return None
    untested = "tests" not in row.components and "tests" not in row.not_measured
    return Round(
        quality=row.quality,
        sound=row.tests_passing or untested,
        dollars=row.cost_micros / MICROS,
        seconds=max(0.0, (row.completed_at - row.started_at).total_seconds()),
    )


def _stalled(decision: JsonObject) -> bool:
    """Before its last round only an agent that changed nothing more is stopped by the gate."""
    return decision.get("action") == Action.STOP and decision.get("progress", 1.0) < 1.0
