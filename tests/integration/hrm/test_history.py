"""What predictions learn from, on both databases."""

from datetime import timedelta

from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.hrm import history
from phantom.hrm.basis import ENOUGH, Basis, prior
from phantom.vocabulary import TaskStatus, TaskType
from tests.support import rows

NOW = utc_now()
ENDED = {
    "status": TaskStatus.COMPLETED,
    "current_iteration": 2,
    "tokens": 3_000,
    "actual_cost_micros": 500_000,
    "started_at": NOW,
    "completed_at": NOW + timedelta(seconds=100),
    "final_quality": 0.9,
    "result": {"seconds": {"evaluate": 40.0, "call": 50.0}},
}


async def stored(
    database: Database, project_id: str, count: int = ENOUGH, **fields: object
) -> None:
    """Tasks of one project that ended well."""
    async with database.write() as session:
        session.add_all(rows.task(project_id, **(ENDED | fields)) for _ in range(count))


async def projects(database: Database) -> tuple[str, str]:
    """Ids of two projects."""
    made = [rows.project(), rows.project()]
    async with database.write() as session:
        session.add_all(made)
    return made[0].id, made[1].id


async def learned(database: Database, project_id: str | None, task_type: TaskType) -> Basis:
    """The basis of a prediction."""
    async with database.read() as session:
        return await history.basis(session, project_id=project_id, task_type=task_type)


async def test_without_enough_tasks_it_is_the_prior(database: Database) -> None:
    """That of the task's type."""
    one, _ = await projects(database)
    await stored(database, one, ENOUGH - 1)

    assert prior(TaskType.SECURITY) == await learned(database, one, TaskType.SECURITY)


async def test_a_task_is_read_as_rounds(database: Database) -> None:
    """Tokens, cost, time of calls and of evaluation, each by round."""
    one, _ = await projects(database)
    await stored(database, one)

    basis = await learned(database, one, TaskType.DEBUGGING)

    assert (ENOUGH, (2,) * ENOUGH) == (basis.tasks, basis.needed)
    assert (1_500, 0.25, 30, 20, 0.9) == (
        basis.tokens,
        basis.dollars,
        basis.call_seconds,
        basis.evaluation_seconds,
        basis.quality,
    )


async def test_the_nearest_tasks_count(database: Database) -> None:
    """Project and type, else the project, else the type, else all."""
    one, other = await projects(database)
    await stored(database, one, tokens=2_000)
    await stored(database, one, tokens=4_000, task_type=TaskType.SECURITY)
    await stored(database, other, tokens=8_000, task_type=TaskType.ARCHITECTURE)

    assert 1_000 == (await learned(database, one, TaskType.DEBUGGING)).tokens
    assert 1_500 == (await learned(database, one, TaskType.ARCHITECTURE)).tokens
    nobody = "00000000-0000-4000-8000-000000000009"
    assert 2_000 == (await learned(database, nobody, TaskType.SECURITY)).tokens
    everything = await learned(database, nobody, TaskType.BULK_ANALYSIS)
    assert 3 * ENOUGH == everything.tasks


async def test_what_others_ended_teaches_nothing(database: Database) -> None:
    """Cancelled tasks, retried ones, and those that never came to a round."""
    one, _ = await projects(database)
    failed = {"status": TaskStatus.FAILED}
    await stored(database, one, **failed, failure_reason="cancelled")
    await stored(database, one, **failed, failure_reason="no_agent", current_iteration=0)
    await stored(database, one, attempt=2)
    assert 0 == (await learned(database, one, TaskType.DEBUGGING)).tasks

    await stored(database, one, **failed, failure_reason="quality_gate", result={})
    basis = await learned(database, one, TaskType.DEBUGGING)
    assert (ENOUGH, (), 0.0) == (basis.tasks, basis.needed, basis.evaluation_seconds)
