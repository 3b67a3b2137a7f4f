"""What ended tasks show, read from their rows."""

from datetime import datetime
from functools import cache

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import MICROS, Task
from phantom.hrm.basis import ENOUGH, Basis, Sample, learned
from phantom.vocabulary import TaskStatus, TaskType

NEWEST = 200
"""As many tasks are looked at, the newest ones: what an agent did long ago says little."""
LOOKED_THROUGH = 1_000
"""Among so many of the newest: what is rare is not searched for through a million rows."""
_Row = tuple[
    int,
    str,
    int,
    int | None,
    datetime | None,
    datetime | None,
    float | None,
    float | None,
]
OWN_DOING = ("quality_gate", "cost_ceiling", "deadline")
"""Reasons to fail that say something of the configuration."""


async def basis(
    session: AsyncSession,
    *,
    project_id: str | None = None,
    task_type: TaskType | None = None,
) -> Basis:
    """What to predict from, for tasks of a type in a project.

    Those very tasks; else all of the project, all of the type, or all there are: the first of these
    of which at least `ENOUGH` have ended. The stated prior where none has so many.
    """
    # A missing one narrows nothing, so its groups are those without it.
    groups = dict.fromkeys(
        [(project_id, task_type), (project_id, None), (None, task_type), (None, None)]
    )
    kind = task_type or TaskType.CODE_GENERATION
    for group in groups:
        samples = await _samples(session, *group)
        if len(samples) >= ENOUGH:
            return learned(samples, kind)
    return learned((), kind)


async def _samples(
    session: AsyncSession, project_id: str | None, task_type: TaskType | None
) -> list[Sample]:
    found = await session.execute(
        _ended(of_project=project_id is not None, of_type=task_type is not None),
        {"project_id": project_id, "task_type": task_type},
    )
    return [_sample(row) for row in found]


@cache
def _ended(*, of_project: bool, of_type: bool) -> Select[*_Row]:
    """Tasks that ended by their own doing, in their first attempt: later ones add up.

    Made once of each kind: putting the statement together takes longer than running it.
    """
    newest = select(Task.id).order_by(Task.created_at.desc(), Task.id.desc())
    if of_project:
        newest = newest.where(Task.project_id == bindparam("project_id"))
    kind = [Task.task_type == bindparam("task_type")] if of_type else []
    return (
        select(
            Task.current_iteration,
            Task.status,
            Task.tokens,
            Task.actual_cost_micros,
            Task.started_at,
            Task.completed_at,
            Task.final_quality,
            Task.result[("seconds", "evaluate")].as_float(),
        )
        .where(
            Task.id.in_(newest.limit(LOOKED_THROUGH)),
            *kind,
            Task.attempt == 1,
            Task.current_iteration >= 1,
            Task.started_at.is_not(None),
            Task.completed_at.is_not(None),
            (Task.status == TaskStatus.COMPLETED) | Task.failure_reason.in_(OWN_DOING),
        )
        .order_by(Task.created_at.desc())
        .limit(NEWEST)
    )


def _sample(row: Row[*_Row]) -> Sample:
    rounds, status, tokens, cost_micros, started, completed, quality, evaluating = row
    assert started is not None
    assert completed is not None
    seconds = max(0.0, (completed - started).total_seconds())
    return Sample(
        rounds=rounds,
        passed=status == TaskStatus.COMPLETED,
        tokens=tokens,
        dollars=None if cost_micros is None else cost_micros / MICROS,
        seconds=seconds,
        evaluation_seconds=min(seconds, evaluating or 0.0),
        quality=quality,
    )
