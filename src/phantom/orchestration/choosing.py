"""The choice of an agent where some have used up their limit: wait for one, or take another.

Waiting is not failing. Which of the two it is follows `agent_switching.strategy`: docs/agents.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.choice import Chooser, Situation
from phantom.agents.port import Agent
from phantom.agents.windows import Limited, Window
from phantom.errors import NoAgentAvailable
from phantom.hrm.config import Strategy
from phantom.hrm.preference import NO_RECORD, Ask, Candidate, Preference, prefer
from phantom.hrm.records import records
from phantom.orchestration.run import Run
from phantom.vocabulary import AgentType, SwitchReason

PATIENT = frozenset({Strategy.QUALITY_FIRST, Strategy.MANUAL})
"""Strategies that wait for the agent of their choice, though another one could be asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What has to be reckoned with: the windows that are closed, and how long there is to wait."""

    closed: Mapping[str, Window]
    deadline: datetime
    strategy: Strategy


async def candidates(
    session: AsyncSession, run: Run, agents: Sequence[Agent]
) -> tuple[Candidate, ...]:
    """The agents that take such a task, with their records where there is a choice to make."""
    able = [agent for agent in agents if agent.can(run.task_type)]
    known = await records(session, [agent.agent_id for agent in able[1:] and able])
    return tuple(
        Candidate(agent.agent_id, agent.agent_type, known.get(agent.agent_id, NO_RECORD))
        for agent in able
    )


def preference(run: Run, found: Sequence[Candidate]) -> Preference:
    """How the run's strategy takes them."""
    ask = Ask(
        task_type=run.task_type,
        requires_security=run.requires_security,
        ceiling=run.config.agent_switching.cost_ceiling,
        limit=(run.deadline - run.started_at).total_seconds(),
    )
    strategy = run.config.agent_switching.strategy
    # Who chooses by hand may choose anybody.
    experimental = run.allow_experimental or strategy is Strategy.MANUAL
    return prefer(strategy, found, ask, experimental=experimental)


def why_changed(
    situation: Situation, closed: Mapping[str, Window], refusing: Mapping[str, str]
) -> SwitchReason:
    """Why the agent of `situation` is not called again."""
    if situation.leave is not None:
        return situation.leave
    if situation.current in closed:
        return SwitchReason.RATE_LIMITED
    if situation.current in refusing:
        return SwitchReason.BREAKER_OPEN
    return SwitchReason.UNAVAILABLE


def choose(
    chooser: Chooser, situation: Situation, agents: Sequence[Agent], limits: Limits
) -> Agent:
    """The agent for the next call: the one of the last, unless it is to be left or cannot be asked.

    Raises Limited where it is worth waiting for one, and NoAgentAvailable where nobody can be asked
    before the deadline.
    """
    soon = {id_: each for id_, each in limits.closed.items() if each.resumes_at < limits.deadline}
    late = {id_: each for id_, each in limits.closed.items() if id_ not in soon}
    if (successor := _successor(chooser, situation, agents, limits)) is not None:
        return successor
    wanted = chooser.choose(_without(_staying(situation, late), late), agents)
    if wanted.agent_id not in soon:
        return wanted
    other = _other(chooser, _without(situation, limits.closed), agents)
    # The embedded agent stands in for nobody: what it can do, it would have been chosen for.
    stands_in = other is not None and other.agent_type is not AgentType.LOCAL
    if other is not None and stands_in and limits.strategy not in PATIENT:
        return other
    raise Limited(wanted.agent_id, soon[wanted.agent_id].resumes_at)


def _successor(
    chooser: Chooser, situation: Situation, agents: Sequence[Agent], limits: Limits
) -> Agent | None:
    """Who takes the place of an agent that is to be left, and can do so at once."""
    if situation.leave is None or situation.current is None or situation.requested is not None:
        return None
    out = {situation.current: "is to be replaced", **dict.fromkeys(situation.held_back, "is new")}
    unavailable = {**situation.unavailable, **out}
    rest = _without(replace(situation, unavailable=unavailable), limits.closed)
    other = _other(chooser, rest, agents)
    return other if other is not None and other.agent_type is not AgentType.LOCAL else None


def _staying(situation: Situation, late: Mapping[str, Window]) -> Situation:
    """The same with the current agent asked for, where that one can still be asked."""
    current = situation.current
    gone = {*situation.tried, *situation.unavailable, *late}
    if current is None or current in gone or situation.requested is not None:
        return situation
    return replace(situation, requested=current)


def _other(chooser: Chooser, situation: Situation, agents: Sequence[Agent]) -> Agent | None:
    try:
        return chooser.choose(situation, agents)
    except NoAgentAvailable:
        return None


def _without(situation: Situation, closed: Mapping[str, Window]) -> Situation:
    reasons = {agent_id: window.reason for agent_id, window in closed.items()}
    return replace(situation, unavailable={**reasons, **situation.unavailable})
