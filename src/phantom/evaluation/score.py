"""From evaluations to one report: quality, what it rests on, and what to do next.

The formula is told to users in `docs/quality.md`; the two must agree.
"""

from collections.abc import Iterable, Mapping, Sequence

from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Report, Verdict

DEFAULT_WEIGHTS: Mapping[str, float] = {
    "tests": 0.50,
    "coverage": 0.15,
    "security": 0.15,
    "lint": 0.10,
    "secrets": 0.05,
    "diff": 0.05,
    "analysis": 1.00,
}
"""Weight of each component; only those that were measured enter, so the sum is free."""

SECURITY_COMPONENTS = ("security", "secrets")
MAX_SUGGESTIONS = 8
_PER_EVALUATOR = 5
_SEVERITY_ORDER = tuple(FindingSeverity)
_SUGGESTION_ORDER = ("tests", "security", "secrets", "analysis", "diff", "lint", "coverage")


def report(evaluations: Sequence[Evaluation], weights: Mapping[str, float] | None = None) -> Report:
    """The report on one iteration; `weights` (>= 0, by component) go over the default ones."""
    components = {e.evaluator: e.score for e in evaluations if e.score is not None}
    return Report(
        evaluations=tuple(evaluations),
        quality=quality(components, weights),
        components=components,
        not_measured=tuple(e.evaluator for e in evaluations if e.score is None),
        tests_passing=any(_tests_pass(e) for e in evaluations),
        security_issues=sum(
            len(e.findings) for e in evaluations if e.evaluator in SECURITY_COMPONENTS
        ),
        suggestions=suggestions(evaluations),
    )


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


def suggestions(evaluations: Iterable[Evaluation]) -> tuple[str, ...]:
    """What to do next, most useful first, from the findings alone; at most `MAX_SUGGESTIONS`."""
    by_name = {evaluation.evaluator: evaluation for evaluation in evaluations}
    ordered = [by_name[name] for name in _SUGGESTION_ORDER if name in by_name]
    urgent = [sentence for each in ordered for sentence in _sentences(each, low=False)]
    minor = [sentence for each in reversed(ordered) for sentence in _sentences(each, low=True)]
    return tuple([*urgent, *minor][:MAX_SUGGESTIONS])


def _sentences(evaluation: Evaluation, *, low: bool) -> list[str]:
    if evaluation.verdict in {Verdict.TIMED_OUT, Verdict.ERROR}:
        return [] if low else [f"{evaluation.evaluator}: {evaluation.summary}."]
    chosen = [f for f in evaluation.findings if (f.severity is FindingSeverity.LOW) == low]
    worst_first = sorted(chosen, key=lambda f: _SEVERITY_ORDER.index(f.severity))
    return [_sentence(finding) for finding in worst_first[:_PER_EVALUATOR]]


def _sentence(finding: Finding) -> str:
    place = finding.path or ""
    if finding.path and finding.line is not None:
        place = f"{finding.path}:{finding.line}"
    return f"{place}: {finding.message} [{finding.rule}]" if place else finding.message


def _tests_pass(evaluation: Evaluation) -> bool:
    metrics = evaluation.metrics
    return (
        evaluation.evaluator == "tests"
        and evaluation.score is not None
        and metrics.get("tests_run", 0) > 0
        and metrics.get("tests_failed", 0) == 0
        and metrics.get("tests_errors", 0) == 0
    )
