"""What happened, added up by day, project and agent type, so that no metric has to look at tasks.

Each kind of row has one function from the row to what it adds. It is added in the transaction that
ends the row, and taken away again where a retry reopens a task: the sums always agree with the
rows, from which recount.py adds them up anew.

- A task enters on the day of its end, under its last agent, with the run that ended it.
- An iteration enters on the day of its evaluation, under the agent that was called.
- A call enters on the day of its end, whatever became of its task: money spent stays spent.

Everything enters a second time under the day `EVER`: what has been since the beginning is asked for
with every list of tasks, and would otherwise grow with the days. A task that was held to a preset
enters the sums of that preset as well.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache

from sqlalchemy import (
    Insert,
    Select,
    bindparam,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import ITERATION, MICROS, AgentCall, Base, Iteration, PresetSum, Rollup, Task
from phantom.vocabulary import TaskStatus

CANCELLED = "cancelled"
"""The failure reason of tasks that somebody stopped: neither a success nor a failure."""
FIGURES = tuple(
    column.key
    for column in Rollup.__table__.columns
    if column.key not in {"day", "project_id", "agent"}
)
"""Names of the sums."""
OF_PRESET = tuple(
    column.key
    for column in PresetSum.__table__.columns
    if column.key not in {"preset_id", "project_id"}
)
"""Which of them are kept by preset as well."""
_OPEN = (TaskStatus.PENDING, TaskStatus.IN_PROGRESS)

EVER = date.min
"""The day of the sums over all days."""

Key = tuple[date, str, str]
"""Day, project and agent type."""
PresetKey = tuple[str, str]
"""Preset and project."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What one row adds, and where; `preset_id` is the preset that a task was held to."""

    key: Key
    figures: Mapping[str, int] = field(default_factory=dict)
    preset_id: str | None = None

    @property
    def keys(self) -> tuple[Key, Key]:
        """The sums that it enters: those of its day, and those over all days."""
        return self.key, (EVER, *self.key[1:])

    @property
    def preset_key(self) -> PresetKey | None:
        """The sum by preset that it enters, if any."""
        return None if self.preset_id is None else (self.preset_id, self.key[1])

    def __neg__(self) -> "Addition":
        """The same, taken away."""
        taken = {name: -figure for name, figure in self.figures.items()}
        return Addition(self.key, taken, self.preset_id)


def of_task(task: Task, winner: Iteration | None) -> Addition:
    """What an ended task adds; `winner` is the iteration that was delivered, if any was."""
    assert task.completed_at is not None
    figures = Counter(tasks_ended=1, tasks_completed=int(task.status == TaskStatus.COMPLETED))
    if task.failure_reason == CANCELLED:
        figures["tasks_cancelled"] = 1
    elif task.started_at is not None:
        figures["tasks_run"] = 1
        figures["run_milliseconds"] = _milliseconds(task.started_at, task.completed_at)
        figures["run_iterations"] = task.current_iteration
    if task.actual_cost_micros is not None:
        figures["tasks_charged"] = 1
        figures["charged_micros"] = task.actual_cost_micros
    components = winner.components if winner is not None else {}
    _score(figures, "quality", task.final_quality)
    _score(figures, "coverage", components.get("coverage"))
    _score(figures, "security", components.get("security"))
    key = (_day(task.completed_at), task.project_id, task.assigned_agent)
    return Addition(key, figures, task.hrm_preset_id)


def of_iteration(iteration: Iteration, project_id: str, agent_type: str) -> Addition:
    """What an evaluated iteration adds: how long it took, and how long without parallelism."""
    assert iteration.completed_at is not None
    figures = Counter(iterations=1)
    if iteration.evaluation_seconds is not None and iteration.evaluators_seconds is not None:
        took = _milliseconds(iteration.started_at, iteration.completed_at)
        gained = iteration.evaluators_seconds - iteration.evaluation_seconds
        figures["timed_milliseconds"] = took
        figures["sequential_milliseconds"] = max(0, took + round(gained * 1000))
    return Addition((_day(iteration.completed_at), project_id, agent_type), figures)


def of_call(call: AgentCall, project_id: str) -> Addition:
    """What a call that has ended adds."""
    assert call.completed_at is not None
    figures = Counter(calls=1, tokens=call.tokens)
    if call.cost_micros is None:
        figures["calls_of_unknown_cost"] = 1
    else:
        figures["cost_micros"] = call.cost_micros
    figures["sent_tokens"] = call.context_tokens or 0
    figures["original_tokens"] = call.original_context_tokens or 0
    if call.cost_micros is not None and call.tokens > 0:
        usage = (call.terminal or {}).get("usage", {})
        figures["priced_calls"] = 1
        figures["priced_micros"] = call.cost_micros
        for kind in ("input", "output", "cache_read", "cache_write"):
            figures[f"priced_{kind}"] = usage.get(kind, 0)
    return Addition((_day(call.completed_at), project_id, call.agent_type), figures)


async def task_addition(session: AsyncSession, task: Task) -> Addition:
    """What `task` adds as it is now; it must have ended."""
    winner = None
    if task.best_iteration is not None:
        winner = await session.scalar(
            ITERATION,
            {"task_id": task.id, "attempt": task.attempt, "number": task.best_iteration},
        )
    return of_task(task, winner)


async def add(session: AsyncSession, addition: Addition) -> None:
    """Add to the sums, in the transaction of the row that it comes from.

    Flushes first: the rows of a change are locked before its sums, in this order by everybody.
    """
    await session.flush()
    dialect = session.get_bind().dialect.name
    figures = {name: addition.figures.get(name, 0) for name in FIGURES}
    await session.execute(
        _upsert(dialect, Rollup),
        [
            {"day": day, "project_id": project_id, "agent": agent} | figures
            for day, project_id, agent in addition.keys
        ],
    )
    if (preset_key := addition.preset_key) is not None:
        kept = {name: figures[name] for name in OF_PRESET}
        await session.execute(
            _upsert(dialect, PresetSum),
            {"preset_id": preset_key[0], "project_id": preset_key[1]} | kept,
        )


@cache
def _upsert(dialect: str, model: type[Base]) -> Insert:
    """Made once: putting it together takes longer than running it."""
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(model)
    columns = inspect(model).columns
    keys = [column.name for column in columns if column.primary_key]
    names = [column.name for column in columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: getattr(model, name) + statement.excluded[name] for name in names},
    )


async def totals(
    session: AsyncSession, project_id: str | None = None, names: Sequence[str] = FIGURES
) -> Counter[str]:
    """The figures `names` since the beginning, over all agents, of one project where given."""
    wanted = _totals(tuple(names), of_project=project_id is not None)
    found = (await session.execute(wanted, {"project_id": project_id})).one()
    return Counter({name: int(figure or 0) for name, figure in zip(names, found, strict=True)})


@cache
def _totals(names: tuple[str, ...], *, of_project: bool) -> Select[*tuple[int | None, ...]]:
    wanted = select(*(func.sum(getattr(Rollup, name)) for name in names)).where(Rollup.day == EVER)
    return wanted.where(Rollup.project_id == bindparam("project_id")) if of_project else wanted


def mean(sums: Mapping[str, int], name: str) -> float | None:
    """Mean of the scores `name` (`quality`, `coverage` or `security`); None without any."""
    count = sums[f"{name}_count"]
    return sums[f"{name}_micros"] / MICROS / count if count else None


async def open_counts(
    session: AsyncSession, project_id: str | None = None
) -> dict[TaskStatus, int]:
    """How many tasks are pending and in progress; they are few, and counted along an index."""
    wanted = _open_counts(of_project=project_id is not None)
    found = await session.execute(wanted, {"project_id": project_id})
    return dict.fromkeys(_OPEN, 0) | {TaskStatus(status): number for status, number in found}


@cache
def _open_counts(*, of_project: bool) -> Select[str, int]:
    wanted = select(Task.status, func.count()).where(Task.status.in_(_OPEN)).group_by(Task.status)
    return wanted.where(Task.project_id == bindparam("project_id")) if of_project else wanted


async def task_counts(
    session: AsyncSession, project_id: str | None = None
) -> dict[TaskStatus, int]:
    """How many tasks are in each status: the ended ones from the sums, the open ones counted.

    Counting a million rows takes longer than the page of a list that needs their number.
    """
    wanted = _task_counts(of_project=project_id is not None)
    ended, completed, *still_open = (
        await session.execute(wanted, {"project_id": project_id})
    ).one()
    return {status: number or 0 for status, number in zip(_OPEN, still_open, strict=True)} | {
        TaskStatus.COMPLETED: int(completed or 0),
        TaskStatus.FAILED: int(ended or 0) - int(completed or 0),
    }


@cache
def _task_counts(*, of_project: bool) -> Select[*tuple[int | None, ...]]:
    """All in one statement, for it comes with every page of a list."""
    ended = _totals(("tasks_ended", "tasks_completed"), of_project=of_project).subquery()
    counts = (select(func.count()).where(Task.status == status) for status in _OPEN)
    if of_project:
        counts = (each.where(Task.project_id == bindparam("project_id")) for each in counts)
    return select(*ended.columns, *(each.scalar_subquery() for each in counts))


def _score(figures: Counter[str], name: str, score: float | None) -> None:
    if score is not None:
        figures[f"{name}_micros"] = round(score * MICROS)
        figures[f"{name}_count"] = 1


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
