"""The choice of an agent where some have used up their limit: wait for one, or take another.

Waiting is not failing. Which of the two it is follows `agent_switching.strategy`: docs/agents.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from phantom.agents.choice import Chooser, Situation
from phantom.agents.port import Agent
from phantom.agents.windows import Limited, Window
from phantom.errors import NoAgentAvailable
from phantom.hrm.config import Strategy
from phantom.vocabulary import AgentType

PATIENT = frozenset({Strategy.QUALITY_FIRST, Strategy.MANUAL})
"""Strategies that wait for the agent of their choice, though another one could be asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What has to be reckoned with: the windows that are closed, and how long there is to wait."""

    closed: Mapping[str, Window]
    deadline: datetime
    strategy: Strategy


def choose(
    chooser: Chooser, situation: Situation, agents: Sequence[Agent], limits: Limits
) -> Agent:
    """The agent for the next call.

    Raises Limited where it is worth waiting for one, and NoAgentAvailable where nobody can be asked
    before the deadline.
    """
    soon = {id_: each for id_, each in limits.closed.items() if each.resumes_at < limits.deadline}
    late = {id_: each for id_, each in limits.closed.items() if id_ not in soon}
    wanted = chooser.choose(_without(situation, late), agents)
    if wanted.agent_id not in soon:
        return wanted
    other = _other(chooser, _without(situation, limits.closed), agents)
    # The embedded agent stands in for nobody: what it can do, it would have been chosen for.
    stands_in = other is not None and other.agent_type is not AgentType.LOCAL
    if other is not None and stands_in and limits.strategy not in PATIENT:
        return other
    raise Limited(wanted.agent_id, soon[wanted.agent_id].resumes_at)


def _other(chooser: Chooser, situation: Situation, agents: Sequence[Agent]) -> Agent | None:
    try:
        return chooser.choose(situation, agents)
    except NoAgentAvailable:
        return None


def _without(situation: Situation, closed: Mapping[str, Window]) -> Situation:
    reasons = {agent_id: window.reason for agent_id, window in closed.items()}
    return replace(situation, unavailable={**reasons, **situation.unavailable})
