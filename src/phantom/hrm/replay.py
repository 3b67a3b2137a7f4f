"""Logged tasks played again under another configuration, as far as the log can tell.

The rounds of a task do not depend on the gate, on how many were planned, or on the ceiling: these
only say after which of them it ends. So a shorter course is read off the log. What a longer one
would have brought the log does not show: each further round is taken to cost and last what the
task's own did on average, and to bring nothing. That makes going on look no better than it is.
"""

import statistics
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from phantom.hrm.config import HrmConfig, IterationMode


class Round(BaseModel):
    """One evaluated iteration.

    Attributes:
        quality: in [0, 1]; 0 where it could not be measured.
        sound: no test fails.
        dollars, seconds: of the whole round, >= 0.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    quality: float = Field(ge=0, le=1)
    sound: bool
    dollars: float = Field(ge=0)
    seconds: float = Field(ge=0)


class Logged(BaseModel):
    """A task that ended by its own doing; `stalled` where its agent changed nothing more."""

    model_config = ConfigDict(frozen=True)

    task_id: str
    passed: bool
    stalled: bool = False
    rounds: tuple[Round, ...] = Field(min_length=1)


class Outcome(BaseModel):
    """What a task came to; `unseen` rounds of it are not in the log."""

    model_config = ConfigDict(frozen=True)

    quality: float
    dollars: float
    seconds: float
    unseen: int


class Weights(BaseModel):
    """What counts how much; together 1."""

    model_config = ConfigDict(frozen=True)

    quality: float
    cost: float
    speed: float


class Scale(BaseModel):
    """The means that costs and times are held against."""

    model_config = ConfigDict(frozen=True)

    dollars: float
    seconds: float


def replayed(task: Logged, config: HrmConfig, planned: int) -> Outcome:
    """The task under `config`, of which `planned` rounds would have been made at most."""
    supervision = config.deep_supervision
    gate = supervision.quality_gate_threshold if supervision.enabled else 0.0
    fixed = config.ml_iteration_prediction.mode is IterationMode.FIXED
    ceiling = config.agent_switching.cost_ceiling
    made: list[Round] = []
    over = False
    for each in task.rounds[:planned]:
        if made and _dollars(made) >= ceiling:
            over = True
            break
        made.append(each)
        if each.sound and each.quality >= gate and not fixed:
            over = True
            break
    over = over or task.stalled or _dollars(made) >= ceiling > 0
    unseen = 0 if over else planned - len(made)
    longer = 1 + unseen / len(made)
    return Outcome(
        quality=max((each.quality for each in made if each.sound), default=0.0),
        dollars=min(_dollars(made) * longer, max(_dollars(made), ceiling)),
        seconds=sum(each.seconds for each in made) * longer,
        unseen=unseen,
    )


def scale(outcomes: Sequence[Outcome]) -> Scale:
    """The means of `outcomes`, which are not empty."""
    return Scale(
        dollars=statistics.fmean(each.dollars for each in outcomes),
        seconds=statistics.fmean(each.seconds for each in outcomes),
    )


def gain(then: Outcome, now: Outcome, weights: Weights, means: Scale) -> float:
    """How much better `then` is: a saving of the mean cost counts as much as `weights` says."""
    return (
        weights.quality * (then.quality - now.quality)
        - weights.cost * _share(then.dollars - now.dollars, means.dollars)
        - weights.speed * _share(then.seconds - now.seconds, means.seconds)
    )


def _dollars(rounds: Sequence[Round]) -> float:
    return sum(each.dollars for each in rounds)


def _share(difference: float, mean: float) -> float:
    return difference / mean if mean > 0 else 0.0
