"""Ended tasks with all their rounds, read from the rows to be played again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import MICROS, Iteration, JsonObject, Task
from phantom.hrm.gate import Action
from phantom.hrm.history import OWN_DOING
from phantom.hrm.replay import Logged, Round
from phantom.vocabulary import TaskStatus

NEWEST = 1_000
"""As many tasks of a project are looked at, the newest ones."""
_STREAMED = {"yield_per": 500}
"""So many rows are read at once; in between the event loop does other things."""
_Row = tuple[
    str,
    str,
    float | None,
    bool,
    dict[str, float],
    list[str],
    int | None,
    datetime,
    datetime | None,
    JsonObject | None,
]


async def logged(session: AsyncSession, project_id: str) -> tuple[Logged, ...]:
    """What can be played again, the oldest first.

    Tasks that ended by their own doing in their first attempt, of which every round was measured
    and its cost is known.
    """
    found: list[Logged | None] = []
    rows: list[Row[*_Row]] = []
    asked = {"project_id": project_id}
    async for row in await session.stream(_LOG, asked, execution_options=_STREAMED):
        if rows and row[0] != rows[0][0]:
            found.append(_read(rows))
            rows = []
        rows.append(row)
    if rows:
        found.append(_read(rows))
    return tuple(each for each in found if each is not None)


def _log() -> Select[*_Row]:
    newest = (
        select(Task.id)
        .where(Task.project_id == bindparam("project_id"))
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(NEWEST)
    )
    return (
        select(
            Task.id,
            Task.status,
            Iteration.quality,
            Iteration.tests_passing,
            Iteration.components,
            Iteration.not_measured,
            Iteration.cost_micros,
            Iteration.started_at,
            Iteration.completed_at,
            Iteration.gate,
        )
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
    task_id, status, *_ = rows[0]
    rounds = [each for row in rows if (each := _round(row)) is not None]
    if len(rounds) < len(rows):
        return None
    *_, decision = rows[-1]
    return Logged(
        task_id=task_id,
        passed=status == TaskStatus.COMPLETED,
        stalled=_stalled(decision or {}),
        rounds=tuple(rounds),
    )


def _round(row: Row[*_Row]) -> Round | None:
    _, _, quality, passing, components, not_measured, cost_micros, began, ended, _ = row
    if quality is None or cost_micros is None or ended is None:
        return None
    untested = "tests" not in components and "tests" not in not_measured
    return Round(
        quality=quality,
        sound=passing or untested,
        dollars=cost_micros / MICROS,
        seconds=max(0.0, (ended - began).total_seconds()),
    )


def _stalled(decision: JsonObject) -> bool:
    """Before its last round only an agent that changed nothing more is stopped by the gate."""
    return decision.get("action") == Action.STOP and decision.get("progress", 1.0) < 1.0
