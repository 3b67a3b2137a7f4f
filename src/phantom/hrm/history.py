"""What ended tasks show, read from their rows."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import MICROS, Task
from phantom.hrm.basis import ENOUGH, Basis, Sample, learned
from phantom.vocabulary import TaskStatus, TaskType

NEWEST = 200
"""As many tasks are looked at, the newest ones: what an agent did long ago says little."""
LOOKED_THROUGH = 1_000
"""Among so many of the newest: what is rare is not searched for through a million rows."""
_OWN_DOING = ("quality_gate", "cost_ceiling", "deadline")


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
    """Tasks that ended by their own doing, in their first attempt: later ones add up."""
    newest = select(Task.id).order_by(Task.created_at.desc(), Task.id.desc())
    if project_id is not None:
        newest = newest.where(Task.project_id == project_id)
    of_type = [Task.task_type == task_type] if task_type is not None else []
    rows = await session.execute(
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
            *of_type,
            Task.attempt == 1,
            Task.current_iteration >= 1,
            Task.started_at.is_not(None),
            Task.completed_at.is_not(None),
            (Task.status == TaskStatus.COMPLETED) | Task.failure_reason.in_(_OWN_DOING),
        )
        .order_by(Task.created_at.desc())
        .limit(NEWEST)
    )
    samples = []
    for rounds, status, tokens, cost, started, completed, quality, evaluating in rows:
        assert started is not None
        assert completed is not None
        seconds = max(0.0, (completed - started).total_seconds())
        samples.append(
            Sample(
                rounds=rounds,
                passed=status == TaskStatus.COMPLETED,
                tokens=tokens,
                dollars=None if cost is None else cost / MICROS,
                seconds=seconds,
                evaluation_seconds=min(seconds, evaluating or 0.0),
                quality=quality,
            )
        )
    return samples
