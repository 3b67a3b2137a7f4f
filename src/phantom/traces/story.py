"""From the rows of a run to its trace: the run, its iterations, their calls, and the scores.

Names of attributes are those of Langfuse's property mapping and of OpenTelemetry's conventions for
generative AI. What belongs to the trace stands on every span, since Langfuse filters by span.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom import __version__
from phantom.db.models import MICROS, AgentCall, Event, Iteration, Task
from phantom.orchestration.standing import feedback, recorded
from phantom.orchestration.steps import load_records
from phantom.traces.spans import (
    Attribute,
    Score,
    Span,
    Trace,
    as_json,
    safe_text,
    span_id,
    trace_id,
)

Attributes = dict[str, Attribute]
_OBSERVATION = "langfuse.observation"


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of one run of a task that has ended, and the event that said so.

    Attributes:
        feedback: what the agent of an iteration, by its number, was told of those before.
    """

    task: Task
    attempt: int
    result: Mapping[str, object]
    ended_at: datetime
    iterations: Sequence[Iteration]
    calls: Sequence[AgentCall]
    feedback: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The run's own name."""
        return f"{self.task.id}/{self.attempt}"


async def read(session: AsyncSession, event: Event) -> Told | None:
    """The run whose end the event `task_result` tells; None where its task has been removed."""
    task = await session.get(Task, event.task_id)
    if task is None:
        return None
    attempt = int(event.body.get("attempt", task.attempt))
    calls = await session.scalars(
        select(AgentCall)
        .where(AgentCall.task_id == task.id, AgentCall.attempt == attempt)
        .order_by(AgentCall.started_at, AgentCall.call_id)
    )
    iterations = await session.scalars(
        select(Iteration)
        .where(Iteration.task_id == task.id, Iteration.attempt == attempt)
        .order_by(Iteration.number)
    )
    rows = list(iterations)
    records = await load_records(session, task.id, attempt)
    results = [made for row in rows if (made := recorded(records, row.number)) is not None]
    told = {
        row.number: feedback([each for each in results if each.number < row.number]) for row in rows
    }
    return Told(task, attempt, event.body, event.created_at, rows, list(calls), told)


def tell(told: Told) -> Trace:
    """The trace of a run. Takes its time over long texts: call it in a thread."""
    shared = _shared(told)
    spans = [_run(told, shared)]
    spans += [_iteration(told, row, shared) for row in told.iterations]
    spans += [_call(told, call, shared) for call in told.calls]
    return Trace(trace_id(told.task.id), tuple(spans), tuple(_scores(told)))


def _shared(told: Told) -> Attributes:
    task = told.task
    return {
        "langfuse.trace.name": safe_text(task.title),
        "langfuse.trace.tags": (task.task_type, *map(safe_text, task.labels)),
        "langfuse.trace.metadata.task_id": task.id,
        "langfuse.trace.metadata.project_id": task.project_id,
        "langfuse.release": __version__,
    }


def _run(told: Told, shared: Attributes) -> Span:
    task, result = told.task, told.result
    metadata = {
        "attempt": told.attempt,
        "status": result["status"],
        "failure_reason": result["failure_reason"],
        "branch": result["branch"],
        "quality": result["final_quality"],
        "cost_dollars": result["cost"],
        "iterations": len(told.iterations),
        "hrm_config_id": task.hrm_config_id,
    }
    attributes = shared | _kind("span") | _metadata(metadata)
    attributes[f"{_OBSERVATION}.input"] = safe_text(task.prompt)
    attributes[f"{_OBSERVATION}.output"] = _answer(told)
    failed = result["status"] == "failed"
    return Span(
        span_id=span_id(told.key),
        parent=None,
        name=f"task run {told.attempt}",
        start=_start(told),
        end=told.ended_at,
        attributes=attributes,
        error=f"failed: {result['failure_reason']}" if failed else None,
    )


def _start(told: Told) -> datetime:
    # The row of a task that has been put back into the queue meanwhile no longer has it.
    known = [row.started_at for row in told.iterations]
    known += [call.started_at for call in told.calls]
    if told.task.attempt == told.attempt and told.task.started_at is not None:
        known.append(told.task.started_at)
    return min(known, default=told.ended_at)


def _answer(told: Told) -> str:
    if told.task.attempt == told.attempt and told.task.content is not None:
        return safe_text(told.task.content)
    return _said(told.calls[-1]) if told.calls else ""


def _iteration(told: Told, row: Iteration, shared: Attributes) -> Span:
    gate = row.gate or {}
    metadata = {
        "agent": row.agent,
        "quality": row.quality,
        "tests_passing": row.tests_passing,
        "security_issues": row.security_issues,
        "changed_files": row.changed_files,
        "not_measured": ", ".join(row.not_measured),
        "gate": gate.get("action"),
        "gate_reason": gate.get("reason"),
        "commit": row.commit,
    } | {f"score_{name}": score for name, score in row.components.items()}
    attributes = shared | _kind("span") | _metadata(metadata)
    attributes[f"{_OBSERVATION}.output"] = safe_text("\n".join(row.suggestions))
    return Span(
        span_id=span_id(f"{told.key}/{row.number}"),
        parent=span_id(told.key),
        name=f"iteration {row.number}",
        start=row.started_at,
        end=row.completed_at or told.ended_at,
        attributes=attributes,
        error=None if row.completed_at is not None else "It was not evaluated.",
    )


def _call(told: Told, call: AgentCall, shared: Attributes) -> Span:
    metadata = {
        "agent": call.agent,
        "agent_type": call.agent_type,
        "state": call.state,
        "cost_source": call.cost_source,
        "context_tokens": call.context_tokens,
        "original_context_tokens": call.original_context_tokens,
    }
    attributes = shared | _kind("generation") | _metadata(metadata) | _usage(call)
    attributes |= {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": call.agent,
        "gen_ai.provider.name": call.agent_type,
        f"{_OBSERVATION}.input": _asked(told, call),
        f"{_OBSERVATION}.output": _said(call),
    }
    failed = call.state != "finished"
    return Span(
        span_id=span_id(call.call_id),
        parent=span_id(f"{told.key}/{call.iteration}"),
        name=f"call {call.agent}",
        start=call.started_at,
        end=call.completed_at or told.ended_at,
        attributes=attributes,
        error=_said(call) or call.state if failed else None,
    )


def _usage(call: AgentCall) -> Attributes:
    """Model, tokens and cost; what is not known is left out and never 0."""
    terminal = call.terminal or {}
    usage = terminal.get("usage", {})
    attributes: Attributes = {}
    if isinstance(model := terminal.get("metadata", {}).get("model"), str):
        attributes[f"{_OBSERVATION}.model.name"] = safe_text(model)
        attributes["gen_ai.response.model"] = safe_text(model)
    if call.tokens:
        details = {
            "input": usage.get("input", 0),
            "output": usage.get("output", 0),
            "cache_read_input_tokens": usage.get("cache_read", 0),
            "cache_creation_input_tokens": usage.get("cache_write", 0),
        }
        attributes[f"{_OBSERVATION}.usage_details"] = as_json(details)
        attributes["gen_ai.usage.input_tokens"] = details["input"]
        attributes["gen_ai.usage.output_tokens"] = details["output"]
    if call.cost_micros is not None:
        cost = {"total": call.cost_micros / MICROS}
        attributes[f"{_OBSERVATION}.cost_details"] = as_json(cost)
    return attributes


def _asked(told: Told, call: AgentCall) -> str:
    """The prompt, and what the evaluators had said of the work that the call went on from."""
    return safe_text("\n".join((told.task.prompt, *told.feedback.get(call.iteration, ()))))


def _said(call: AgentCall) -> str:
    terminal = call.terminal or {}
    return safe_text(str(terminal.get("content") or terminal.get("message") or ""))


def _scores(told: Told) -> Iterator[Score]:
    quality = told.result["final_quality"]
    if isinstance(quality, int | float):
        yield Score(f"{told.key}/quality", span_id(told.key), "quality", float(quality))
    for row in told.iterations:
        if row.quality is not None:
            key = f"{told.key}/{row.number}"
            yield Score(f"{key}/quality", span_id(key), "iteration_quality", row.quality)


def _kind(kind: str) -> Attributes:
    return {f"{_OBSERVATION}.type": kind}


def _metadata(pairs: Mapping[str, object]) -> Attributes:
    """Top-level metadata, which Langfuse can filter by; what is unknown is left out."""
    return {
        f"{_OBSERVATION}.metadata.{name}": safe_text(str(value))
        for name, value in pairs.items()
        if value is not None and value != ""
    }
