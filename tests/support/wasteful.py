"""A project whose log shows a better configuration: later rounds that bring nothing."""

from datetime import timedelta

from sqlalchemy import insert

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.hrm.changes import Part, merged, whole
from phantom.hrm.config import BALANCED
from phantom.hrm.resolve import Scope
from phantom.ledger import recount
from phantom.vocabulary import TaskStatus
from tests.support import rows

STRICT: Part = {
    "deep_supervision": {"quality_gate_threshold": 0.95},
    "ml_iteration_prediction": {"mode": "manual", "max_iterations": 3},
    "bayesian_optimization": {"enabled": True, "iterations": 12},
}
"""A gate that no round of `wasteful_tasks` passes, so that the later ones are waste."""


async def tuned_project(database: Database, number: int, config: Part) -> str:
    """A project of `number` ended tasks under a configuration of its own; returns its id."""
    owner = rows.project()
    async with database.write() as session:
        session.add(owner)
    await _configure(database, owner.id, config)
    await wasteful_tasks(database, owner.id, number)
    return owner.id


async def _configure(database: Database, project_id: str, changes: Part) -> None:
    """Make `balanced` with these changes the project's first configuration."""
    async with database.write() as session:
        session.add(
            models.HrmConfig(
                scope=Scope.PROJECT,
                scope_id=project_id,
                version=1,
                config=whole(merged(BALANCED, changes)),
                updated_by="test",
            )
        )


async def wasteful_tasks(database: Database, project_id: str, number: int) -> None:
    """So many tasks of three rounds each that are no better than the first one."""
    tasks, rounds, now = [], [], utc_now()
    for n in range(number):
        began = now - timedelta(minutes=number - n)
        task = rows.task(
            project_id,
            status=TaskStatus.FAILED,
            failure_reason="quality_gate",
            created_at=began,
            started_at=began,
            completed_at=began + timedelta(seconds=90),
            current_iteration=3,
        )
        tasks.append(task)
        rounds += [
            {
                "id": models.new_id(),
                "task_id": task.id,
                "attempt": 1,
                "number": number,
                "agent": "claude_main",
                "quality": 0.8,
                "components": {"tests": 1.0},
                "tests_passing": True,
                "cost_micros": 100_000,
                "gate": {"action": "stop" if number == 3 else "continue", "progress": number / 3},
                "started_at": began + timedelta(seconds=30 * number - 30),
                "completed_at": began + timedelta(seconds=30 * number),
            }
            for number in (1, 2, 3)
        ]
    async with database.write() as session:
        session.add_all(tasks)
        await session.flush()
        if rounds:
            await session.execute(insert(models.Iteration), rounds)
    await recount.rebuild(database)
