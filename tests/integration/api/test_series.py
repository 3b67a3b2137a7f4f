"""What Prometheus is told of the work, held against the rows of the work itself."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from phantom.agents.port import (
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
    Finished,
    Outcome,
    Usage,
)
from phantom.api.instruments import Instruments
from phantom.api.services import Services
from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.db.models import MICROS
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support import rows
from tests.support.api import Edge
from tests.support.power_cut import RightSum
from tests.support.prometheus import Scrape
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, finishing, running


def stumbling(request: AgentRequest) -> Iterator[AgentEvent]:
    """Fails at first, is wrong in the first round, and right in the second."""
    if request.call_id.endswith("/1-1"):
        yield Failed(kind=ErrorKind.OVERLOADED, message="busy", usage=Usage(input=3), cost=0.01)
        return
    right = "a + b" if request.iteration > 1 else "a * b"
    (request.workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
    usage = Usage(input=100, output=20, cache_read=7)
    yield Finished(content="done", usage=usage, cost=None if request.iteration > 1 else 0.25)


def refusing(_request: AgentRequest) -> Iterator[AgentEvent]:
    """Says that it is not the one for this."""
    yield Finished(content="", outcome=Outcome.NEEDS_AGENT)


async def all_of(services: Services, kind: type[models.Base]) -> list[models.Base]:
    """All rows of a table."""
    async with services.database.read() as session:
        return list(await session.scalars(select(kind)))


async def work(services: Services, repository: Path) -> None:
    """A task that succeeds in the second round, one that is refused, one that is retried."""
    for agent, task_type in (
        ("stumbling", TaskType.DEBUGGING),
        ("refusing", TaskType.CODE_GENERATION),
        ("willing", TaskType.SECURITY),
    ):
        order = Order(prompt="Mend", task_type=task_type, agent=agent, workspace=str(repository))
        ended = await services.tasks.wait((await services.tasks.submit(order)).id)
    await services.tasks.wait((await services.tasks.retry(ended.id)).id)


async def test_every_figure_of_the_loop_is_that_of_the_rows(
    tmp_path: Path, git_repo: GitRepoFactory, database_url: str
) -> None:
    """Tasks, iterations, calls, tokens, money, evaluators, gates and steps."""
    repository = git_repo({"calc.py": "def add(a, b):\n    return a - b\n"})
    agents = [
        calling(stumbling, "stumbling"),
        calling(refusing, "refusing"),
        finishing("willing"),
    ]
    async with running(
        tmp_path, agents, database_url=database_url, evaluators=[RightSum()]
    ) as services:
        instruments = Instruments(services)
        await work(services, repository)
        await instruments.standing.refresh(0)
        told = Scrape((await asyncio.to_thread(instruments.exposition)).decode())
        tasks = await all_of(services, models.Task)
        opened = await all_of(services, models.Iteration)
        calls = await all_of(services, models.AgentCall)
        evaluations = await all_of(services, models.Evaluation)
        entries = await all_of(services, models.LedgerEntry)
        steps = await all_of(services, models.StepRecord)
        events = await services.store.after(0)
    # A round whose agent refused was opened, and never evaluated.
    iterations = [row for row in opened if row.completed_at is not None]
    # The one that was retried ended once more than it has rows.
    assert len(tasks) + 1 == told.total("phantom_tasks_ended_total")
    assert 3 == told.total("phantom_tasks_ordered_total")
    assert 1 == told("phantom_tasks_retried_total")
    assert 3 == told("phantom_queue_wait_seconds_count")
    for status in TaskStatus:
        assert [task.status for task in tasks].count(status) == told("phantom_tasks", status=status)
    assert len(iterations) == told.total("phantom_iterations_total") > 2
    assert len(iterations) == told.total("phantom_gate_decisions_total")
    assert len(iterations) == told("phantom_evaluation_duration_seconds_count")
    measured = [row.quality for row in iterations if row.quality is not None]
    assert (len(measured), sum(measured)) == (
        told("phantom_iteration_quality_count"),
        told("phantom_iteration_quality_sum"),
    )
    assert len(calls) == told("phantom_agent_calls_begun_total", agent_type="openai")
    assert len(calls) == told.total("phantom_agent_calls_ended_total")
    assert 1 == told("phantom_agent_call_errors_total", agent_type="openai", kind="overloaded")
    refused = told("phantom_agent_calls_ended_total", agent_type="openai", outcome="needs_agent")
    assert 1 <= refused
    assert sum(call.tokens for call in calls) == told.total("phantom_tokens_total")
    assert sum(call.tokens for call in calls) == told("phantom_tokens_today")
    known = sum(call.cost_micros for call in calls if call.cost_micros is not None) / MICROS
    assert known == told.total("phantom_cost_dollars_total") == 0.26
    assert known == told("phantom_cost_today_dollars")
    unknown = [call for call in calls if call.cost_micros is None]
    assert len(unknown) == told.total("phantom_calls_of_unknown_cost_total") == 1
    reserved = sum(entry.amount_micros for entry in entries if entry.kind == "reserve") / MICROS
    assert abs(reserved - told("phantom_reserved_dollars_total")) < 1e-9
    # Of the call of unknown cost the reservation counts.
    (kept,) = [
        entry.amount_micros / MICROS
        for entry in entries
        if entry.kind == "reserve" and entry.call_id == unknown[0].call_id
    ]
    for period in ("day", "month"):
        assert abs(known + kept - told("phantom_capped_dollars", period=period)) < 1e-9
    assert 0 == told("phantom_reserved_open_dollars") == told("phantom_agents_limited")
    assert len(evaluations) == told.total("phantom_evaluator_verdicts_total")
    assert len(steps) == told.total("phantom_step_duration_seconds_count")
    assert len(events) == told.total("phantom_events_total")
    assert events[-1].seq == told("phantom_events_last_id")
    assert 1 == told("phantom_workers") == told("phantom_database_up")


async def half_stored(database: Database) -> None:
    """A task is written, and then one whose project does not exist."""
    owner = rows.project()
    async with database.write() as session:
        session.add(owner)
        await session.flush()
        session.add(rows.task(owner.id))
        await session.flush()
        session.add(rows.task(models.new_id()))


async def test_what_was_rolled_back_is_not_counted(edge: Edge, asking: httpx.AsyncClient) -> None:
    """A transaction that failed is one that failed, and nothing it wrote happened."""
    database = edge.services.database
    with pytest.raises(IntegrityError):
        await half_stored(database)
    await rows.stored_task(database, task_type="security")
    told = Scrape((await asking.get("/api/metrics")).text)
    assert 1 == told("phantom_db_transactions_total", kind="write", end="rolled_back")
    assert 1 == told("phantom_tasks_ordered_total", task_type="security")
    assert 1 == told.total("phantom_tasks_ordered_total")


async def test_a_scrape_tells_how_long_orders_wait(edge: Edge, asking: httpx.AsyncClient) -> None:
    """By the oldest that is pending; what has ended waits no more."""
    ago = utc_now() - timedelta(hours=2)
    await rows.stored_task(edge.services.database, created_at=ago)
    await rows.stored_task(
        edge.services.database,
        created_at=ago - timedelta(days=1),
        status=TaskStatus.FAILED,
        completed_at=ago,
    )
    told = Scrape((await asking.get("/api/metrics")).text)
    assert 7200 <= told("phantom_queue_oldest_seconds") < 7300
    assert 1 == told("phantom_queue_depth")


async def test_a_scrape_looks_at_no_task_that_has_ended(
    edge: Edge, asking: httpx.AsyncClient
) -> None:
    """Each statement on tasks names the open states, for which there is an index."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(edge.services.database.engine.sync_engine, "before_cursor_execute", note)
    await asking.get("/api/metrics")
    on_tasks = [each for each in seen if "FROM tasks" in each]
    assert 2 == len(on_tasks)
    assert [] == [each for each in on_tasks if "WHERE tasks.status" not in each]
    assert [] == [each for each in seen if "iterations" in each.split("FROM")[-1]]


@pytest.fixture
def lost(tmp_path: Path) -> Edge:
    """The application over a database where nobody listens."""
    return Edge(tmp_path, database_url="postgresql://x@127.0.0.1:1/none")


async def test_a_scrape_works_on_without_the_database(lost: Edge) -> None:
    """And says that it does not answer."""
    transport = httpx.ASGITransport(lost.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/api/metrics")
    assert 200 == answer.status_code
    told = Scrape(answer.text)
    assert 0 == told("phantom_database_up")
    assert 0 < told("phantom_disk_free_bytes")
    assert 1 == told.total("phantom_info")
