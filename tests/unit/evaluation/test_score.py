"""Quality is the documented weighted mean, and the report says what it rests on."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation import Evaluation, Verdict
from phantom.evaluation.components import DEFAULT_WEIGHTS
from phantom.evaluation.score import quality, report

scores = st.floats(0, 1)
components = st.dictionaries(st.sampled_from(sorted(DEFAULT_WEIGHTS)), scores, min_size=1)
weights = st.fixed_dictionaries({name: st.floats(0.01, 10) for name in DEFAULT_WEIGHTS})


def measured(name: str, score: float | None, **metrics: float) -> Evaluation:
    verdict = Verdict.NOT_MEASURED if score is None else Verdict.PASSED
    return Evaluation(evaluator=name, verdict=verdict, summary="", score=score, metrics=metrics)


@given(components, weights)
def test_quality_lies_between_the_worst_and_the_best_component(
    parts: dict[str, float], custom: dict[str, float]
) -> None:
    """Whatever the weights, the mean leaves neither the components' range nor [0, 1]."""
    found = quality(parts, custom)
    assert found is not None
    assert 0 <= found <= 1
    assert min(parts.values()) - 1e-9 <= found <= max(parts.values()) + 1e-9


@given(components, weights, st.data())
def test_a_better_component_never_lowers_quality(
    parts: dict[str, float], custom: dict[str, float], data: st.DataObject
) -> None:
    """Quality grows with each component."""
    name = data.draw(st.sampled_from(sorted(parts)))
    better = parts | {name: data.draw(st.floats(parts[name], 1))}
    before, after = quality(parts, custom), quality(better, custom)
    assert before is not None
    assert after is not None
    assert before <= after + 1e-12


@given(components, weights, st.floats(0.1, 100))
def test_only_the_proportion_of_weights_matters(
    parts: dict[str, float], custom: dict[str, float], factor: float
) -> None:
    """Weights are renormalised over what was measured: scaling all of them changes nothing."""
    scaled = {name: weight * factor for name, weight in custom.items()}
    before, after = quality(parts, custom), quality(parts, scaled)
    assert before is not None
    assert after is not None
    assert math.isclose(before, after, abs_tol=1e-9)


def test_what_was_not_measured_is_listed_and_not_assumed() -> None:
    """Quality is the mean over the rest; a component without a score counts neither way."""
    found = report([measured("tests", 0.5), measured("lint", 1.0), measured("coverage", None)])
    assert ("coverage",) == found.not_measured
    assert found.quality == pytest.approx((0.5 * 0.5 + 0.1 * 1.0) / 0.6)


def test_nothing_measured_is_no_quality() -> None:
    """Without any score quality is None, not 0 or 1."""
    assert None is report([measured("tests", None)]).quality
    assert None is report([]).quality


def test_custom_weights_go_over_the_defaults() -> None:
    """A weight of 0 takes a component out; the others keep their own."""
    found = report([measured("tests", 1.0), measured("lint", 0.0)], {"lint": 0.0})
    assert 1.0 == found.quality


@pytest.mark.parametrize(
    ("run", "failed", "errors", "weakened", "expected"),
    [
        (3, 0, 0, 0, True),
        (0, 0, 0, 0, False),
        (3, 1, 0, 0, False),
        (3, 0, 1, 0, False),
        (3, 0, 0, 1, False),
    ],
)
def test_tests_pass_only_where_some_ran_and_none_failed(
    run: int, failed: int, errors: int, weakened: int, *, expected: bool
) -> None:
    """No test, a failing, a broken and a deleted one are all not passing."""
    figures = {"tests_run": run, "tests_failed": failed, "tests_errors": errors}
    figures["tests_weakened"] = weakened
    assert expected == report([measured("tests", 1.0, **figures)]).tests_passing


def test_one_component_of_two_languages_has_the_lowest_score() -> None:
    """The many tests of one language do not hide that the few of another fail."""
    python = measured("tests", 1.0, tests_run=1000)
    javascript = measured("tests:javascript", 0.5, tests_run=2, tests_failed=1)
    found = report([python, javascript])
    assert ({"tests": 0.5}, 0.5, False) == (found.components, found.quality, found.tests_passing)


@pytest.mark.parametrize(
    ("verdict", "missing", "passing"),
    [(Verdict.NOT_MEASURED, (), True), (Verdict.ERROR, ("tests:go",), False)],
)
def test_a_language_without_tests_is_no_matter_but_a_broken_one_is(
    verdict: Verdict, missing: tuple[str, ...], *, passing: bool
) -> None:
    """Another language fills in for nothing to measure; what broke is listed and fails."""
    go = measured("tests:go", None).model_copy(update={"verdict": verdict})
    found = report([measured("tests", 1.0, tests_run=3), go])
    assert (missing, passing) == (found.not_measured, found.tests_passing)
