"""Counts facts as this process commits them: the watcher of the database behind the series."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from phantom.db.models import (
    AgentBreaker,
    AgentCall,
    Evaluation,
    HrmConfig,
    Iteration,
    LedgerEntry,
    RateWindow,
    StepRecord,
    Task,
)
from phantom.db.watch import Told, Transaction
from phantom.metrics.series.calls import CallSeries
from phantom.metrics.series.evaluation import EvaluationSeries
from phantom.metrics.series.tasks import TaskSeries

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Facts:
    """A `phantom.db.watch.Watcher` that turns rows into counters and histograms."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tasks = TaskSeries(registry)
        self._calls = CallSeries(registry)
        self._evaluation = EvaluationSeries(registry)
        self._transactions = _TransactionSeries(registry)
        self._configurations = Counter(
            "phantom_hrm_changes",
            "New versions of HRM configurations, by what they are for",
            ["scope"],
            registry=registry,
        )

    def written(self, row: object, *, new: bool) -> Told | None:
        """What is to be counted once the row is committed."""
        match row:
            case Task():
                return _all(self._tasks.task(row, new=new))
            case AgentCall():
                return _all(self._calls.call(row, new=new))
            case Iteration():
                evaluated = self._evaluation.iteration(row)
                told = self._tasks.switches(row)
                return _all([*told, evaluated] if evaluated is not None else told)
            case AgentBreaker():
                return self._calls.breaker(row)
            case RateWindow():
                return self._calls.window(row)
            case _:
                return self._kept(row) if new else None

    def ended(self, transaction: Transaction) -> None:
        """A transaction is over."""
        self._transactions.count(transaction)

    def _kept(self, row: object) -> Told | None:
        """What rows tell that are written once and stay as they are."""
        match row:
            case StepRecord():
                return self._tasks.step(row)
            case LedgerEntry():
                return self._calls.entry(row)
            case Evaluation():
                return self._evaluation.evaluation(row)
            case HrmConfig(scope=scope):
                return self._configurations.labels(scope).inc
            case _:
                return None


class _TransactionSeries:
    """How the database is used."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter(
            "phantom_db_transactions",
            "Transactions by kind and end",
            ["kind", "end"],
            registry=registry,
        )
        self._durations = Histogram(
            "phantom_db_transaction_duration_seconds",
            "From the begin of a transaction to its end",
            ["kind"],
            buckets=_SHORT,
            registry=registry,
        )
        self._waits = Histogram(
            "phantom_db_wait_seconds",
            "How long a transaction waited for a connection and, to write, for its turn",
            ["kind"],
            buckets=_SHORT,
            registry=registry,
        )

    def count(self, transaction: Transaction) -> None:
        """Take in one transaction."""
        end = "committed" if transaction.committed else "rolled_back"
        self._ended.labels(transaction.kind, end).inc()
        self._durations.labels(transaction.kind).observe(transaction.took)
        self._waits.labels(transaction.kind).observe(transaction.waited)


def _all(told: list[Told]) -> Told | None:
    if not told:
        return None

    def tell() -> None:
        for each in told:
            each()

    return tell
