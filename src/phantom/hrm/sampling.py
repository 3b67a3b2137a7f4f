"""How many candidates the first round makes at the same time; docs/hrm.md states the rule.

A further sample spends the money of a round for sure, to save the time of rounds that might have
followed. It is worth that where the time saved, at what an hour is worth to the project, is more.
"""

from phantom.hrm.basis import Basis
from phantom.hrm.config import HrmConfig, IterationMode, Strategy
from phantom.hrm.estimator import OneRound, expected_rounds, one_round

MAX_CANDIDATES = 4
LEAST_DOLLARS = 0.06
"""What a round is reckoned at least, though it may cost no money: a plan's limits, a machine."""
_HOUR = 3600.0


def candidates(config: HrmConfig, basis: Basis, planned: int, worth_of_an_hour: float) -> int:
    """The number, from 1 to `MAX_CANDIDATES`, that gains most; of equals the smallest.

    1 without a history of comparable tasks, where time is worth nothing, where a person decides who
    is called (`manual`), and with the mode `fixed`, which makes all rounds in any case. `planned`
    bounds the rounds that could be saved.
    """
    fixed = config.ml_iteration_prediction.mode is IterationMode.FIXED
    asked = config.agent_switching.strategy is Strategy.MANUAL
    if basis.tasks == 0 or worth_of_an_hour <= 0 or fixed or asked:
        return 1
    each = one_round(config, basis)
    most = min(MAX_CANDIDATES, planned)
    return max(
        range(1, most + 1),
        key=lambda n: (
            gain(each, expected_rounds(config, basis.pass_chance, n), n, worth_of_an_hour),
            -n,
        ),
    )


def gain(each: OneRound, rounds: float, candidates: int, worth_of_an_hour: float) -> float:
    """US dollars that `candidates` at the same time gain on as many rounds, one after another.

    Of those only `rounds` are expected to be made. Calls run side by side, evaluations in turn.
    """
    in_turn = rounds * (each.call_seconds + each.evaluation_seconds)
    at_once = each.call_seconds + candidates * each.evaluation_seconds
    saved = (in_turn - at_once) / _HOUR * worth_of_an_hour
    return saved - (candidates - rounds) * max(each.dollars, LEAST_DOLLARS)
