"""What a task's runs did, round by round."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from phantom.db import models
from phantom.db.database import Database


@dataclass(frozen=True, slots=True)
class Round:
    """An iteration with its evaluations."""

    iteration: models.Iteration
    evaluations: Sequence[models.Evaluation]


async def rounds(database: Database, task_id: str, attempt: int) -> Sequence[Round]:
    """The iterations of one run, oldest first."""
    async with database.read() as session:
        iterations = list(
            await session.scalars(
                select(models.Iteration)
                .where(models.Iteration.task_id == task_id, models.Iteration.attempt == attempt)
                .order_by(models.Iteration.number)
            )
        )
        evaluations = await session.scalars(
            select(models.Evaluation)
            .where(models.Evaluation.iteration_id.in_([each.id for each in iterations]))
            .order_by(models.Evaluation.evaluator)
        )
        by_iteration: defaultdict[str, list[models.Evaluation]] = defaultdict(list)
        for evaluation in evaluations:
            by_iteration[evaluation.iteration_id].append(evaluation)
    return [Round(each, by_iteration[each.id]) for each in iterations]
