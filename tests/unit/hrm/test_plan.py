"""How many rounds are planned, and what history teaches."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm.basis import ENOUGH, PRIOR_ITERATIONS, Basis, Sample, learned, prior
from phantom.hrm.config import BALANCED, HrmConfig, IterationMode, IterationPrediction
from phantom.hrm.estimator import foresee
from phantom.hrm.plan import rounds_planned
from phantom.vocabulary import TaskType
from tests.support.configurations import bases, configs


def predicting(**fields: object) -> HrmConfig:
    """A configuration of the prediction."""
    return HrmConfig(ml_iteration_prediction=IterationPrediction.model_validate(fields))


def sample(**fields: object) -> Sample:
    """A task that took two rounds."""
    usual = {
        "rounds": 2,
        "passed": True,
        "tokens": 2_000,
        "dollars": 0.5,
        "seconds": 100.0,
        "evaluation_seconds": 20.0,
        "quality": 0.9,
    }
    return Sample(**(usual | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("task_type", TaskType)
def test_auto_takes_the_stated_prior(task_type: TaskType) -> None:
    """At the usual confidence, as long as there is no history."""
    assert PRIOR_ITERATIONS[task_type] == rounds_planned(BALANCED, prior(task_type))


@pytest.mark.parametrize("mode", [IterationMode.MANUAL, IterationMode.FIXED])
def test_other_modes_take_what_the_user_says(mode: IterationMode) -> None:
    """`max_iterations`, whatever was predicted."""
    assert 11 == rounds_planned(predicting(mode=mode, max_iterations=11), prior())


def test_auto_is_capped_by_max_iterations() -> None:
    """Never more than the user allows."""
    assert 2 == rounds_planned(predicting(max_iterations=2), prior())


def test_more_confidence_plans_more_rounds() -> None:
    """`confidence_threshold` is the share of tasks that the plan is to be enough for."""
    planned = [
        rounds_planned(predicting(max_iterations=20, confidence_threshold=share), prior())
        for share in (0.0, 0.5, 0.8, 0.95, 1.0)
    ]
    assert [1, 2, 4, 8, 20] == planned


def test_history_replaces_the_prior_where_there_is_enough() -> None:
    """Nine tasks are not enough; ten are."""
    few, enough = [sample()] * (ENOUGH - 1), [sample()] * ENOUGH

    assert prior() == learned(few)
    assert ENOUGH == learned(enough).tasks


def test_a_round_of_history_is_the_mean_round() -> None:
    """Per round, not per task; a cost that is not known counts nowhere."""
    basis = learned([sample()] * 9 + [sample(rounds=4, passed=False, dollars=None, tokens=4_000)])

    assert (22_000 / 22, 4.5 / 18, 800 / 22, 200 / 22) == (
        basis.tokens,
        basis.dollars,
        basis.call_seconds,
        basis.evaluation_seconds,
    )
    assert math.isclose(9 / 22, basis.pass_chance)
    assert (2,) * 9 == basis.needed


def test_auto_takes_the_conformal_quantile_of_history() -> None:
    """The next task is within the ceil((n + 1) q)-th of those seen with a probability of q."""
    basis = learned([sample(rounds=rounds) for rounds in range(1, 11)])

    assert 9 == rounds_planned(predicting(max_iterations=20, confidence_threshold=0.8), basis)
    assert 20 == rounds_planned(predicting(max_iterations=20, confidence_threshold=0.95), basis)


def test_no_cost_is_foreseen_without_history() -> None:
    """An assumption is not shown as an estimate of money."""
    assert 0.0 == foresee(BALANCED, "id", prior()).estimated_cost
    # Rounds cost 0.25 and pass in one of two cases; two are planned, so 1.5 are expected.
    assert 0.375 == foresee(BALANCED, "id", learned([sample()] * 10)).estimated_cost


@given(configs, bases)
def test_a_plan_is_always_within_its_bounds(config: HrmConfig, basis: Basis) -> None:
    """At least one round, at most `max_iterations`."""
    planned = rounds_planned(config, basis)
    assert 1 <= planned <= config.ml_iteration_prediction.max_iterations


samples = st.builds(
    Sample,
    rounds=st.integers(1, 20),
    passed=st.booleans(),
    tokens=st.integers(0, 10**9),
    dollars=st.none() | st.floats(0, 1e6),
    seconds=st.floats(0, 1e7),
    evaluation_seconds=st.floats(0, 1e7),
    quality=st.none() | st.floats(0, 1),
)


@given(st.lists(samples, max_size=30))
def test_whatever_history_holds_can_be_learned_from(found: list[Sample]) -> None:
    """Every figure is finite and in its range: the model checks them."""
    assert len(found) * (len(found) >= ENOUGH) == learned(found).tasks
