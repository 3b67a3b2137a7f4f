"""Which agent takes an iteration: the port of the choice, and its first, plain policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from phantom.agents.port import Agent
from phantom.errors import NoAgentAvailable
from phantom.vocabulary import AgentType, TaskType

PRIOR = {
    TaskType.SECURITY: AgentType.CLAUDE,
    TaskType.ARCHITECTURE: AgentType.CLAUDE,
    TaskType.BULK_ANALYSIS: AgentType.GEMINI,
    TaskType.GITHUB_WORKFLOW: AgentType.COPILOT,
    TaskType.CODE_GENERATION: AgentType.GEMINI,
    TaskType.DEBUGGING: None,
}
"""The reference's map from kind of task to agent; None means that experience decides."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when an agent has to be chosen.

    Attributes:
        requested: agent id or type that the user asked for, or None.
        tried: agent ids whose calls failed in this run, oldest first.
        current: the agent of the previous call, or None before the first.
        unavailable: agent ids that may not be called now, each with the reason as a clause
            (`is disabled`).
    """

    task_type: TaskType
    requires_security: bool = False
    requested: str | None = None
    tried: tuple[str, ...] = ()
    current: str | None = None
    unavailable: Mapping[str, str] = field(default_factory=dict)


class Chooser(Protocol):
    """A policy of choice."""

    def choose(self, situation: Situation, agents: Sequence[Agent]) -> Agent:
        """The one of `agents` for the next call.

        Raises NoAgentAvailable, with a remedy, where none can.
        """
        ...


class FirstAble:
    """The first agent that can: the requested one, else the map's, else in order of connection."""

    def choose(self, situation: Situation, agents: Sequence[Agent]) -> Agent:
        """See `Chooser.choose`."""
        able = [agent for agent in agents if agent.can(situation.task_type)]
        untried = [agent for agent in able if agent.agent_id not in situation.tried]
        left = [agent for agent in untried if agent.agent_id not in situation.unavailable]
        if situation.requested is not None:
            wanted = [agent for agent in left if _is(agent, situation.requested)]
            if not wanted:
                raise NoAgentAvailable(_absent(situation, agents, untried))
            return wanted[0]
        if not left:
            raise NoAgentAvailable(
                f"No agent can take a {situation.task_type} task now{_why(situation, untried)}. "
                "Run `phantom doctor` to see which agents are connected."
            )
        preferred = AgentType.CLAUDE if situation.requires_security else PRIOR[situation.task_type]
        ranked = sorted(
            left,
            key=lambda agent: (agent.agent_type != preferred, agent.agent_type == AgentType.LOCAL),
        )
        return ranked[0]


def _absent(situation: Situation, agents: Sequence[Agent], untried: Sequence[Agent]) -> str:
    """Why the agent that was asked for cannot be had."""
    requested = situation.requested or ""
    held_back = _why(situation, [agent for agent in untried if _is(agent, requested)])
    if held_back:
        return f"The agent '{requested}' cannot be asked now{held_back}."
    connected = ", ".join(agent.agent_id for agent in agents) or "none"
    return f"The agent '{requested}' is not connected or has failed; connected: {connected}."


def _why(situation: Situation, agents: Sequence[Agent]) -> str:
    """What holds each of `agents` back, and what to do about it, as the end of a sentence."""
    reasons = situation.unavailable
    held = [agent.agent_id for agent in agents if agent.agent_id in reasons]
    if not held:
        return ""
    told = "; ".join(f"{agent_id} {reasons[agent_id]}" for agent_id in held)
    return f": {told}. Enable or connect an agent under /api/agents/connections, or wait"


def _is(agent: Agent, requested: str) -> bool:
    return requested in {agent.agent_id, agent.agent_type.value}
