"""From evaluations to one report: quality, what it rests on, and what to do next.

The formula is told to users in `docs/quality.md`; the two must agree.
"""

from collections.abc import Iterable, Mapping, Sequence

from phantom.evaluation.components import DEFAULT_WEIGHTS, SECURITY_COMPONENTS
from phantom.evaluation.port import Evaluation, Report, Verdict
from phantom.evaluation.suggestions import suggestions


def report(evaluations: Sequence[Evaluation], weights: Mapping[str, float] | None = None) -> Report:
    """The report on one iteration; `weights` (>= 0, by component) go over the default ones."""
    components = merged(evaluations)
    return Report(
        evaluations=tuple(evaluations),
        quality=quality(components, weights),
        components=components,
        not_measured=tuple(e.evaluator for e in evaluations if _is_missing(e, components)),
        tests_passing=tests_passing(evaluations),
        security_issues=sum(
            len(e.findings) for e in evaluations if e.component in SECURITY_COMPONENTS
        ),
        suggestions=suggestions(evaluations),
    )


def merged(evaluations: Iterable[Evaluation]) -> dict[str, float]:
    """The score of each measured component: the lowest of those that its evaluators gave.

    A mean would let the many tests of one language hide that the few of another one fail.
    """
    components: dict[str, float] = {}
    for each in evaluations:
        if each.score is not None:
            components[each.component] = min(each.score, components.get(each.component, 1.0))
    return components


def tests_passing(evaluations: Iterable[Evaluation]) -> bool:
    """True where at least one test ran, none failed, was removed or weakened, and none broke."""
    suites = [e for e in evaluations if e.component == "tests" and _says_something(e)]
    return bool(suites) and all(map(_tests_pass, suites))


def quality(
    components: Mapping[str, float], weights: Mapping[str, float] | None = None
) -> float | None:
    """Weighted mean of the components, in [0, 1]; None where nothing with a weight was measured.

    A component without a weight of its own does not count.
    """
    known = {**DEFAULT_WEIGHTS, **(weights or {})}
    weighed = [(known.get(name, 0.0), score) for name, score in components.items()]
    total = sum(weight for weight, _ in weighed)
    if total <= 0:
        return None
    mean = sum(weight * score for weight, score in weighed) / total
    return min(1.0, max(0.0, mean))  # rounding may leave the interval by a last bit


def _says_something(evaluation: Evaluation) -> bool:
    return evaluation.score is not None or evaluation.verdict is not Verdict.NOT_MEASURED


def _is_missing(evaluation: Evaluation, components: Mapping[str, float]) -> bool:
    if evaluation.score is not None:
        return False
    return _says_something(evaluation) or evaluation.component not in components


def _tests_pass(evaluation: Evaluation) -> bool:
    metrics = evaluation.metrics
    return (
        evaluation.score is not None
        and (metrics.get("tests_run", 0) > 0 or metrics.get("exit_status") == 0)
        and metrics.get("tests_failed", 0) == 0
        and metrics.get("tests_errors", 0) == 0
        # A failing test that was deleted does not pass.
        and metrics.get("tests_weakened", 0) == 0
    )
