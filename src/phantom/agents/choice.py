"""Which agent takes an iteration: the port of the choice, and its plain policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from phantom.agents.port import Agent
from phantom.errors import NoAgentAvailable
from phantom.vocabulary import SwitchReason, TaskType


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when an agent has to be chosen.

    Attributes:
        requested: agent id or type that the user asked for, or None.
        tried: agent ids whose calls failed in this run, oldest first.
        current: the agent of the previous call, or None before the first.
        unavailable: agent ids that may not be called now, each with the reason as a clause
            (`is disabled`).
        leave: why the current agent is to be replaced where another one can be asked, or None.
        held_back: those without a record, which replace nobody who could go on.
        order: agent ids as they are preferred, the best first; others come after these.
    """

    task_type: TaskType
    requires_security: bool = False
    requested: str | None = None
    tried: tuple[str, ...] = ()
    current: str | None = None
    unavailable: Mapping[str, str] = field(default_factory=dict)
    leave: SwitchReason | None = None
    order: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()


class Chooser(Protocol):
    """A policy of choice."""

    def choose(self, situation: Situation, agents: Sequence[Agent]) -> Agent:
        """The one of `agents` for the next call.

        Raises NoAgentAvailable, with a remedy, where none can.
        """
        ...


class FirstAble:
    """The first agent that can: the requested one, else in the order of preference."""

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
        places = {agent_id: place for place, agent_id in enumerate(situation.order)}
        return min(left, key=lambda agent: places.get(agent.agent_id, len(places)))


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
