"""What a task's runs did, round by round."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from phantom.db import models
from phantom.db.database import Database
from phantom.orchestration.steps import load_records
from phantom.tasks.candidates import Candidate, cached, candidates, is_candidate


@dataclass(frozen=True, slots=True)
class Round:
    """An iteration with its evaluations.

    Attributes:
        candidates: empty where one call was made alone.
        cached: how its question was like one before, `exact` or `near`, where the call was not
            made, since the same had been asked and accepted.
    """

    iteration: models.Iteration
    evaluations: Sequence[models.Evaluation]
    candidates: Sequence[Candidate] = ()
    cached: str | None = None


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
        found = await session.scalars(
            select(models.AgentCall)
            .where(models.AgentCall.task_id == task_id, models.AgentCall.attempt == attempt)
            .order_by(models.AgentCall.call_id)
        )
        calls = list(found)
        several = any(map(is_candidate, calls))
        records = await load_records(session, task_id, attempt) if several else {}
        made = candidates(calls, records)
    return [
        Round(each, by_iteration[each.id], made[each.number], cached(calls, each.number))
        for each in iterations
    ]
