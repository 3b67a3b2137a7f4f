"""What predictions rest on: one round of work as history shows it, or as it is supposed to be.

The priors are assumptions, not measurements. They hold only where fewer than `ENOUGH` comparable
tasks have ended, and their spread is so wide that the confidence of what they predict is near 0.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from phantom.hrm.config import BALANCED
from phantom.vocabulary import TaskType

ENOUGH = 10
"""Comparable tasks from which on history is used."""
PRIOR_CONFIDENCE = 0.8
"""The share of tasks that is supposed to be done after `PRIOR_ITERATIONS`."""
PRIOR_ITERATIONS = {
    TaskType.SECURITY: 2,
    TaskType.ARCHITECTURE: 2,
    TaskType.BULK_ANALYSIS: 2,
    TaskType.GITHUB_WORKFLOW: 3,
    TaskType.CODE_GENERATION: 4,
    TaskType.DEBUGGING: 4,
}
"""Iterations expected before there is any history; a prior, not a measurement."""
USUAL = BALANCED
"""The configuration that the rounds of a basis are taken to have been made under."""
_PRIOR_SPREAD = 1.0
_MIN_SPREAD = 0.05
_CHANCES = (0.02, 0.98)


class Basis(BaseModel):
    """What one round does, and how much whole tasks vary.

    Attributes:
        tasks: ended tasks that this was learned from; 0 where it is the prior.
        pass_chance: that a round which comes to be made passes the usual gate.
        needed: rounds that each task needed which succeeded, ascending; empty for the prior.
        tokens, dollars, call_seconds, evaluation_seconds: of a round under the usual configuration.
        quality: final quality of a task under the usual configuration, in [0, 1].
        *_spread: standard deviation over tasks; of the logarithm, for quality of the value.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    tasks: int = Field(default=0, ge=0)
    pass_chance: float = Field(gt=0, lt=1)
    needed: tuple[int, ...] = ()
    tokens: float = Field(default=12_000.0, ge=0)
    dollars: float = Field(default=0.06, ge=0)
    call_seconds: float = Field(default=90.0, ge=0)
    evaluation_seconds: float = Field(default=30.0, ge=0)
    quality: float = Field(default=0.75, ge=0, le=1)
    tokens_spread: float = Field(default=_PRIOR_SPREAD, ge=0)
    dollars_spread: float = Field(default=_PRIOR_SPREAD, ge=0)
    seconds_spread: float = Field(default=_PRIOR_SPREAD, ge=0)
    quality_spread: float = Field(default=0.2, ge=0)


@dataclass(frozen=True, slots=True)
class Sample:
    """One task that ended by its own doing.

    Attributes:
        rounds: at least 1.
        passed: its result was accepted.
        seconds: from start to end.
        evaluation_seconds: of them, spent on evaluating.
        dollars: None where the cost is not known.
        quality: None where it could not be measured.
    """

    rounds: int
    passed: bool
    tokens: int
    dollars: float | None
    seconds: float
    evaluation_seconds: float
    quality: float | None


def prior(task_type: TaskType = TaskType.CODE_GENERATION) -> Basis:
    """What is supposed of a kind of task before there is any history."""
    chance = 1 - (1 - PRIOR_CONFIDENCE) ** (1 / PRIOR_ITERATIONS[task_type])
    return Basis(pass_chance=chance)


def learned(samples: Sequence[Sample], task_type: TaskType = TaskType.CODE_GENERATION) -> Basis:
    """What the samples show; the prior where there are fewer than `ENOUGH`."""
    if len(samples) < ENOUGH:
        return prior(task_type)
    supposed = prior(task_type)
    rounds = sum(each.rounds for each in samples)
    passed = [each for each in samples if each.passed]
    qualities = [each.quality for each in samples if each.quality is not None]
    priced = [(each.rounds, each.dollars) for each in samples if each.dollars is not None]
    priced_rounds = sum(count for count, _ in priced)
    evaluating = sum(each.evaluation_seconds for each in samples)
    seconds = sum(each.seconds for each in samples)
    low, high = _CHANCES
    return Basis(
        tasks=len(samples),
        # Of rounds that were made, how many ended their task well: the geometric law's estimate.
        pass_chance=min(high, max(low, len(passed) / rounds)),
        needed=tuple(sorted(each.rounds for each in passed)),
        tokens=sum(each.tokens for each in samples) / rounds,
        dollars=(
            sum(dollars for _, dollars in priced) / priced_rounds if priced else supposed.dollars
        ),
        call_seconds=max(0.0, seconds - evaluating) / rounds,
        evaluation_seconds=evaluating / rounds,
        quality=statistics.fmean(qualities) if qualities else supposed.quality,
        tokens_spread=_log_spread([each.tokens for each in samples]),
        dollars_spread=_log_spread([dollars for _, dollars in priced]),
        seconds_spread=_log_spread([each.seconds for each in samples]),
        quality_spread=(
            max(_MIN_SPREAD, statistics.stdev(qualities))
            if len(qualities) > 1
            else supposed.quality_spread
        ),
    )


def _log_spread(values: Sequence[float]) -> float:
    """Of the positive ones; where nothing is positive nothing varies."""
    if not values:
        return _PRIOR_SPREAD
    logs = [math.log(value) for value in values if value > 0]
    return max(_MIN_SPREAD, statistics.stdev(logs)) if len(logs) > 1 else _MIN_SPREAD
