"""What a call is foreseen to cost."""

from hypothesis import given
from hypothesis import strategies as st

from phantom.ledger.foresight import Estimate, foresee

MICROS = st.integers(0, 10**9)


@given(st.lists(MICROS, max_size=30), st.none() | MICROS, MICROS)
def test_it_is_never_less_than_the_prompt(costs: list[int], prompt: int | None, share: int) -> None:
    """Nor than nothing at all, nor than any of the last calls."""
    estimate = foresee(costs, prompt=prompt, share=share)
    assert 1 <= estimate.least <= estimate.foreseen
    assert (prompt or 0) <= estimate.least
    assert all(cost <= estimate.foreseen for cost in costs)


def test_the_dearest_of_the_last_calls_counts() -> None:
    """Not the share of the task, once there is a history."""
    assert Estimate(5, 70) == foresee([30, 70, 10], prompt=5, share=1000)
    assert Estimate(90, 90) == foresee([30, 70, 10], prompt=90, share=1000)


def test_of_an_agent_that_nobody_knows_the_share_counts() -> None:
    """The price of its prompt may not be known, either."""
    assert Estimate(1, 1000) == foresee([], prompt=None, share=1000)
    assert Estimate(1, 1) == foresee([], prompt=None, share=0)
