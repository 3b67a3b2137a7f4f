"""Tasks and their runs, from the rows of tasks and of finished steps."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from phantom.db.models import MICROS, Iteration, StepRecord, Task
from phantom.db.watch import Told, added, changed
from phantom.vocabulary import TaskStatus

LONG = (0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200)
"""Buckets for what may take from a moment to hours, in seconds."""
SCORE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Buckets for a quality in [0, 1]."""
DOLLARS = (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
"""Buckets for the cost of a task or a call, in US dollars."""
_ENDED = (TaskStatus.COMPLETED, TaskStatus.FAILED)


class TaskSeries:
    """Orders, retries, waits, ends and steps, counted in the process that commits them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ordered = Counter(
            "phantom_tasks_ordered", "Tasks ordered", ["task_type"], registry=registry
        )
        self._retried = Counter(
            "phantom_tasks_retried", "Failed tasks put back into the queue", registry=registry
        )
        self._resumed = Counter(
            "phantom_runs_resumed",
            "Runs taken up again after their process had ended",
            registry=registry,
        )
        self._switches = Counter(
            "phantom_agent_switches",
            "Changes of the agent within a run",
            ["reason"],
            registry=registry,
        )
        self._waits = Histogram(
            "phantom_queue_wait_seconds",
            "From the order of a task to its first start",
            buckets=LONG,
            registry=registry,
        )
        self._steps = Histogram(
            "phantom_step_duration_seconds",
            "Durable steps of the loop",
            ["step"],
            buckets=LONG,
            registry=registry,
        )
        self._ends = _Ends(registry)

    def task(self, task: Task, *, new: bool) -> list[Told]:
        """What the writing of a task's row tells."""
        if new:
            return [self._ordered.labels(task.task_type).inc]
        told: list[Told] = []
        if changed(task, "attempt"):
            told.append(self._retried.inc)
        if task.starts > 1 and changed(task, "starts"):
            told.append(self._resumed.inc)
        if changed(task, "status"):
            told.extend(self._turn(task))
        return told

    def switches(self, iteration: Iteration) -> list[Told]:
        """Changes of the agent that an iteration saw, by their reason."""
        new = added(iteration, "switches")
        return [self._switches.labels(each["reason"]).inc for each in new]

    def step(self, record: StepRecord) -> Told:
        """A step was finished and kept."""
        kind = record.step.partition("-")[0]
        seconds = float(record.output.get("seconds", 0.0))
        return lambda: self._steps.labels(kind).observe(seconds)

    def _turn(self, task: Task) -> list[Told]:
        if task.status in _ENDED:
            return self._ends.of(task)
        # A retry waits from another moment, which no row tells.
        if task.status == TaskStatus.IN_PROGRESS and task.attempt == 1 and task.started_at:
            waited = (task.started_at - task.created_at).total_seconds()
            return [lambda: self._waits.observe(waited)]
        return []


class _Ends:
    """How runs of tasks ended."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter(
            "phantom_tasks_ended", "Runs that ended", ["status", "reason"], registry=registry
        )
        self._durations = Histogram(
            "phantom_task_duration_seconds",
            "From the start of a run to its end",
            ["status"],
            buckets=LONG,
            registry=registry,
        )
        self._qualities = Histogram(
            "phantom_task_quality",
            "Quality of what was delivered",
            buckets=SCORE,
            registry=registry,
        )
        self._costs = Histogram(
            "phantom_task_cost_dollars",
            "What an ended task had cost",
            buckets=DOLLARS,
            registry=registry,
        )
        self._iterations = Histogram(
            "phantom_task_iterations",
            "Iterations of an ended run",
            buckets=(0, 1, 2, 3, 4, 5, 7, 10, 15, 20),
            registry=registry,
        )

    def of(self, task: Task) -> list[Told]:
        """What the end of a run tells; one that never started has no duration."""
        told: list[Told] = [self._ended.labels(task.status, task.failure_reason or "none").inc]

        def measure(observe: Callable[[float], None], value: float) -> None:
            told.append(lambda: observe(value))

        if task.started_at is not None and task.completed_at is not None:
            took = (task.completed_at - task.started_at).total_seconds()
            measure(self._durations.labels(task.status).observe, took)
            measure(self._iterations.observe, task.current_iteration)
        if task.final_quality is not None:
            measure(self._qualities.observe, task.final_quality)
        if task.actual_cost_micros is not None:
            measure(self._costs.observe, task.actual_cost_micros / MICROS)
        return told
