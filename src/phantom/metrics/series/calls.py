"""Agents: their calls, tokens, costs and breakers, from the journal of calls and the ledger."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from phantom.db.models import MICROS, AgentBreaker, AgentCall, LedgerEntry, RateWindow
from phantom.db.watch import Told, changed
from phantom.metrics.series.tasks import DOLLARS, LONG

TOKEN_KINDS = ("input", "output", "cache_read", "cache_write")
"""As agents report them, each counted once."""


class CallSeries:
    """Calls by the type of their agent, of which there are nine; ids and models are no labels."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._begun = Counter(
            "phantom_agent_calls_begun", "Calls of agents begun", ["agent_type"], registry=registry
        )
        self._ended = Counter(
            "phantom_agent_calls_ended",
            "Calls of agents ended, and how",
            ["agent_type", "outcome"],
            registry=registry,
        )
        self._errors = Counter(
            "phantom_agent_call_errors",
            "Failed calls of agents, by kind of error",
            ["agent_type", "kind"],
            registry=registry,
        )
        self._durations = Histogram(
            "phantom_agent_call_duration_seconds",
            "From the beginning of a call to its end",
            ["agent_type"],
            buckets=LONG,
            registry=registry,
        )
        self._context = Counter(
            "phantom_context_tokens",
            "Tokens of context: of the files named, and of the excerpts sent",
            ["stage"],
            registry=registry,
        )
        self._spending = _Spending(registry)
        self._transitions = Counter(
            "phantom_breaker_transitions",
            "Circuit breakers that changed their state, by the new one",
            ["state"],
            registry=registry,
        )
        self._limits = Counter(
            "phantom_rate_limits",
            "Times that a usage limit was reached",
            registry=registry,
        )

    def call(self, call: AgentCall, *, new: bool) -> list[Told]:
        """What the writing of a call's row tells."""
        told: list[Told] = [self._begun.labels(call.agent_type).inc] if new else []
        if call.completed_at is not None and changed(call, "completed_at"):
            told.append(lambda: self._end(call))
        return told

    def entry(self, entry: LedgerEntry) -> Told | None:
        """Money was set aside; what was settled comes with its call, which knows the agent."""
        match entry.kind:
            case "reserve":
                return self._spending.reserved(entry)
            case "refund":
                return self._spending.refunded(entry)
            case _:
                return None

    def breaker(self, breaker: AgentBreaker) -> Told | None:
        """A breaker's row is written."""
        if not changed(breaker, "state"):
            return None
        return self._transitions.labels(breaker.state).inc

    def window(self, window: RateWindow) -> Told | None:
        """An agent's usage limit was reached, or reached again."""
        return self._limits.inc if changed(window, "resumes_at") else None

    def _end(self, call: AgentCall) -> None:
        assert call.completed_at is not None
        terminal = call.terminal or {}
        outcome = terminal.get("outcome", "done") if call.state == "finished" else call.state
        self._ended.labels(call.agent_type, outcome).inc()
        if call.state == "failed":
            self._errors.labels(call.agent_type, terminal["kind"]).inc()
        took = (call.completed_at - call.started_at).total_seconds()
        self._durations.labels(call.agent_type).observe(took)
        self._context.labels("sent").inc(call.context_tokens or 0)
        self._context.labels("original").inc(call.original_context_tokens or 0)
        self._spending.settled(call)


class _Spending:
    """Tokens and dollars."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tokens = Counter(
            "phantom_tokens", "Tokens of ended calls", ["agent_type", "kind"], registry=registry
        )
        self._cost = Counter(
            "phantom_cost_dollars",
            "Known cost of ended calls, by who says so",
            ["agent_type", "source"],
            registry=registry,
        )
        self._unpriced = Counter(
            "phantom_calls_of_unknown_cost",
            "Ended calls whose cost nobody knows",
            ["agent_type"],
            registry=registry,
        )
        self._each = Histogram(
            "phantom_call_cost_dollars",
            "Known cost of one call",
            buckets=DOLLARS,
            registry=registry,
        )
        self._reserved = Counter(
            "phantom_reserved_dollars", "Money set aside before calls", registry=registry
        )
        self._refunded = Counter(
            "phantom_refunded_dollars", "Set aside and not used by stopped calls", registry=registry
        )

    def settled(self, call: AgentCall) -> None:
        """A call ended and used so much."""
        usage = (call.terminal or {}).get("usage", {})
        for kind in TOKEN_KINDS:
            self._tokens.labels(call.agent_type, kind).inc(usage.get(kind, 0))
        if call.cost_micros is None:
            self._unpriced.labels(call.agent_type).inc()
            return
        dollars = call.cost_micros / MICROS
        self._cost.labels(call.agent_type, call.cost_source or "unknown").inc(dollars)
        self._each.observe(dollars)

    def reserved(self, entry: LedgerEntry) -> Told:
        """So much was set aside for a call."""
        dollars = (entry.amount_micros or 0) / MICROS
        return lambda: self._reserved.inc(dollars)

    def refunded(self, entry: LedgerEntry) -> Told:
        """So much of it was given back when the call was stopped."""
        dollars = (entry.amount_micros or 0) / MICROS
        return lambda: self._refunded.inc(dollars)
