"""When a second sample pays more than a second round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm.basis import Basis, prior
from phantom.hrm.config import BALANCED, IterationMode, Strategy
from phantom.hrm.project import HOUR_OF_PRIORITY, ProjectWishes
from phantom.hrm.sampling import MAX_CANDIDATES, candidates

SLOW = Basis(tasks=20, pass_chance=0.4, dollars=0.1, call_seconds=600.0, evaluation_seconds=20.0)


@pytest.mark.parametrize(
    ("basis", "hour", "expected"),
    [
        (SLOW, 20.0, 4),
        (SLOW, 2.0, 3),
        (SLOW.model_copy(update={"dollars": 1.0}), 2.0, 1),
        (SLOW.model_copy(update={"dollars": 1.0}), 20.0, 3),
        (SLOW.model_copy(update={"pass_chance": 0.95, "dollars": 1.0}), 20.0, 1),
        (SLOW.model_copy(update={"call_seconds": 5.0}), 20.0, 1),
        (SLOW, 0.0, 1),
        (prior(), 20.0, 1),
    ],
)
def test_it_pays_where_rounds_are_slow_cheap_and_likely_to_fail(
    basis: Basis, hour: float, expected: int
) -> None:
    """And never without a history, or where time is worth nothing."""
    assert expected == candidates(BALANCED, basis, 7, hour)


def test_no_more_candidates_than_rounds_are_planned_and_none_where_all_are_made() -> None:
    """Nothing is saved of rounds that would not be made, or are made in any case; nor unasked."""
    prediction = BALANCED.ml_iteration_prediction.model_copy(update={"mode": IterationMode.FIXED})
    fixed = BALANCED.model_copy(update={"ml_iteration_prediction": prediction})

    assert [1, 2, 3] == [candidates(BALANCED, SLOW, planned, 20.0) for planned in (1, 2, 3)]
    assert 1 == candidates(fixed, SLOW, 7, 20.0)
    switching = BALANCED.agent_switching.model_copy(update={"strategy": Strategy.MANUAL})
    manual = BALANCED.model_copy(update={"agent_switching": switching})
    assert 1 == candidates(manual, SLOW, 7, 20.0)


@given(
    st.builds(
        Basis,
        tasks=st.just(20),
        pass_chance=st.floats(0.02, 0.98),
        dollars=st.floats(0, 10),
        call_seconds=st.floats(0, 2000),
        evaluation_seconds=st.floats(0, 600),
    ),
    st.floats(0, 100),
    st.floats(0, 100),
)
def test_the_more_time_is_worth_the_more_candidates(basis: Basis, hour: float, more: float) -> None:
    """Within the bound."""
    few, many = (candidates(BALANCED, basis, 7, each) for each in (hour, hour + more))

    assert 1 <= few <= many <= MAX_CANDIDATES


@pytest.mark.parametrize("mode", sorted(HOUR_OF_PRIORITY))
def test_the_priority_says_what_an_hour_is_worth(mode: str) -> None:
    """Unless the project switched it off, itself or with all that is learned."""
    given: dict[str, object] = {"priority": {"mode": mode}}
    off = {"ml_components": {"inference_time_scaling": False}}
    unlearned = {"risk_tolerance": {"ml_features_enabled": False}}

    assert HOUR_OF_PRIORITY[mode] == ProjectWishes.of(given).worth_of_an_hour
    assert 0.0 == ProjectWishes.of(given | off).worth_of_an_hour
    assert 0.0 == ProjectWishes.of(given | unlearned).worth_of_an_hour
