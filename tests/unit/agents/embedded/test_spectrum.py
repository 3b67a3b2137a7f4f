"""Fault localisation."""

import math

from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.embedded.repair.spectrum import Observation, ochiai, ranked

LINES = st.frozensets(st.tuples(st.just("m.py"), st.integers(1, 9)))
RUNS = st.lists(st.builds(Observation, failed=st.booleans(), lines=LINES), max_size=8)


def run(failed: bool, *lines: int) -> Observation:
    """A test that executed `lines` of one file."""
    return Observation(failed, frozenset(("m.py", line) for line in lines))


def test_values() -> None:
    """Two of three tests fail; a line's score follows from who executed it."""
    scores = ochiai([run(True, 1, 2), run(True, 1, 3), run(False, 1, 3)])
    assert {
        ("m.py", 1): 2 / math.sqrt(2 * 3),
        ("m.py", 2): 1 / math.sqrt(2 * 1),
        ("m.py", 3): 1 / math.sqrt(2 * 2),
    } == scores


def test_a_line_of_passing_tests_is_not_suspicious() -> None:
    """Nothing is said about what no failing test executed."""
    assert {("m.py", 1): 1.0} == ochiai([run(True, 1), run(False, 2)])


def test_nothing_fails() -> None:
    """Without a failure there is no suspicion."""
    assert {} == ochiai([run(False, 1, 2)])


def test_ranked() -> None:
    """The worst first, and equal ones in file order."""
    scores = {("b.py", 1): 0.5, ("a.py", 9): 0.5, ("a.py", 2): 1.0}
    assert [("a.py", 2), ("a.py", 9), ("b.py", 1)] == [line for line, _ in ranked(scores)]


@given(RUNS)
def test_scores_are_bounded(observations: list[Observation]) -> None:
    """A score lies in (0, 1]; it is 1 for what all failing and no passing tests executed."""
    for line, score in ochiai(observations).items():
        assert 0 < score <= 1 + 1e-12
        exclusive = all((line in seen.lines) == seen.failed for seen in observations)
        assert exclusive == math.isclose(score, 1.0)
