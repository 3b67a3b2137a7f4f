"""A past in which tasks took several slow and cheap rounds, so that candidates pay."""

from datetime import timedelta

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.vocabulary import TaskStatus
from tests.support import rows


async def slow_past(database: Database, *, last_cost: float = 0.1, agent: str = "paid") -> None:
    """Twelve tasks of three rounds, a quarter of an hour each; a call of `agent` cost so much."""
    owner = rows.project()
    now = utc_now()
    tasks = [
        rows.task(
            owner.id,
            status=TaskStatus.COMPLETED,
            current_iteration=3,
            tokens=300,
            actual_cost_micros=150_000,
            started_at=now - timedelta(minutes=45),
            completed_at=now,
            final_quality=1.0,
        )
        for _ in range(12)
    ]
    call = models.AgentCall(
        call_id=f"{tasks[0].id}/1/1-1",
        task_id=tasks[0].id,
        attempt=1,
        iteration=1,
        agent=agent,
        agent_type="openai",
        state="finished",
        terminal={"type": "finished", "content": "done"},
        cost_micros=round(last_cost * models.MICROS),
        started_at=now,
        completed_at=now,
    )
    async with database.write() as session:
        session.add(owner)
        await session.flush()
        session.add_all(tasks)
        await session.flush()
        session.add(call)
