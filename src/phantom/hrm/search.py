"""The search for a better configuration: `python -m phantom.hrm.search`, a process of its own.

Reads a `Question` as JSON and writes an `Answer`. Configurations are proposed by Optuna's
tree-structured Parzen estimator (Bergstra et al. 2011) with a fixed seed, judged on the older tasks
of the log, and the best of them is measured on the newer ones, which had no say in the choice.
"""

import math
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, JsonValue

from phantom.hrm.basis import Basis, Sample, learned
from phantom.hrm.changes import merged
from phantom.hrm.config import HrmConfig, IterationMode
from phantom.hrm.estimator import Z80
from phantom.hrm.plan import rounds_planned
from phantom.hrm.project import ProjectWishes
from phantom.hrm.replay import Logged, Outcome, gain, replayed, scale

if TYPE_CHECKING:  # the server asks for the types of questions, and has no use for it
    import optuna

ENOUGH = 100
"""Tasks that the log must hold; with fewer nothing is claimed."""
OLDER = 0.7
"""The share of them that the choice is made on."""
LOWEST_GATE = 0.5
"""No lower quality gate is proposed."""
LOWEST_SHARE = 0.5
"""No lower `confidence_threshold` is proposed."""
_SEED = 0

Fields = dict[str, dict[str, float | int]]
"""Values by section and name."""


class Question(BaseModel):
    """What to search in: the configuration that applies, and the log, the oldest task first.

    `project` is the project's own configuration, which bends the one that applies.
    """

    model_config = ConfigDict(frozen=True)

    config: HrmConfig
    project: dict[str, JsonValue] = {}
    trials: int
    log: tuple[Logged, ...]


class Answer(BaseModel):
    """What the search came to.

    Attributes:
        tasks: of the log that could be compared.
        best: fields to change; empty where nothing better was found.
        improvement: mean gain over the newer tasks; None where there were too few to tell.
        interval: 80 %, of that mean.
    """

    model_config = ConfigDict(frozen=True)

    tasks: int
    best: Fields = {}
    improvement: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def claimed(self) -> bool:
        """True where the whole interval is above 0."""
        return self.interval is not None and self.interval[0] > 0


class _Judge:
    """Values changes of the configuration on the older part of a log."""

    def __init__(self, question: Question, older: Sequence[Logged], basis: Basis) -> None:
        self._config, self._wishes = question.config, ProjectWishes.of(question.project)
        self._older, self._basis = older, basis
        self.acting = self._wishes.bend(question.config)
        self.means = scale(_outcomes(older, self.acting, basis))

    def value(self, changes: Fields) -> float:
        """Mean gain over the older tasks."""
        return statistics.fmean(self.gains(changes, self._older))

    def gains(self, changes: Fields, tasks: Sequence[Logged]) -> list[float]:
        """The gain of each task."""
        changed = merged(self._config, {name: dict(values) for name, values in changes.items()})
        then = _outcomes(tasks, self._wishes.bend(changed), self._basis)
        now = _outcomes(tasks, self.acting, self._basis)
        weights = self._wishes.weights
        return [gain(*pair, weights, self.means) for pair in zip(then, now, strict=True)]


def search(question: Question) -> Answer:
    """The best configuration found, and what it is worth."""
    log = question.log
    if len(log) < ENOUGH:
        return Answer(tasks=len(log))
    basis = _basis(log[: int(len(log) * OLDER)])
    acting = ProjectWishes.of(question.project).bend(question.config)
    # Where a task would have gone on under what applies now there is nothing to compare with.
    known = zip(log, _outcomes(log, acting, basis), strict=True)
    log = tuple(each for each, outcome in known if not outcome.unseen)
    if len(log) < ENOUGH:
        return Answer(tasks=len(log))
    cut = int(len(log) * OLDER)
    judge = _Judge(question, log[:cut], basis)
    best = _best(judge, question.trials)
    if not best:
        return Answer(tasks=len(log), improvement=0.0, interval=(0.0, 0.0))
    mean, interval = _measured(judge.gains(best, log[cut:]))
    return Answer(tasks=len(log), best=best, improvement=mean, interval=interval)


def _best(judge: _Judge, trials: int) -> Fields:
    """The fields of the best trial; nothing where none is better than what applies."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        return judge.value(_proposed(trial, judge))

    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=_SEED)
    )
    study.optimize(objective, n_trials=trials)
    if study.best_value <= 0:
        return {}
    return _needed(_proposed(optuna.trial.FixedTrial(study.best_params), judge), judge)


def _needed(fields: Fields, judge: _Judge) -> Fields:
    """Without the fields that make nothing better: they stay as they are."""
    for section, values in list(fields.items()):
        for name in values:
            kept = {key: value for key, value in fields[section].items() if key != name}
            without = {key: value for key, value in fields.items() if key != section}
            without |= {section: kept} if kept else {}
            if judge.value(without) >= judge.value(fields):
                fields = without
    return fields


def _proposed(trial: "optuna.trial.BaseTrial", judge: _Judge) -> Fields:
    """A trial's fields, to two digits; those that do not act are left alone."""
    config, means, found = judge.acting, judge.means, Fields()
    prediction = config.ml_iteration_prediction
    rounds: dict[str, float | int] = {"max_iterations": trial.suggest_int("max_iterations", 2, 20)}
    if prediction.mode is IterationMode.AUTO:
        share = trial.suggest_float("confidence_threshold", LOWEST_SHARE, 1.0)
        rounds["confidence_threshold"] = round(share, 2)
    found["ml_iteration_prediction"] = rounds
    if config.deep_supervision.enabled:
        gate = trial.suggest_float("quality_gate_threshold", LOWEST_GATE, 1.0)
        found["deep_supervision"] = {"quality_gate_threshold": round(gate, 2)}
    lowest, ceiling = max(0.01, means.dollars / 4), config.agent_switching.cost_ceiling
    if means.dollars > 0 and lowest < ceiling:
        dollars = trial.suggest_float("cost_ceiling", lowest, ceiling, log=True)
        found["agent_switching"] = {"cost_ceiling": min(ceiling, math.ceil(dollars * 100) / 100)}
    return found


def _measured(gains: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The mean and its 80 % interval, by the normal law; there are at least 30."""
    mean = statistics.fmean(gains)
    reach = Z80 * statistics.stdev(gains) / math.sqrt(len(gains))
    return mean, (mean - reach, mean + reach)


def _outcomes(tasks: Sequence[Logged], config: HrmConfig, basis: Basis) -> list[Outcome]:
    planned = rounds_planned(config, basis)
    return [replayed(each, config, planned) for each in tasks]


def _basis(tasks: Sequence[Logged]) -> Basis:
    return learned(
        [
            Sample(
                rounds=len(each.rounds),
                passed=each.passed,
                tokens=0,
                dollars=sum(one.dollars for one in each.rounds),
                seconds=sum(one.seconds for one in each.rounds),
                evaluation_seconds=0.0,
                quality=None,
            )
            for each in tasks
        ]
    )


if __name__ == "__main__":
    asked = Question.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.write(search(asked).model_dump_json())
