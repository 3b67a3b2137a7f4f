"""A finding is new where the base commit has none like it."""

from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation import FindingSeverity
from phantom.evaluation.newness import (
    Sighting,
    finding_score,
    line_fingerprint,
    new_sightings,
)

severities = st.sampled_from(FindingSeverity)
sightings = st.lists(
    st.builds(
        Sighting,
        rule=st.sampled_from(["E1", "E2"]),
        path=st.sampled_from(["a.py", "b.py"]),
        line=st.integers(1, 50),
        message=st.just("wrong"),
        severity=severities,
        fingerprint=st.sampled_from(["x = 1", "y = 2"]),
    ),
    max_size=12,
)


@given(sightings, st.integers(0, 100))
def test_moved_lines_are_not_new(before: list[Sighting], shift: int) -> None:
    """The same findings some lines further down are none."""
    after = [s.model_copy(update={"line": s.line + shift}) for s in before]
    assert [] == new_sightings(after, before)


@given(sightings, sightings)
def test_the_number_of_new_findings_is_the_difference_of_multisets(
    before: list[Sighting], added: list[Sighting]
) -> None:
    """What is added to the base's findings is exactly what is new, one for one."""
    new = new_sightings([*before, *added], before)
    assert sorted(s.key for s in added) == sorted(s.key for s in new)


@given(sightings)
def test_worst_findings_come_first(after: list[Sighting]) -> None:
    """The order is by severity, so that a bounded list keeps what matters."""
    order = list(FindingSeverity)
    ranks = [order.index(s.severity) for s in new_sightings(after, [])]
    assert sorted(ranks) == ranks


@given(st.lists(severities), severities)
def test_each_further_finding_lowers_the_score(
    some: list[FindingSeverity], more: FindingSeverity
) -> None:
    """The score is in (0, 1], 1 without findings, and falls with every one."""
    assert 0 < finding_score([*some, more]) < finding_score(some) <= finding_score([]) == 1


def test_white_space_does_not_make_a_line_different() -> None:
    """Indentation is not part of the fingerprint; a line that does not exist has an empty one."""
    assert line_fingerprint("x = 1\n", 1) == line_fingerprint("if a:\n\t x  =  1\n", 2)
    assert "" == line_fingerprint("x = 1", 9)
