"""Usage limits and caps in the loop: waiting, switching, refusing, each told in a sentence."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from phantom.agents.connections import Change, Connection
from phantom.agents.port import (
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
    Finished,
    Usage,
    UsageReport,
)
from phantom.agents.scripted import ScriptedAgent
from phantom.api.services import Services
from phantom.clock import utc_now
from phantom.db import models
from phantom.hrm.service import Target, Wish
from phantom.projects.config import ProjectConfiguration
from phantom.projects.service import ProjectChanges
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, ConnectionType, ProjectType, TaskStatus, TaskType
from tests.support.runtime import calling, finishing, running, scripted

_PATIENCE_SECONDS = 30
ORDER = Order(prompt="Do something", task_type=TaskType.DEBUGGING)
FOREVER = 4 * 3600.0


def limited(agent_id: str, *seconds: float) -> tuple[ScriptedAgent, list[str]]:
    """An agent that is refused so often, each time for so long; and whom it was called by."""
    called: list[str] = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        called.append(request.call_id)
        if len(called) <= len(seconds):
            after = seconds[len(called) - 1]
            yield Failed(kind=ErrorKind.RATE_LIMIT, message="429", retry_after=after)
        else:
            yield Finished(content=f"done by {agent_id}")

    return calling(script, agent_id), called


async def ended(services: Services, task: models.Task) -> models.Task:
    """The task, once it has ended."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return await services.tasks.wait(task.id)


async def told(services: Services, kind: str, words: str = "") -> list[models.JsonObject]:
    """Events of one type, with these words in them."""
    events = await services.store.after(0)
    return [
        event.body for event in events if event.body["type"] == kind and words in str(event.body)
    ]


async def waiting(services: Services) -> models.JsonObject:
    """What a task waits for, once it does."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not (found := await told(services, "agent_activity", "Waiting.")):
            await asyncio.sleep(0.05)
    return found[0]


async def test_a_limit_is_waited_for_where_nobody_else_can(
    tmp_path: Path, database_url: str
) -> None:
    """It is told, counts as no failure, and the task succeeds when it resumes."""
    agent, called = limited("only", 0.5)
    async with running(tmp_path, [agent], database_url=database_url) as services:
        task = await ended(services, await services.tasks.submit(ORDER))
        alerts = await told(services, "system_alert", "Agent 'only' has reached its usage limit")
        health = await services.breakers.status([])
        waits = await told(services, "agent_activity", "Waiting.")

    assert (TaskStatus.COMPLETED, "done by only") == (task.status, task.content)
    assert 2 == len(called)
    assert 1 == len(alerts)
    assert {} == health
    assert {"waiting"} == {each["detail"]["kind"] for each in waits}


async def test_another_agent_takes_over_where_one_can(tmp_path: Path, database_url: str) -> None:
    """The next task does not ask the limited one at all."""
    agent, called = limited("first", FOREVER)
    async with running(
        tmp_path, [agent, finishing("second")], database_url=database_url
    ) as services:
        for _ in range(2):
            task = await ended(services, await services.tasks.submit(ORDER))
            assert TaskStatus.COMPLETED == task.status
        switches = await told(services, "agent_switch")

    assert 1 == len(called)
    assert [("first", "second", "rate_limited")] == [
        (each["from_agent"], each["to_agent"], each["reason"]) for each in switches
    ]


async def test_quality_first_waits_for_its_agent(tmp_path: Path) -> None:
    """Though another one could be asked."""
    agent, called = limited("first", 0.5)
    async with running(tmp_path, [agent, finishing("second")]) as services:
        changes = {"agent_switching": {"strategy": "quality_first"}}
        await services.hrm.update(Target(), Wish(changes=changes, by="test", apply_now=False))
        task = await ended(services, await services.tasks.submit(ORDER))

    assert (2, "done by first") == (len(called), task.content)


async def test_what_resumes_too_late_fails_with_the_time(tmp_path: Path) -> None:
    """At once, and not at the task's time limit."""
    agent, _ = limited("only", FOREVER)
    async with running(tmp_path, [agent]) as services:
        task = await ended(services, await services.tasks.submit(ORDER))

    assert "no_agent" == task.failure_reason
    assert "only has reached its usage limit and resumes at" in (task.failure_detail or "")


async def test_a_waiting_task_can_be_cancelled(tmp_path: Path) -> None:
    """Within moments, and nobody is called any more."""
    agent, called = limited("only", 600.0)
    async with running(tmp_path, [agent]) as services:
        task = await services.tasks.submit(ORDER)
        assert "resumes" in str((await waiting(services))["message"])
        await services.tasks.cancel(task.id)
        async with asyncio.timeout(3):
            task = await services.tasks.wait(task.id)

    assert "cancelled" == task.failure_reason
    assert 1 == len(called)


async def test_a_restart_goes_on_waiting(tmp_path: Path, database_url: str) -> None:
    """The limit is kept, the refused call is not made again, and the wait ends when it should."""
    agent, called = limited("only", 600.0)
    async with running(tmp_path, [agent], database_url=database_url) as services:
        task = await services.tasks.submit(ORDER)
        await waiting(services)
    async with running(tmp_path, [agent], database_url=database_url) as services:
        await waiting(services)
        assert 1 == len(called)
        async with services.database.write() as session:
            over = utc_now() - timedelta(seconds=1)
            await session.execute(update(models.RateWindow).values(resumes_at=over))
        task = await ended(services, task)

    assert (TaskStatus.COMPLETED, 2) == (task.status, len(called))


async def test_a_task_that_waits_ends_when_its_last_agent_is_gone(tmp_path: Path) -> None:
    """Disabled meanwhile: it is not waited for any longer, and the sentence says so."""
    agent, _ = limited("claude_main", 600.0)
    async with running(tmp_path, [agent]) as services:
        await services.connections.create(
            Connection(
                agent_id="claude_main",
                agent_name="Claude",
                agent_type=AgentType.CLAUDE,
                connection_type=ConnectionType.LOCAL,
            )
        )
        task = await services.tasks.submit(ORDER)
        await waiting(services)
        change = Change(fields=frozenset({"enabled"}), enabled=False)
        await services.connections.update("claude_main", change)
        task = await ended(services, task)
        by_name = Order(prompt="x", task_type=TaskType.DEBUGGING, agent="claude_main")
        asked = await ended(services, await services.tasks.submit(by_name))

    for each in (task, asked):
        assert "no_agent" == each.failure_reason
        assert "claude_main is disabled. Enable or connect an agent" in (each.failure_detail or "")


async def test_an_agent_that_fails_without_end_is_given_up(tmp_path: Path) -> None:
    """As often as its kind of failure is tried, over all its limits."""
    called: list[str] = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        called.append(request.call_id)
        kind = ErrorKind.RATE_LIMIT if len(called) == 2 else ErrorKind.ERROR
        yield Failed(kind=kind, message="no", retry_after=0.1)

    async with running(tmp_path, [calling(script)]) as services:
        task = await ended(services, await services.tasks.submit(ORDER))

    assert ("agent_failed", 3) == (task.failure_reason, len(called))


@pytest.mark.parametrize("settings", [{"daily_cap": 0.3}, {"monthly_cap": 0.3}])
async def test_a_cap_of_the_server_refuses_with_a_sentence(
    tmp_path: Path, settings: dict[str, float]
) -> None:
    """Once what is left is nothing; it says when there is money again."""
    async with running(tmp_path, [finishing("paid", cost=0.2)], further=settings) as services:
        tasks = [await ended(services, await services.tasks.submit(ORDER)) for _ in range(3)]

    assert [None, None, "budget"] == [task.failure_reason for task in tasks]
    period = "daily" if "daily_cap" in settings else "monthly"
    sentence = tasks[-1].failure_detail or ""
    assert f"of the server's {period} cap of $0.30 only $0.0000 is left" in sentence
    assert "$0.4000 is spent. It frees at" in sentence


async def test_a_projects_budget_counts_from_its_change_on(tmp_path: Path) -> None:
    """In all and for each task."""
    async with running(tmp_path, [finishing("paid", cost=0.2)]) as services:
        config = ProjectConfiguration.model_validate({"budget": {"total": 0.2}})
        project = await services.projects.create("Mine", ProjectType.PYTHON, None, config)
        order = Order(prompt="x", task_type=TaskType.DEBUGGING, project_id=project.project.id)
        first = await ended(services, await services.tasks.submit(order))
        second = await ended(services, await services.tasks.submit(order))
        more = ProjectConfiguration.model_validate({"budget": {"total": None, "per_task": 0.0}})
        await services.projects.update(project.project.id, ProjectChanges(config=more))
        third = await ended(services, await services.tasks.submit(order))

    assert [None, "budget", "cost_ceiling"] == [
        each.failure_reason for each in (first, second, third)
    ]
    assert "the project's total budget of $0.20" in (second.failure_detail or "")


async def test_tasks_wait_for_money_that_may_come_back(tmp_path: Path, database_url: str) -> None:
    """A call that may cost all that is left holds it; what it did not use is the next one's."""
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    budgets: list[float | None] = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        budgets.append(request.budget)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(_PATIENCE_SECONDS)
        yield Finished(content="done", cost=0.1)

    async with running(
        tmp_path, [calling(script)], database_url=database_url, further={"daily_cap": 0.5}
    ) as services:
        tasks = [await services.tasks.submit(ORDER) for _ in range(2)]
        assert "$0.5000 set aside for calls under way" in str((await waiting(services))["message"])
        go_on.set()
        done = [await ended(services, task) for task in tasks]

    assert [TaskStatus.COMPLETED] * 2 == [task.status for task in done]
    assert [0.5, 0.4] == budgets


async def test_a_call_that_breaks_off_pays_what_it_had_told(tmp_path: Path) -> None:
    """It did not cost nothing; where it told nothing, nobody knows what it cost."""
    told_so_far = UsageReport(usage=Usage(input=100, output=7), cost=0.1)
    agents = [scripted([told_so_far], "telling"), scripted([], "silent")]
    async with running(tmp_path, agents) as services:
        await ended(services, await services.tasks.submit(ORDER))
        async with services.database.read() as session:
            calls = list(await session.scalars(select(models.AgentCall)))

    assert {("telling", 100_000, "table", 107), ("silent", None, "unknown", 0)} == {
        (call.agent, call.cost_micros, call.cost_source, call.tokens) for call in calls
    }


async def test_a_stopped_call_pays_what_it_had_told(tmp_path: Path, database_url: str) -> None:
    """The rest is refunded, to be seen in the books; one that told nothing keeps what it held."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        if "tell" in request.prompt:
            yield UsageReport(usage=Usage(input=100), cost=0.1)
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(_PATIENCE_SECONDS)
        yield Finished(content="too late")

    async with running(tmp_path, [calling(script)], database_url=database_url) as services:
        for prompt in ("tell", "say nothing"):
            reached.clear()
            order = Order(prompt=prompt, task_type=TaskType.DEBUGGING)
            task = await services.tasks.submit(order)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await reached.wait()
            await services.tasks.cancel(task.id)
            await ended(services, task)
        go_on.set()
        async with services.database.read() as session:
            in_order = select(models.LedgerEntry).order_by(models.LedgerEntry.id)
            entries = list(await session.scalars(in_order))

    books = [(entry.kind, entry.amount_micros, entry.source) for entry in entries]
    share = entries[0].amount_micros or 0
    assert [
        ("reserve", share, "table"),
        ("settle", 100_000, "table"),
        ("refund", share - 100_000, "table"),
        ("reserve", 100_000, "table"),
        ("settle", None, "unknown"),
    ] == books
