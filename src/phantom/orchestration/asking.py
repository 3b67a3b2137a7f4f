"""Asking a person which agent goes on, where the strategy is `manual`.

The question is kept with the task, so that it outlives the server; whoever takes the run over
looks for the answer there. Waiting keeps the run's place among those of its worker.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from phantom.agents.choice import Situation
from phantom.clock import iso, utc_now
from phantom.db import models
from phantom.events.store import EventStore, Transaction
from phantom.events.types import AgentChoiceNeeded, ChoiceCandidate
from phantom.hrm.preference import Candidate
from phantom.orchestration.calls import Calls
from phantom.orchestration.run import Run
from phantom.vocabulary import SwitchReason

LOOK_SECONDS = 0.5
"""Between two looks for the answer."""


class Answer(BaseModel):
    """Who was chosen; None where there was nobody to choose from."""

    model_config = ConfigDict(frozen=True)

    agent_id: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        key: names it within the run.
        reason: what speaks against the agent at work; None before the first call.
    """

    key: str
    iteration: int
    reason: SwitchReason | None


async def ask(
    store: EventStore, calls: Calls, run: Run, question: Question, situation: Situation
) -> Answer:
    """Put the question, once, and wait for the answer; asked again it waits for the same.

    Whoever calls this bounds it, by the task's deadline and its cancellation.
    """
    candidates = await calls.askable(run, situation)
    if not candidates:
        return Answer(agent_id=None)
    await _put(store, run, question, candidates)
    while True:
        async with store.database.read() as session:
            task = await session.get_one(models.Task, run.task_id)
            asked = task.question or {}
        if asked.get("key") == question.key and asked.get("agent_id"):
            return Answer(agent_id=asked["agent_id"])
        await asyncio.sleep(LOOK_SECONDS)


async def answered(transaction: Transaction, run: Run, _answer: Answer) -> None:
    """The question is settled."""
    task = await transaction.session.get_one(models.Task, run.task_id, with_for_update=True)
    task.question = None


async def _put(
    store: EventStore, run: Run, question: Question, candidates: Sequence[Candidate]
) -> None:
    shown = [_shown(each) for each in candidates]
    async with store.transaction() as transaction:
        await run.claim.hold(transaction.session)
        task = await transaction.session.get_one(models.Task, run.task_id, with_for_update=True)
        if (task.question or {}).get("key") == question.key:
            return
        told = AgentChoiceNeeded(
            task_id=run.task_id,
            iteration=question.iteration,
            reason=question.reason,
            candidates=shown,
        )
        task.question = {
            "key": question.key,
            "iteration": question.iteration,
            "reason": question.reason,
            "candidates": [each.model_dump(mode="json") for each in shown],
            "asked_at": iso(utc_now()),
            "agent_id": None,
        }
        transaction.emit(told, task_id=run.task_id, project_id=run.project_id)


def _shown(candidate: Candidate) -> ChoiceCandidate:
    record = candidate.record
    return ChoiceCandidate(
        agent_id=candidate.agent_id,
        agent_type=candidate.agent_type,
        calls=record.calls,
        accepted=record.accepted / record.rounds if record.rounds else None,
        seconds=record.seconds / record.calls if record.calls else None,
        cost=record.dollars / record.priced if record.priced else None,
    )
