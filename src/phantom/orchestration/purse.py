"""What a call is foreseen to cost, and the caps that it has to pass."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.port import Agent, AgentRequest, Usage
from phantom.agents.pricing import Prices
from phantom.agents.prompts import render
from phantom.clock import utc_now
from phantom.db import models
from phantom.hrm.context import CHARACTERS_PER_TOKEN
from phantom.ledger import foresight, ledger
from phantom.ledger.caps import Budget, ServerCaps, caps_of
from phantom.ledger.foresight import FREE
from phantom.ledger.ledger import Account
from phantom.orchestration.run import Run
from phantom.vocabulary import AgentType


@dataclass(frozen=True, slots=True)
class Purse:
    """Pays for calls: `prices` of tokens, and the caps of the whole server."""

    prices: Prices
    server: ServerCaps

    async def reserve(
        self, session: AsyncSession, run: Run, request: AgentRequest, agent: Agent
    ) -> int | None:
        """Set aside what the call may cost; returns what the caps leave for it, in micro-dollars.

        The project's budget is read anew each time, so that a change of it counts at once. Raises
        as `ledger.reserve` does.
        """
        account = Account(request.call_id, run.task_id, run.project_id, agent.agent_id)
        if agent.agent_type is AgentType.LOCAL:
            return await ledger.reserve(session, account, FREE, ())
        project = await session.get_one(models.Project, run.project_id)
        budget = Budget.model_validate(project.config.get("budget", {}))
        ceiling = run.config.agent_switching.cost_ceiling
        caps = caps_of(budget, self.server, ceiling, utc_now())
        task = await session.get_one(models.Task, run.task_id)
        model = request.model or await _last_model(session, agent.agent_id)
        estimate = foresight.foresee(
            await foresight.last_costs(session, agent.agent_id),
            prompt=None if model is None else await self._price_of_prompt(model, request),
            # The last cap is the narrowest, the task's own.
            share=caps[-1].limit // max(1, task.max_iterations),
        )
        return await ledger.reserve(session, account, estimate, caps)

    async def _price_of_prompt(self, model: str, request: AgentRequest) -> int | None:
        await self.prices.ready()
        prompt = await asyncio.to_thread(render, request)
        tokens = round(len(prompt.text) / CHARACTERS_PER_TOKEN)
        return ledger.micros(self.prices.cost(model, Usage(input=tokens)))


async def _last_model(session: AsyncSession, agent_id: str) -> str | None:
    """The model that the agent worked with last, where it told."""
    terminal = await session.scalar(
        select(models.AgentCall.terminal)
        .where(models.AgentCall.agent == agent_id, models.AgentCall.state == "finished")
        .order_by(models.AgentCall.completed_at.desc())
        .limit(1)
    )
    model = ((terminal or {}).get("metadata") or {}).get("model")
    return model if isinstance(model, str) else None
