"""Answers that are given again: looked for before a run's first call, kept when a run was accepted.

What is kept is the work of a whole run, from the tree that it began with to the iteration that was
accepted, where one agent did it all. So only what the checks have accepted comes back, and it is
checked again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from phantom.agents.port import Agent, AgentRequest, Finished
from phantom.cache import Answer, AnswerCache, Layers, Question
from phantom.clock import iso
from phantom.errors import GitFailed
from phantom.hrm.config import Caching
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.run import Run
from phantom.orchestration.workspace import Workspace
from phantom.vocabulary import AgentType, CostSource

_MEGABYTE = 1_000_000


@runtime_checkable
class Fingerprinted(Protocol):
    """An agent that knows what its answers depend on: its program or model, and the version."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same question may be answered otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What an agent did in a run until it was accepted.

    Attributes:
        commit: the accepted snapshot.
        content: what the agent said at last.
        cost: of all its calls in US dollars, None where one is not known.
        tokens: of all its calls.
    """

    commit: str
    content: str
    cost: float | None
    tokens: int


@dataclass(frozen=True, slots=True)
class Reuse:
    """Looks answers up and keeps them, for agents that cost something.

    `journals` is where calls leave what they did: one that has begun is not answered any more.
    """

    cache: AnswerCache
    journals: Path

    async def answer(
        self, run: Run, agent: Agent, request: AgentRequest, workspace: Workspace, base: str
    ) -> Finished | None:
        """The end of a call that need not be made, its work in the workspace; None for no answer.

        `base` is the snapshot that the run began with.
        """
        layers = _layers(run.config.caching)
        if not layers.any or request.iteration != 1 or not _worth_it(agent):
            return None
        if await asyncio.to_thread((self.journals / request.call_id).exists):
            return None
        question = await _question(run, agent, request, workspace, base)
        hit = await self.cache.find(question, layers)
        if hit is None:
            return None
        tree = await workspace.replay(base, hit.answer.patch.encode("latin-1"))
        if tree != hit.answer.tree:
            await workspace.replay(base, b"")
            await self.cache.forget(question)
            return None
        return Finished(
            content=hit.answer.content,
            cost=0.0,
            cost_source=CostSource.AGENT,
            metadata={
                "cached": "exact" if hit.exact else "near",
                "cached_at": iso(hit.answer.kept_at),
                "saved_cost": hit.answer.cost,
                "saved_tokens": hit.answer.tokens,
            },
        )

    async def knows(
        self, run: Run, agent: Agent, request: AgentRequest, workspace: Workspace, base: str
    ) -> bool:
        """Whether `answer` would find something to give; nothing is counted or changed."""
        layers = _layers(run.config.caching)
        if not layers.any or not _worth_it(agent):
            return False
        return await self.cache.knows(await _question(run, agent, request, workspace, base), layers)

    async def forget(
        self, run: Run, agent: Agent, request: AgentRequest, workspace: Workspace, base: str
    ) -> None:
        """Forget what was given for this question, and for those like it."""
        if _worth_it(agent):
            await self.cache.forget(await _question(run, agent, request, workspace, base))

    async def keep(
        self,
        run: Run,
        agent: Agent,
        request: AgentRequest,
        workspace: Workspace,
        *,
        base: str,
        work: Work,
    ) -> bool:
        """Keep the accepted work of a run; `request` is that of its first call."""
        layers = _layers(run.config.caching)
        if not layers.any or not _worth_it(agent):
            return False
        try:
            changes = await workspace.patch(base, work.commit)
        except GitFailed:
            return False  # too large to be kept
        answer = Answer(
            content=work.content,
            patch=changes.decode("latin-1"),
            tree=(await workspace.trees_of(work.commit))[0],
            cost=work.cost,
            tokens=work.tokens,
        )
        question = await _question(run, agent, request, workspace, base)
        return await self.cache.keep(question, answer, layers)


def refuted(iterations: Sequence[IterationResult]) -> bool:
    """Whether the run began with work that was given again, and the checks did not accept it."""
    first = next(iter(iterations), None)
    return first is not None and "cached" in first.call.metadata and not first.decision.acceptable


def work_of(iterations: Sequence[IterationResult], winner: IterationResult) -> Work | None:
    """The work that led to `winner`, where it may be given again.

    That is where the checks could measure it and accepted it, and one agent did it all, this time.
    """
    calls = [each.call for each in iterations if each.number <= winner.number]
    if winner.call.agent_type == AgentType.LOCAL:
        return None  # costs nothing
    alone = {call.agent for call in calls} == {winner.call.agent}
    if not (winner.decision.acceptable and winner.decision.measured and alone):
        return None
    if any("cached" in call.metadata for call in calls):
        return None
    costs = [call.cost for call in calls]
    return Work(
        commit=winner.commit,
        content=winner.call.content,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        tokens=sum(call.tokens for call in calls),
    )


def _worth_it(agent: Agent) -> bool:
    return agent.agent_type is not AgentType.LOCAL and isinstance(agent, Fingerprinted)


async def _question(
    run: Run, agent: Agent, request: AgentRequest, workspace: Workspace, base: str
) -> Question:
    assert isinstance(agent, Fingerprinted)
    return Question(
        project_id=run.project_id,
        agent=agent.agent_id,
        fingerprint=agent.fingerprint,
        tree=(await workspace.trees_of(base))[0],
        prompt=request.prompt,
        context=request.context,
        files=request.files,
        rules=(
            request.task_type,
            f"issue={request.from_issue}",
            f"model={request.model}",
            f"trusted={request.trusted}",
            *request.constraints,
        ),
    )


def _layers(config: Caching) -> Layers:
    return Layers(
        memory=config.memory,
        disk=config.disk,
        remote=config.remote,
        near=config.aggressive_mode,
        limit_bytes=config.max_size_mb * _MEGABYTE,
    )
