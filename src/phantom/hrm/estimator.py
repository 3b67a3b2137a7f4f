"""What a task costs, takes and yields under a configuration: one model for every prediction.

`/api/hrm/simulate`, `impact_estimate` and the live forecast of a running task all come from here.
The model is small and each of its assumptions has a name below; docs/hrm.md tells them to users.

Rounds are made until one passes the gate: with the chance p of a round and at most m of them,
(1 - (1 - p)^m) / p are expected. A round costs, takes and uses what rounds of the basis did, scaled
by what the configuration changes in it. Only switches that act in the loop change a prediction.
"""

import math
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from phantom.hrm.basis import USUAL, Basis
from phantom.hrm.config import HrmConfig, IterationMode
from phantom.hrm.plan import Plan, rounds_planned

Z80 = 1.2815515655446004
"""Standard normal quantile of 0.9: an 80 % interval reaches so many deviations either way."""
CONTEXT_SHARE = 0.4
"""Assumed share of a round's tokens that is compressed context, at the usual ratio."""
SHORTFALL_PER_ROUND = 0.85
"""Assumed share of what is missing to full quality that is still missing one round later."""
QUALITY_PER_RATIO = 0.03
"""Assumed growth of that shortfall with each step of the compression ratio above the usual one."""
SERIAL_GAIN = 2.0
"""Assumed time of all evaluators one after the other, in times of the slowest alone."""
EVALUATORS = 5
"""How many evaluators may run into their time limit."""
USUAL_COMPLEXITY = 10.0
"""The complexity of a task that is as large as those of the basis."""
_MAX_LOG = 20.0
_MAX_RELATIVE = 1000.0


class TaskContext(BaseModel):
    """What is known of the tasks that are predicted for; None where it is not known.

    Attributes:
        complexity: relative size of a task, where 10 is usual; effort grows with its root.
        estimated_duration: seconds that such a task takes now.
        current_quality: final quality that such a task reaches now, in [0, 1].
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    complexity: float | None = Field(default=None, ge=0, le=1_000_000)
    estimated_duration: float | None = Field(default=None, ge=0, le=31_536_000)
    current_quality: float | None = Field(default=None, ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A predicted figure and its 80 % interval; all finite and at least 0."""

    value: float
    low: float
    high: float

    @property
    def confidence(self) -> float:
        """1 - relative width of the interval, clipped to [0, 1]."""
        if self.high <= self.low:
            return 1.0
        if self.value <= 0:
            return 0.0
        return min(1.0, max(0.0, 1 - (self.high - self.low) / self.value))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a task is predicted to come to: US dollars, seconds, quality in [0, 1], tokens."""

    cost: Figure
    seconds: Figure
    quality: Figure
    tokens: Figure


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same task under two configurations."""

    current: Estimate
    proposed: Estimate


@dataclass(frozen=True, slots=True)
class _Course:
    """The expected course of a task, before it is scaled to its context."""

    rounds: float
    tokens: float
    dollars: float
    seconds: float
    shortfall: float


def compare(
    current: HrmConfig, proposed: HrmConfig, context: TaskContext, basis: Basis
) -> Comparison:
    """Predict a task under both; equal configurations give equal figures."""
    now, then = _course(current, basis), _course(proposed, basis)
    return Comparison(
        _estimate(now, now, context, basis, current), _estimate(then, now, context, basis, proposed)
    )


def foresee(config: HrmConfig, config_id: str, basis: Basis) -> Plan:
    """The plan of a task; its cost is 0 as long as no history tells what tasks cost here."""
    return Plan(
        iterations=rounds_planned(config, basis),
        estimated_cost=_course(config, basis).dollars if basis.tasks else 0.0,
        pass_chance=basis.pass_chance,
        config_id=config_id,
    )


@dataclass(frozen=True, slots=True)
class OneRound:
    """What a round under a configuration comes to: chance to pass, US dollars, seconds."""

    pass_chance: float
    dollars: float
    call_seconds: float
    evaluation_seconds: float


def one_round(config: HrmConfig, basis: Basis) -> OneRound:
    """A round as the basis shows it, scaled by what the configuration changes in it."""
    return OneRound(
        pass_chance=_chance(config, basis.pass_chance),
        dollars=basis.dollars * _token_share(config),
        call_seconds=basis.call_seconds,
        evaluation_seconds=_evaluation_seconds(config, basis),
    )


def expected_rounds(config: HrmConfig, pass_chance: float, at_most: int) -> float:
    """Rounds that are made of `at_most`; `fixed` makes them all."""
    if at_most <= 0:
        return 0.0
    if config.ml_iteration_prediction.mode is IterationMode.FIXED:
        return float(at_most)
    chance = _chance(config, pass_chance)
    return float((1 - (1 - chance) ** at_most) / chance)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        rounds: made so far, at least 1.
        planned: at most so many in all.
        dollars: spent so far.
        best_quality: None where nothing could be measured yet.
        over: there will be no further round.
    """

    rounds: int
    planned: int
    dollars: float
    best_quality: float | None
    over: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a run is predicted to end; the quality is None where none was measured."""

    final_dollars: float
    final_quality: float | None


def forecast(progress: Progress, config: HrmConfig, pass_chance: float) -> Forecast:
    """Where a run ends: the rounds still expected cost what its own rounds did so far."""
    left = 0 if progress.over else max(0, progress.planned - progress.rounds)
    rounds = expected_rounds(config, pass_chance, left)
    ceiling = max(progress.dollars, config.agent_switching.cost_ceiling)
    dollars = progress.dollars * (1 + rounds / progress.rounds)
    quality = progress.best_quality
    if quality is not None:
        quality = 1 - (1 - quality) * SHORTFALL_PER_ROUND**rounds if rounds else quality
    return Forecast(min(dollars, ceiling), quality)


def _course(config: HrmConfig, basis: Basis) -> _Course:
    rounds = expected_rounds(config, basis.pass_chance, rounds_planned(config, basis))
    share = _token_share(config)
    ceiling = config.agent_switching.cost_ceiling
    tokens, dollars = rounds * (basis.tokens * share), rounds * (basis.dollars * share)
    if dollars > ceiling:
        # Money ends the task: it buys so many tokens, however they are spread over rounds.
        rounds = ceiling / (basis.dollars * share)
        tokens = min(tokens, basis.tokens * (ceiling / basis.dollars))
        dollars = ceiling
    usual = expected_rounds(USUAL, basis.pass_chance, rounds_planned(USUAL, basis))
    return _Course(
        rounds=rounds,
        tokens=tokens,
        dollars=dollars,
        seconds=rounds * (basis.call_seconds + _evaluation_seconds(config, basis)),
        shortfall=SHORTFALL_PER_ROUND ** (rounds - usual) * _loss(config),
    )


def _chance(config: HrmConfig, pass_chance: float) -> float:
    """The chance of a round under this gate: the higher the gate, the fewer rounds pass it."""
    room = 1 - _gate(config)
    usual = 1 - _gate(USUAL)
    return float(1 - (1 - pass_chance) ** min(2.5, max(0.25, room / usual)))


def _gate(config: HrmConfig) -> float:
    supervision = config.deep_supervision
    return supervision.quality_gate_threshold if supervision.enabled else 0.0


def _ratio(config: HrmConfig) -> float:
    latent = config.latent_reasoning
    return latent.compression_ratio_target if latent.enabled else 1.0


def _token_share(config: HrmConfig) -> float:
    """Tokens of a round, in those of a usual one."""
    return (1 - CONTEXT_SHARE) + CONTEXT_SHARE * (_ratio(USUAL) / _ratio(config))


def _loss(config: HrmConfig) -> float:
    """What compression adds to, or takes from, the shortfall of quality, as a factor."""
    return 1 + QUALITY_PER_RATIO * (_ratio(config) - _ratio(USUAL))


def _evaluation_seconds(config: HrmConfig, basis: Basis) -> float:
    """Of one round: all evaluators over the workers, but never less than the slowest one."""
    evaluation = config.parallel_evaluation
    workers = evaluation.worker_count if evaluation.enabled else 1
    slowest = min(basis.evaluation_seconds, evaluation.timeout_seconds)
    every = min(SERIAL_GAIN * basis.evaluation_seconds, EVALUATORS * evaluation.timeout_seconds)
    return max(slowest, every / workers)


def _estimate(
    course: _Course, now: _Course, context: TaskContext, basis: Basis, config: HrmConfig
) -> Estimate:
    size = 1.0
    if context.complexity is not None:
        size = min(5.0, max(0.2, math.sqrt(context.complexity / USUAL_COMPLEXITY)))
    seconds = course.seconds * size
    if context.estimated_duration is not None:
        seconds = context.estimated_duration * _relative(course.seconds, now.seconds)
    dollars = min(course.dollars * size, config.agent_switching.cost_ceiling)
    quality = _quality(course, now, context, basis)
    deviation = Z80 * basis.quality_spread
    return Estimate(
        cost=_log_figure(dollars, basis.dollars_spread),
        seconds=_log_figure(seconds, basis.seconds_spread),
        quality=Figure(quality, max(0.0, quality - deviation), min(1.0, quality + deviation)),
        tokens=_log_figure(course.tokens * size, basis.tokens_spread),
    )


def _quality(course: _Course, now: _Course, context: TaskContext, basis: Basis) -> float:
    if context.current_quality is None:
        missing = (1 - basis.quality) * course.shortfall
        return min(1.0, max(0.0, 1 - missing))
    known = context.current_quality
    gained = (1 - known) * (1 - _relative(course.shortfall, now.shortfall))
    return min(1.0, max(0.0, known + gained))


def _relative(value: float, base: float) -> float:
    """`value / base`, a thousand times at most; 1 where there is nothing to compare with."""
    if base <= 0:
        return 1.0
    return min(_MAX_RELATIVE, max(1 / _MAX_RELATIVE, value / base))


def _log_figure(value: float, spread: float) -> Figure:
    reach = math.exp(min(_MAX_LOG, Z80 * spread))
    return Figure(value, value / reach, value * reach)
