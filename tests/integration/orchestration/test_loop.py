"""The story of a task, told with agents that succeed, fail, refuse, rave, and are cancelled."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from phantom import processes
from phantom.agents.detached import DetachedAgent
from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    Cancelled,
    ErrorKind,
    FileEdit,
    Finished,
    Outcome,
    TextDelta,
    ToolUse,
    Usage,
    UsageReport,
)
from phantom.api.services import Services
from phantom.clock import utc_now
from phantom.db import models
from phantom.errors import Conflict
from phantom.orchestration.loop import MAX_STARTS
from phantom.projects.service import AD_HOC_ID
from phantom.security.sandbox import Uncaged
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, CostSource, TaskStatus, TaskType
from tests.support import rows as support_rows
from tests.support.power_cut import RightSum
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, failing, finishing, running, scripted

_PATIENCE_SECONDS = 30
ORDER = Order(prompt="Do something", task_type=TaskType.DEBUGGING)


@pytest.fixture(autouse=True)
async def nothing_left(tmp_path: Path) -> AsyncIterator[None]:
    """What a failed test leaves at work is ended."""
    yield
    await processes.sweep(mark="of no task", directory=tmp_path)


async def ended(services: Services, order: Order = ORDER) -> models.Task:
    """The task of an order, once it has ended."""
    task = await services.tasks.submit(order)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return await services.tasks.wait(task.id)


async def rows(services: Services, kind: type[models.Base]) -> list[models.Base]:
    """All rows of a table."""
    async with services.database.read() as session:
        return list(await session.scalars(select(kind)))


async def bodies(services: Services, kind: str) -> list[models.JsonObject]:
    """The events of one type, oldest first."""
    return [event.body for event in await services.store.after(0) if event.body["type"] == kind]


# How calls end


async def test_an_agents_work_becomes_a_branch(
    tmp_path: Path, git_repo: GitRepoFactory, database_url: str
) -> None:
    """With its answer, its session, its tokens, its cost, and what it said on the way."""
    repository = git_repo({"calc.py": "def add(a, b):\n    return a - b\n"})

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        yield Activity(message="looking", detail={"files": 1})
        yield ToolUse(tool="read", summary="calc.py")
        yield TextDelta(text="I see.")
        yield UsageReport(usage=Usage(input=5))
        right = "a + b" if request.iteration > 1 else "a * b"
        (request.workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
        yield FileEdit(path="calc.py")
        yield Finished(
            content=f"Iteration {request.iteration} \0 done",
            usage=Usage(input=10, output=1),
            cost=0.25,
            session_id="s" * 300,
        )

    order = Order(prompt="Mend", task_type=TaskType.DEBUGGING, workspace=str(repository))
    async with running(
        tmp_path, [calling(script)], database_url=database_url, evaluators=[RightSum()]
    ) as services:
        task = await ended(services, order)
        said = [body["message"] for body in await bodies(services, "agent_activity")]
        ledger = await rows(services, models.LedgerEntry)

    assert (TaskStatus.COMPLETED, 2, 1.0) == (task.status, task.best_iteration, task.final_quality)
    assert (22, 500_000) == (task.tokens, task.actual_cost_micros)
    assert "Iteration 2 \ufffd done" == task.content
    assert "s" * 300 == task.session_id
    counted = "5 tokens so far, 0 of them written"
    assert ["looking", "read: calc.py", "I see.", counted, "edited calc.py"] * 2 == said
    assert Counter({"reserve": 2, "settle": 2}) == Counter(row.kind for row in ledger)
    assert "return a + b" in git_repo.git(repository, "show", f"{task.branch}:calc.py")


async def test_an_agent_that_fails_is_asked_twice_and_then_replaced(
    tmp_path: Path, database_url: str
) -> None:
    """The switch is told, and the failures are on record."""
    async with running(
        tmp_path, [failing("weak"), finishing("strong")], database_url=database_url
    ) as services:
        task = await ended(services)
        made = [(row.agent, row.state) for row in await rows(services, models.AgentCall)]
        switches = await bodies(services, "agent_switch")

    assert TaskStatus.COMPLETED == task.status
    assert Counter({("weak", "failed"): 2, ("strong", "finished"): 1}) == Counter(made)
    assert 1 == task.agent_switches
    assert [("weak", "strong", "agent_failed")] == [
        (each["from_agent"], each["to_agent"], each["reason"]) for each in switches
    ]


@pytest.mark.parametrize("kind", [ErrorKind.AUTH, ErrorKind.NOT_INSTALLED, ErrorKind.DENIED])
async def test_a_hopeless_failure_is_not_tried_again(tmp_path: Path, kind: ErrorKind) -> None:
    """Asking a second time cannot help."""
    async with running(tmp_path, [failing("weak", kind), finishing("strong")]) as services:
        assert TaskStatus.COMPLETED == (await ended(services)).status
        assert 2 == len(await rows(services, models.AgentCall))


async def test_when_all_fail_every_cause_is_told(tmp_path: Path) -> None:
    """The task fails as `agent_failed`."""
    agents = [failing("one", message="no key"), failing("two", ErrorKind.AUTH, "expired")]
    async with running(tmp_path, agents) as services:
        task = await ended(services)

    assert (TaskStatus.FAILED, "agent_failed") == (task.status, task.failure_reason)
    assert task.failure_detail
    for part in ("one: no key", "two: expired"):
        assert part in task.failure_detail


async def test_an_honest_refusal_asks_for_another_agent(tmp_path: Path) -> None:
    """It is not tried again; what it said is the answer; another agent that can is asked first."""
    refusing = scripted([Finished(content="I only repair.", outcome=Outcome.NEEDS_AGENT)], "humble")
    async with running(tmp_path, [refusing]) as services:
        task = await ended(services)
        assert 1 == len(await rows(services, models.AgentCall))

    assert (TaskStatus.FAILED, "needs_agent") == (task.status, task.failure_reason)
    assert "I only repair." == task.content
    assert "phantom doctor" in (task.failure_detail or "")


async def test_a_refusal_is_followed_by_who_can(tmp_path: Path) -> None:
    """The task is done by the next agent."""
    refusing = scripted([Finished(content="", outcome=Outcome.NEEDS_AGENT)], "humble")
    async with running(tmp_path, [refusing, finishing("proud")]) as services:
        assert TaskStatus.COMPLETED == (await ended(services)).status
        switch = (await bodies(services, "agent_switch"))[0]
        said = await bodies(services, "agent_activity")

    assert ("humble", "proud", "needs_agent") == (
        switch["from_agent"],
        switch["to_agent"],
        switch["reason"],
    )
    # By then one has a record, though of a refusal, and the other one has none.
    assert "proud has no record" in f"{said[0]['agent']} {said[0]['message'].removeprefix('It ')}"


async def test_no_agent_at_all_is_said_so(tmp_path: Path) -> None:
    """The task fails as `no_agent`, with what to do."""
    async with running(tmp_path, []) as services:
        task = await ended(services)

    assert "no_agent" == task.failure_reason
    assert "phantom doctor" in (task.failure_detail or "")


@pytest.mark.parametrize("events", [[], [Activity(message="hm")]])
async def test_events_without_a_result_are_a_failure(
    tmp_path: Path, events: list[AgentEvent]
) -> None:
    """However they end."""
    async with running(tmp_path, [scripted(events)]) as services:
        task = await ended(services)

    assert "ended without a result" in (task.failure_detail or "")


async def test_an_unknown_cost_stays_unknown(tmp_path: Path) -> None:
    """In the ledger; the sum of the task counts what is known."""
    agent = finishing(cost=None, cost_source=CostSource.UNKNOWN)
    async with running(tmp_path, [agent]) as services:
        task = await ended(services)
        (settled,) = [r for r in await rows(services, models.LedgerEntry) if r.kind == "settle"]

    assert (None, "unknown") == (settled.amount_micros, settled.source)
    assert 0 == task.actual_cost_micros


async def test_what_changes_the_machine_is_left_to_a_person(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """The branch is made; the result names the files for which nothing pushes or merges it."""
    repository = git_repo({".claude/settings.json": "{}", "calc.py": "a + b"})

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        (request.workspace / ".claude" / "settings.json").rename(request.workspace / "b.json")
        (request.workspace / ".mcp.json").write_text("{}")
        yield Finished(content="done")

    order = Order(prompt="Add", task_type=TaskType.DEBUGGING, workspace=str(repository))
    async with running(tmp_path, [calling(script)], evaluators=[RightSum()]) as services:
        task = await ended(services, order)

    assert {".claude/settings.json", ".mcp.json"} == set(task.result["needs_review"])
    assert task.branch
    assert "b.json" in git_repo.git(repository, "ls-tree", "--name-only", task.branch)


def raving(journals: Path, source: str) -> DetachedAgent:
    """A process that prints what is no event, and stays."""
    program = journals.parent / "raving.py"
    program.write_text(source)
    return DetachedAgent(
        "raving",
        AgentType.OPENAI,
        command=lambda request: [sys.executable, "-S", str(program), str(request)],
        can=lambda _: True,
        journals=journals,
        sandbox=Uncaged(),
    )


async def test_nothing_of_a_failed_call_goes_on_beside_the_next(tmp_path: Path) -> None:
    """An agent that raves and does not end is ended, before anybody else works in its tree."""
    seen: list[bool] = []
    source = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    agent = raving(tmp_path / "calls", source)

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        pids = [int(path.read_text()) for path in (tmp_path / "calls").rglob("pid")]
        seen.extend(map(processes.is_running, pids))
        yield Finished(content=request.call_id)

    async with running(tmp_path, [agent, calling(script, "next")]) as services:
        assert TaskStatus.COMPLETED == (await ended(services)).status

    assert [False, False] == seen


# Cancelling

_FAMILY = """
import os, subprocess, sys, time
subprocess.Popen(["sleep", "600"])
subprocess.Popen(["setsid", "sleep", "600"])
middle = os.fork()
if middle == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(600)
    os._exit(0)
os.waitpid(middle, 0)
print('{"type": "activity", "message": "at work"}', flush=True)
time.sleep(600)
"""


async def marked(task_id: str) -> list[int]:
    """Processes that were started for the task."""
    found = await asyncio.to_thread(processes._marked, task_id, None)
    return [process.pid for process in found]


async def begun(services: Services, task_id: str) -> None:
    """Return once the agent of the task has said something."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await bodies(services, "agent_activity"):
            await asyncio.sleep(0.02)
    assert await marked(task_id)


async def test_cancelling_ends_the_agent_with_its_whole_family(
    tmp_path: Path, database_url: str
) -> None:
    """Children, those in sessions of their own, and orphans too; the call is on record."""
    agent = raving(tmp_path / "calls", _FAMILY)
    async with running(tmp_path, [agent], database_url=database_url) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)
        family = await marked(task.id)
        assert len(family) >= 4

        await services.tasks.cancel(task.id)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            cancelled = await services.tasks.wait(task.id)

        assert (TaskStatus.FAILED, "cancelled") == (cancelled.status, cancelled.failure_reason)
        assert [] == [pid for pid in family if processes.is_running(pid)]
        assert [] == await marked(task.id)
        (call,) = await rows(services, models.AgentCall)
        assert ("cancelled", None) == (call.state, call.cost_micros)
        assert call.terminal is not None
        assert isinstance(Cancelled.model_validate(call.terminal), Cancelled)
        with pytest.raises(Conflict, match="already ended"):
            await services.tasks.cancel(task.id)


async def test_a_request_made_elsewhere_is_found_in_the_database(tmp_path: Path) -> None:
    """Another process only sets the flag."""
    agent = raving(tmp_path / "calls", _FAMILY)
    async with running(tmp_path, [agent]) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)

        async with services.database.write() as session:
            await session.execute(update(models.Task).values(cancel_requested=True))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            cancelled = await services.tasks.wait(task.id)

    assert "cancelled" == cancelled.failure_reason
    assert [] == await marked(task.id)


def pending(project_id: str = AD_HOC_ID) -> models.Task:
    """A task that nobody has queued."""
    return support_rows.task(project_id)


async def run_over(services: Services, task_id: str) -> None:
    """Return once the run of the task has ended, whatever came of it."""
    run = (task_id, 1)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not (fate := (await services.tasks._engine.fates([run])).get(run)) or not fate.ended:
            await asyncio.sleep(0.02)


async def test_a_task_that_waits_is_cancelled_at_once(tmp_path: Path) -> None:
    """It never starts."""
    calls_made = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        calls_made.append(request.call_id)
        yield Finished(content="")

    async with running(tmp_path, [calling(script)]) as services:
        task = pending()
        async with services.database.write() as session:
            session.add(task)
        cancelled = await services.tasks.cancel(task.id)
        # Queued as late as this, the run finds that there is nothing to do.
        await services.tasks._engine.enqueue(task.id, 1)
        await run_over(services, task.id)

    assert (TaskStatus.FAILED, "cancelled") == (cancelled.status, cancelled.failure_reason)
    assert [] == calls_made


async def test_a_cancellation_that_is_being_written_is_not_overwritten(
    tmp_path: Path, postgres_url: str
) -> None:
    """A run that begins in that instant waits for it, and then does not begin."""
    async with running(tmp_path, [finishing()], database_url=postgres_url) as services:
        task = pending()
        async with services.database.write() as session:
            session.add(task)
        async with services.store.transaction() as transaction:
            row = await transaction.session.get_one(models.Task, task.id, with_for_update=True)
            row.status, row.cancel_requested = TaskStatus.FAILED, True
            await transaction.session.flush()
            await services.tasks._engine.enqueue(task.id, 1)
            await asyncio.sleep(0.5)
        await run_over(services, task.id)
        found = await services.tasks.get(task.id)
        assert [] == await rows(services, models.AgentCall)

    assert (TaskStatus.FAILED, 0) == (found.status, found.starts)


async def test_the_projects_time_limit_ends_a_task(tmp_path: Path) -> None:
    """With its whole family; the best there is counts, here nothing."""
    agent = raving(tmp_path / "calls", _FAMILY)
    async with running(tmp_path, [agent]) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)
        # Half an hour later, as the run sees it after a restart.
        async with services.database.write() as session:
            moment = utc_now() - timedelta(minutes=31)
            await session.execute(update(models.Task).values(started_at=moment))

    async with running(tmp_path, [agent]) as services, asyncio.timeout(_PATIENCE_SECONDS):
        late = await services.tasks.wait(task.id)

    assert (TaskStatus.FAILED, "deadline") == (late.status, late.failure_reason)
    assert "timeframe.max_minutes" in (late.failure_detail or "")
    assert [] == await marked(task.id)


# Restarts in one process


async def test_a_stopped_runtime_goes_on_where_it_was(tmp_path: Path, database_url: str) -> None:
    """The agent outlives it and is heard by the next; no event is told twice."""
    source = (
        "import json, os, sys, time\n"
        "request = json.load(open(sys.argv[1]))\n"
        "for n in range(3):\n"
        "    print(json.dumps({'type': 'activity', 'message': str(n)}), flush=True)\n"
        "go = os.path.join(os.path.dirname(sys.argv[1]), 'go')\n"
        "while not os.path.exists(go): time.sleep(0.02)\n"
        "print(json.dumps({'type': 'activity', 'message': 'last'}), flush=True)\n"
        "print(json.dumps({'type': 'finished', 'content': 'done'}), flush=True)\n"
    )
    agent = raving(tmp_path / "calls", source)
    async with running(tmp_path, [agent], database_url=database_url) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)
    (tmp_path / "calls" / task.id / "1" / "1-1" / "go").touch()

    async with running(tmp_path, [agent], database_url=database_url) as services:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            done = await services.tasks.wait(task.id)
        said = [body["message"] for body in await bodies(services, "agent_activity")]
        (call,) = await rows(services, models.AgentCall)

    assert (TaskStatus.COMPLETED, 2) == (done.status, done.starts)
    assert ["0", "1", "2", "last"] == said
    assert "finished" == call.state


async def test_a_run_whose_workspace_is_gone_ends_with_what_to_do(tmp_path: Path) -> None:
    """As at a worker with another home, which finds the records and not the files."""
    agent = raving(tmp_path / "calls", _FAMILY)
    async with running(tmp_path, [agent]) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)
    await asyncio.to_thread(shutil.rmtree, tmp_path / "phantom-home" / "workspaces" / task.id)

    async with running(tmp_path, [agent]) as services, asyncio.timeout(_PATIENCE_SECONDS):
        lost = await services.tasks.wait(task.id)

    assert "workspace" == lost.failure_reason
    assert "Workers of one database need one home" in (lost.failure_detail or "")


async def test_an_agent_that_was_disconnected_meanwhile_is_replaced(tmp_path: Path) -> None:
    """Its call failed, at a cost that nobody knows."""
    agent = raving(tmp_path / "calls", _FAMILY)
    async with running(tmp_path, [agent]) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)

    async with running(tmp_path, [finishing("other")]) as services:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            done = await services.tasks.wait(task.id)
        states = {row.agent: row.state for row in await rows(services, models.AgentCall)}

    assert TaskStatus.COMPLETED == done.status
    assert {"raving": "failed", "other": "finished"} == states
    assert [] == await marked(task.id)


async def test_a_run_that_takes_the_server_down_again_and_again_is_given_up(
    tmp_path: Path,
) -> None:
    """As `crash_loop`, with nothing of it left running."""
    agent = raving(tmp_path / "calls", _FAMILY)
    async with running(tmp_path, [agent]) as services:
        task = await services.tasks.submit(ORDER)
        await begun(services, task.id)
        async with services.database.write() as session:
            await session.execute(update(models.Task).values(starts=MAX_STARTS))

    async with running(tmp_path, [agent]) as services, asyncio.timeout(_PATIENCE_SECONDS):
        given_up = await services.tasks.wait(task.id)

    assert (TaskStatus.FAILED, "crash_loop") == (given_up.status, given_up.failure_reason)
    assert [] == await marked(task.id)


# What is lost is mended


async def test_an_order_that_was_never_queued_is_queued_at_the_start(
    tmp_path: Path, database_url: str
) -> None:
    """A power cut between the row and the queue loses nothing."""
    async with running(tmp_path, [finishing()], database_url=database_url) as services:
        known = await ended(services)
        lost = pending(known.project_id)
        async with services.database.write() as session:
            session.add(lost)

    async with running(tmp_path, [finishing()], database_url=database_url) as services:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            assert TaskStatus.COMPLETED == (await services.tasks.wait(lost.id)).status


async def test_a_task_whose_run_could_not_record_its_end_is_ended(
    tmp_path: Path, database_url: str
) -> None:
    """In words, at the next start; it can be retried then, and what has ended stays as it is."""
    async with running(tmp_path, [finishing()], database_url=database_url) as services:
        lost, fine = await ended(services), await ended(services)
        async with services.database.write() as session:
            await session.execute(
                update(models.Task)
                .where(models.Task.id == lost.id)
                .values(status=TaskStatus.IN_PROGRESS, completed_at=None)
            )

    async with running(tmp_path, [finishing()], database_url=database_url) as services:
        found = await services.tasks.get(lost.id)
        assert (TaskStatus.FAILED, "internal_error") == (found.status, found.failure_reason)
        assert "could not record how it ended" in (found.failure_detail or "")
        assert found.completed_at is not None
        told = [event.body for event in await services.store.after(0, task_id=lost.id)][-2:]
        assert ["task_result", "task_update"] == [body["type"] for body in told]
        assert TaskStatus.COMPLETED == (await services.tasks.get(fine.id)).status
        await services.tasks.retry(lost.id)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            again = await services.tasks.wait(lost.id)

    assert (TaskStatus.COMPLETED, 2) == (again.status, again.attempt)


@pytest.mark.timeout(180)
async def test_a_database_that_is_locked_for_a_moment_delays_and_fails_nothing(
    tmp_path: Path,
) -> None:
    """Another program holds the file for longer than one try waits; the task is done after it."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def script(_request: AgentRequest) -> Iterator[AgentEvent]:
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(_PATIENCE_SECONDS)
        yield Finished(content="done")

    async with running(tmp_path, [calling(script)]) as services:
        task = await services.tasks.submit(ORDER)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await reached.wait()
        holder = sqlite3.connect(
            tmp_path / "phantom-home" / "phantom.db", isolation_level=None, check_same_thread=False
        )
        await asyncio.to_thread(holder.execute, "BEGIN IMMEDIATE")
        go_on.set()
        await asyncio.sleep(6)
        await asyncio.to_thread(holder.close)
        async with asyncio.timeout(60):
            done = await services.tasks.wait(task.id)
        (call,) = await rows(services, models.AgentCall)

    assert (TaskStatus.COMPLETED, "finished") == (done.status, call.state)


_DROP_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_connections_that_are_lost_delay_and_fail_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    """As when PostgreSQL restarts: all connections are cut in the middle of a task."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def script(_request: AgentRequest) -> Iterator[AgentEvent]:
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(_PATIENCE_SECONDS)
        yield Finished(content="done")

    async with running(tmp_path, [calling(script)], database_url=postgres_url) as services:
        task = await services.tasks.submit(ORDER)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await reached.wait()
        async with await psycopg.AsyncConnection.connect(postgres_url) as connection:
            await connection.execute(_DROP_ALL)
        go_on.set()
        async with asyncio.timeout(60):
            done = await services.tasks.wait(task.id)
        (call,) = await rows(services, models.AgentCall)

    assert (TaskStatus.COMPLETED, "finished") == (done.status, call.state)


def test_a_second_server_on_the_same_home_is_refused(tmp_path: Path) -> None:
    """It names the first; the first goes on."""
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from tests.support.runtime import running\n"
        "async def main():\n"
        "    async with running(Path(sys.argv[1]), []):\n"
        "        print('up', flush=True)\n"
        "        await asyncio.to_thread(sys.stdin.read)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{root}/src:{root}"}
    first = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdin
    assert first.stdout
    assert "up\n" == first.stdout.readline()

    second = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert f"Another Phantom server (process {first.pid})" in second.stderr
    assert first.poll() is None
    first.communicate(timeout=30)
    assert 0 == first.returncode
