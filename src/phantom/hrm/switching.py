"""After an iteration that was not accepted: go on, change the agent, or stop, and why.

One policy with a name for each reason; docs/switching.md tells users. What it knows is given to
it, so that another policy can take its place.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from phantom.hrm.config import AgentSwitching, Strategy
from phantom.hrm.gate import Action, Decision
from phantom.vocabulary import SwitchReason

FAILED_BEFORE_SWITCH = 2
"""Checkpoints that an agent may fail: after the first it gets feedback, after this one it goes."""
FAILED_BEFORE_STOP = 3
"""Where nobody can take its place, so many end the run."""
CHEAPER = 2.0
"""By so much a call of another agent must be cheaper for `cost_optimized` to change to it."""


class Turn(StrEnum):
    """What follows an iteration."""

    CONTINUE = "continue"
    SWITCH = "switch"
    STOP = "stop"


class Move(BaseModel):
    """The policy's word.

    Attributes:
        reason: why the agent is, or should be, replaced; None where nothing speaks against it.
    """

    model_config = ConfigDict(frozen=True)

    turn: Turn
    reason: SwitchReason | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands after an iteration.

    Attributes:
        gate: its word on the iteration.
        quality: of the iteration, in [0, 1], or None where nothing was measured.
        best: the best quality of the iterations before it.
        stalled: the iteration led to a tree that the run had before.
        failed_gates: checkpoints failed in a row by this agent since it took over.
        replaceable: another agent can be asked, and a change is left and allowed.
        cost: US dollars of the iteration's call, None where it is not known.
        cheapest: what a call of the cheapest other agent is expected to cost.
    """

    gate: Decision
    quality: float | None
    best: float | None
    stalled: bool
    failed_gates: int
    replaceable: bool
    cost: float | None = None
    cheapest: float | None = None


def decide(standing: Standing, config: AgentSwitching) -> Move:
    """What follows the iteration, by the configuration's strategy and bounds.

    What the gate accepted, and a plan that is used up, end the run. An agent that stands still is
    replaced, or the run ends. Of all else an agent is told first, and replaced where it can be.
    """
    over = standing.gate.action is not Action.CONTINUE and not standing.stalled
    if standing.gate.action is Action.ACCEPT or standing.gate.progress >= 1 or over:
        return Move(turn=Turn.STOP)
    reason = _against(standing, config)
    if reason is None:
        return Move(turn=Turn.CONTINUE)
    if standing.replaceable:
        return Move(turn=Turn.SWITCH, reason=reason)
    if reason is SwitchReason.STALLED and standing.gate.action is Action.STOP:
        return Move(turn=Turn.STOP, reason=reason)
    if reason is SwitchReason.GATE_FAILED and standing.failed_gates >= FAILED_BEFORE_STOP:
        return Move(turn=Turn.STOP, reason=reason)
    return Move(turn=Turn.CONTINUE, reason=reason)


def _against(standing: Standing, config: AgentSwitching) -> SwitchReason | None:
    """What speaks against going on with the same agent; the weightiest where there is more."""
    if standing.stalled:
        return SwitchReason.STALLED
    if dropped(standing.best, standing.quality) > config.quality_drop_threshold:
        return SwitchReason.QUALITY_DROP
    if standing.failed_gates >= FAILED_BEFORE_SWITCH:
        return SwitchReason.GATE_FAILED
    if config.strategy is Strategy.ROUND_ROBIN:
        return SwitchReason.ROTATION
    if config.strategy is Strategy.COST_OPTIMIZED and _much_cheaper(standing):
        return SwitchReason.COST
    return None


def dropped(best: float | None, quality: float | None) -> float:
    """By how much the quality fell below the best before; 0 where one of them was not measured."""
    return 0.0 if best is None or quality is None else max(0.0, best - quality)


def _much_cheaper(standing: Standing) -> bool:
    if standing.cost is None or standing.cheapest is None:
        return False
    return standing.cheapest * CHEAPER < standing.cost
