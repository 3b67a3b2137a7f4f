"""What people think of results."""

from collections.abc import Sequence

from sqlalchemy import select

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict
from phantom.tasks.service import get_task
from phantom.tasks.waiting import ENDED
from phantom.vocabulary import FeedbackVerdict


class FeedbackBook:
    """Keeps what people say; the last word of each counts, and the earlier ones stay."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, task_id: str, verdict: FeedbackVerdict, *, text: str | None, by: str
    ) -> models.Feedback:
        """Keep a verdict on the result of the task's last run.

        Raises NotFound, and Conflict while there is no result yet.
        """
        async with self._database.write() as session:
            task = await get_task(session, task_id)
            if task.status not in ENDED:
                raise Conflict("The task has no result yet; judge it when it has ended.")
            row = models.Feedback(
                task_id=task.id,
                attempt=task.attempt,
                iteration=task.best_iteration,
                verdict=verdict,
                text=text,
                created_by=by,
            )
            session.add(row)
        return row

    async def list(self, task_id: str) -> Sequence[models.Feedback]:
        """Everything that was said of a task, oldest first. Raises NotFound."""
        async with self._database.read() as session:
            task = await get_task(session, task_id)
            found = await session.scalars(
                select(models.Feedback)
                .where(models.Feedback.task_id == task.id)
                .order_by(models.Feedback.created_at, models.Feedback.id)
            )
            return list(found)
