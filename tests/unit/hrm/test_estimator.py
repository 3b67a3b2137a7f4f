"""The laws of every prediction, and what the live forecast says."""

import math

from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm.basis import Basis, prior
from phantom.hrm.config import BALANCED, HrmConfig
from phantom.hrm.estimator import Estimate, Figure, Progress, TaskContext, compare, forecast
from phantom.hrm.impact import impact, recommendations, warnings
from tests.support.configurations import bases, configs, contexts


def changed(config: HrmConfig, section: str, **fields: object) -> HrmConfig:
    """`config` with fields of one section replaced."""
    part = getattr(config, section).model_copy(update=fields)
    return config.model_copy(update={section: part})


def figures(estimate: Estimate) -> tuple[Figure, ...]:
    """All four."""
    return estimate.cost, estimate.seconds, estimate.quality, estimate.tokens


@given(configs, contexts, bases)
def test_equal_configurations_predict_no_change(
    config: HrmConfig, context: TaskContext, basis: Basis
) -> None:
    """Not even by a rounding."""
    compared = compare(config, config, context, basis)
    found = impact(compared, basis)

    assert compared.current == compared.proposed
    assert {0.0} == set(found.summary().values())
    assert [] == recommendations(found)


@given(configs, contexts, bases, st.floats(1, 10), st.floats(1, 10))
def test_more_compression_never_predicts_more_tokens(
    config: HrmConfig, context: TaskContext, basis: Basis, one: float, other: float
) -> None:
    """Whatever the cost ceiling does."""
    low, high = sorted((one, other))
    compared = compare(
        changed(config, "latent_reasoning", enabled=True, compression_ratio_target=low),
        changed(config, "latent_reasoning", enabled=True, compression_ratio_target=high),
        context,
        basis,
    )
    less, more = compared.proposed.tokens.value, compared.current.tokens.value
    assert less <= more or math.isclose(less, more, rel_tol=1e-12)


@given(configs, contexts, bases, st.integers(2, 20), st.integers(2, 20))
def test_fewer_iterations_never_predict_more_cost(
    config: HrmConfig, context: TaskContext, basis: Basis, one: int, other: int
) -> None:
    """In each of the three modes."""
    low, high = sorted((one, other))
    compared = compare(
        changed(config, "ml_iteration_prediction", max_iterations=high),
        changed(config, "ml_iteration_prediction", max_iterations=low),
        context,
        basis,
    )
    less, more = compared.proposed.cost.value, compared.current.cost.value
    assert less <= more or math.isclose(less, more, rel_tol=1e-12)


@given(configs, configs, contexts, bases)
def test_every_figure_is_finite_and_within_its_bounds(
    now: HrmConfig, then: HrmConfig, context: TaskContext, basis: Basis
) -> None:
    """Intervals hold their value, quality is a fraction, cost is below the ceiling."""
    compared = compare(now, then, context, basis)
    for estimate, config in ((compared.current, now), (compared.proposed, then)):
        for figure in figures(estimate):
            assert 0 <= figure.low <= figure.value <= figure.high < math.inf
            assert 0 <= figure.confidence <= 1
        assert 1 >= estimate.quality.high
        assert config.agent_switching.cost_ceiling >= estimate.cost.value
    found = impact(compared, basis)
    assert all(math.isfinite(value) for value in found.summary().values())
    assert all("nan" not in said for said in recommendations(found) + warnings(found, then))


def test_priors_are_hardly_trusted() -> None:
    """Without history the cost, time and tokens carry no confidence, and a warning says so."""
    found = impact(compare(BALANCED, BALANCED, TaskContext(), prior()), prior())

    assert [0.0] * 3 == [each.confidence for each in (found.cost, found.speed, found.tokens)]
    assert ["assumptions" in said for said in warnings(found, BALANCED)] == [True]


def test_what_is_known_of_the_task_is_where_the_prediction_starts() -> None:
    """The current figures are the client's own."""
    context = TaskContext(estimated_duration=450, current_quality=0.87)
    current = compare(BALANCED, BALANCED, context, prior()).current

    assert (450, 0.87) == (current.seconds.value, current.quality.value)


def progress(**fields: object) -> Progress:
    """Two of four rounds, a dollar spent."""
    usual = {"rounds": 2, "planned": 4, "dollars": 1.0, "best_quality": 0.6, "over": False}
    return Progress(**(usual | fields))  # type: ignore[arg-type]


def test_a_run_that_is_over_ends_where_it_stands() -> None:
    """There is nothing left to predict."""
    end = forecast(progress(over=True), BALANCED, 0.4)

    assert (1.0, 0.6) == (end.final_dollars, end.final_quality)


def test_a_run_that_goes_on_costs_more_and_becomes_better() -> None:
    """By as many rounds as are expected, at what its own rounds cost so far."""
    end = forecast(progress(), BALANCED, 0.4)

    assert math.isclose(1 + (1 + 0.6) * 0.5, end.final_dollars)
    assert end.final_quality is not None
    assert 0.6 < end.final_quality < 1


def test_a_quality_that_was_not_measured_is_not_predicted() -> None:
    """None stays None."""
    assert None is forecast(progress(best_quality=None), BALANCED, 0.4).final_quality


@given(configs, st.integers(1, 20), st.integers(1, 20), st.floats(0, 1e6), st.floats(0.02, 0.98))
def test_a_forecast_stays_between_what_is_spent_and_the_ceiling(
    config: HrmConfig, rounds: int, planned: int, dollars: float, chance: float
) -> None:
    """Money that is spent does not come back, and the ceiling ends the run."""
    end = forecast(progress(rounds=rounds, planned=planned, dollars=dollars), config, chance)

    ceiling = max(dollars, config.agent_switching.cost_ceiling)
    assert dollars <= end.final_dollars <= ceiling
    assert end.final_quality is not None
    assert 0.6 <= end.final_quality <= 1
