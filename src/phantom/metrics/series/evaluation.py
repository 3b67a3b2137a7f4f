"""Iterations: their evaluation and the gate's word, from the rows of iterations."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from phantom.db.models import Evaluation, Iteration
from phantom.db.watch import Told, changed
from phantom.evaluation.components import DEFAULT_WEIGHTS, component_of
from phantom.metrics.series.tasks import LONG, SCORE

OTHER = "other"
"""The evaluator of every measure that is not one of Phantom's own."""


class EvaluationSeries:
    """Iterations that were evaluated, and what each evaluator said of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._iterations = Counter(
            "phantom_iterations",
            "Iterations evaluated, by whether their tests passed",
            ["tests_passing"],
            registry=registry,
        )
        self._durations = Histogram(
            "phantom_iteration_duration_seconds",
            "From the first call of an iteration to the gate's word",
            buckets=LONG,
            registry=registry,
        )
        self._qualities = Histogram(
            "phantom_iteration_quality",
            "Quality of an iteration, where it could be measured",
            buckets=SCORE,
            registry=registry,
        )
        self._files = Histogram(
            "phantom_iteration_changed_files",
            "Files that differ from where the task was cut",
            buckets=(0, 1, 2, 3, 5, 10, 20, 50, 100),
            registry=registry,
        )
        self._evaluations = Histogram(
            "phantom_evaluation_duration_seconds",
            "Wall time of one evaluation, all evaluators together",
            buckets=LONG,
            registry=registry,
        )
        self._issues = Counter(
            "phantom_security_issues",
            "Security findings of iterations that the base commit does not have",
            registry=registry,
        )
        self._evaluators = _Evaluators(registry)
        self._gate = _Gate(registry)

    def iteration(self, row: Iteration) -> Told | None:
        """An iteration's row is written; it counts once, when it has been evaluated."""
        if row.completed_at is None or not changed(row, "completed_at"):
            return None
        return lambda: self._evaluated(row)

    def evaluation(self, row: Evaluation) -> Told:
        """One evaluator's measure was kept."""
        return lambda: self._evaluators.count(row)

    def _evaluated(self, row: Iteration) -> None:
        assert row.completed_at is not None
        self._iterations.labels(str(row.tests_passing).lower()).inc()
        self._durations.observe((row.completed_at - row.started_at).total_seconds())
        self._files.observe(row.changed_files)
        self._issues.inc(row.security_issues)
        if row.quality is not None:
            self._qualities.observe(row.quality)
        if row.evaluation_seconds is not None:
            self._evaluations.observe(row.evaluation_seconds)
        self._gate.count(row)


class _Evaluators:
    """What each evaluator said."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._verdicts = Counter(
            "phantom_evaluator_verdicts",
            "Measures by evaluator and verdict",
            ["evaluator", "verdict"],
            registry=registry,
        )
        self._durations = Histogram(
            "phantom_evaluator_duration_seconds",
            "Time of one evaluator",
            ["evaluator"],
            buckets=LONG,
            registry=registry,
        )
        self._findings = Counter(
            "phantom_findings", "Findings by evaluator", ["evaluator"], registry=registry
        )

    def count(self, row: Evaluation) -> None:
        """Take in one measure."""
        component = component_of(row.evaluator)
        name = component if component in DEFAULT_WEIGHTS else OTHER
        self._verdicts.labels(name, row.verdict).inc()
        self._durations.labels(name).observe(row.seconds)
        self._findings.labels(name).inc(len(row.findings))


class _Gate:
    """What the gate decided."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._decisions = Counter(
            "phantom_gate_decisions",
            "What the gate decided after an iteration",
            ["action", "passed"],
            registry=registry,
        )
        self._checkpoints = Counter(
            "phantom_checkpoints",
            "Configured checkpoints that were reached",
            ["passed"],
            registry=registry,
        )
        self._unmeasured = Counter(
            "phantom_gate_unmeasured",
            "Iterations that the gate could not judge, for nothing was measured",
            registry=registry,
        )

    def count(self, row: Iteration) -> None:
        """Take in the gate's word on an iteration."""
        if row.gate is None:
            return
        passed = str(row.gate["passed"]).lower()
        self._decisions.labels(row.gate["action"], passed).inc()
        if row.gate["checkpoint"] is not None:
            self._checkpoints.labels(passed).inc()
        if not row.gate["measured"]:
            self._unmeasured.inc()
