"""Best of N: side by side, paid beforehand, the best goes on, and nothing is left of the others."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from phantom.agents.port import AgentEvent, AgentRequest, ErrorKind, Failed, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.api.application import create_api
from phantom.api.services import Services
from phantom.db import models
from phantom.tasks.history import rounds
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskStatus, TaskType
from tests.support.graded import Graded
from tests.support.past import slow_past
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, running

_PATIENCE_SECONDS = 30
SCORES = {"a": "0.4", "b": "0.7", "c": "0.5", "": "1.0"}


async def ended(services: Services, repository: Path) -> models.Task:
    """A task on the repository, once it has ended."""
    order = Order(prompt="x", task_type=TaskType.DEBUGGING, workspace=str(repository))
    task = await services.tasks.submit(order)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return await services.tasks.wait(task.id)


async def calls_of(services: Services, task: models.Task) -> dict[str, models.AgentCall]:
    """The calls of a task, by the last part of their ids."""
    async with services.database.read() as session:
        wanted = select(models.AgentCall).where(models.AgentCall.task_id == task.id)
        found = list(await session.scalars(wanted))
    return {call.call_id.rpartition("/")[2]: call for call in found}


def siblings(services: Services, task: models.Task) -> list[Path]:
    """What is on disk of candidates' workspaces."""
    return list((services.settings.home / "workspaces" / task.id).glob("*/candidates"))


async def test_the_best_of_several_goes_on_and_the_others_can_be_looked_at(
    tmp_path: Path, git_repo: GitRepoFactory, database_url: str
) -> None:
    """They work at the same time; their cost is that of the iteration."""
    repository = git_repo({"score": "0", ".gitignore": "node_modules/\n"})
    package = repository / "node_modules" / "left" / "index.js"
    package.parent.mkdir(parents=True)
    package.write_text("installed")
    together = threading.Barrier(3)
    asked: dict[str, AgentRequest] = {}
    seen: list[str] = []
    shown: set[str] = set()

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        asked[request.call_id.rpartition("/")[2]] = request
        if request.iteration == 1:
            together.wait(timeout=_PATIENCE_SECONDS)
        seen.append((request.workspace / "score").read_text())
        shown.add((request.workspace.parent / "node_modules" / "left" / "index.js").read_text())
        (request.workspace / "score").write_text(SCORES[request.candidate])
        (request.workspace / f"by-{request.candidate}").write_text("x")
        yield Finished(content="done", session_id=f"s{request.candidate}", cost=0.25)

    async with running(
        tmp_path, [calling(script, "paid")], database_url=database_url, evaluators=[Graded()]
    ) as services:
        await slow_past(services.database)
        task = await ended(services, repository)
        calls = await calls_of(services, task)
        made = await rounds(services.database, task.id, 1)
        told = [event.body for event in await services.store.after(0)]
        loser = await services.results.find(task.id, iteration=1, candidate="c")
        patch = (await services.results.patch(loser)).decode()
        left = await asyncio.to_thread(siblings, services, task)
        shown_to_clients = await asked_by_http(services, task)

    assert (TaskStatus.COMPLETED, 2, 1.0) == (task.status, task.best_iteration, task.final_quality)
    assert {"1-1a", "1-1b", "1-1c", "2-1"} == set(calls)
    assert ["0", "0", "0", "0.7"] == seen
    assert {"installed"} == shown
    assert 1_000_000 == task.actual_cost_micros
    first, second = made
    assert (0.7, 750_000, 250_000) == (
        first.iteration.quality,
        first.iteration.cost_micros,
        second.iteration.cost_micros,
    )
    assert [("a", 0.4, False), ("b", 0.7, True), ("c", 0.5, False)] == [
        (each.letter, each.quality, each.kept) for each in first.candidates
    ]
    assert [0.25] * 3 == [each.cost for each in first.candidates]
    assert "+0.5" in patch
    assert "by-c" in patch
    assert [("sampling", 3)] == [
        (body["detail"]["kind"], body["detail"]["candidates"])
        for body in told
        if body["type"] == "agent_activity" and body["detail"].get("kind") == "sampling"
    ]
    assert "the grade is 0.7" == asked["2-1"].feedback[0]
    assert None is asked["2-1"].session_id
    files = git_repo.git(repository, "ls-tree", "-r", "--name-only", str(task.branch)).split()
    assert {".gitignore", "score", "by-b", "by-"} == set(files)
    assert [] == left
    listed, same, unknown, no_letter = shown_to_clients
    assert ["a", "b", "c"] == [each["letter"] for each in listed.json()[0]["candidates"]]
    assert [] == listed.json()[1]["candidates"]
    assert patch == same.text
    assert [404, 400] == [unknown.status_code, no_letter.status_code]
    assert "no evaluated candidate 'd'" in unknown.json()["detail"]


async def asked_by_http(services: Services, task: models.Task) -> list[httpx.Response]:
    """The iterations, and diffs of a candidate, of one that is not there, and of none."""

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    transport = httpx.ASGITransport(create_api(services, lifespan))
    queries = [f"diff?iteration=1&candidate={letter}" for letter in ("c", "d", "x")]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:1336") as client:
        return [
            await client.get(f"/api/tasks/{task.id}/{path}") for path in ("iterations", *queries)
        ]


@pytest.mark.parametrize(
    ("last_cost", "agent_type", "expected"),
    [
        (2.0, AgentType.OPENAI, {"1-1a", "1-1b"}),
        (3.0, AgentType.OPENAI, {"1-1"}),
        (0.1, AgentType.LOCAL, {"1-1"}),
    ],
)
async def test_as_many_as_can_be_paid_and_one_of_an_agent_that_would_repeat_itself(
    tmp_path: Path,
    git_repo: GitRepoFactory,
    last_cost: float,
    agent_type: AgentType,
    expected: set[str],
) -> None:
    """All the money is set aside before any starts: of 5 dollars, two calls of 2."""
    repository = git_repo({"score": "0"})

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        (request.workspace / "score").write_text("1.0")
        yield Finished(content="done", cost=0.25)

    agent = ScriptedAgent(script, agent_id="paid", agent_type=agent_type)
    async with running(tmp_path, [agent], evaluators=[Graded()]) as services:
        await slow_past(services.database, last_cost=last_cost)
        task = await ended(services, repository)
        calls = await calls_of(services, task)
        async with services.database.read() as session:
            wanted = select(models.LedgerEntry).where(models.LedgerEntry.task_id == task.id)
            entries = list(await session.scalars(wanted))

    assert (TaskStatus.COMPLETED, expected) == (task.status, set(calls))
    kinds = Counter(entry.kind for entry in entries)
    assert Counter({"reserve": len(expected), "settle": len(expected)}) == kinds
    assert not any(entry.open for entry in entries)


async def test_where_all_candidates_fail_one_call_is_made_alone(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """By another agent, since this one has failed often enough."""
    repository = git_repo({"score": "0"})

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        assert request.candidate
        yield Failed(kind=ErrorKind.ERROR, message="no", cost=0.01)

    def other(request: AgentRequest) -> Iterator[AgentEvent]:
        (request.workspace / "score").write_text("1.0")
        yield Finished(content="done", cost=0.25)

    agents = [calling(script, "paid"), calling(other, "other")]
    async with running(tmp_path, agents, evaluators=[Graded()]) as services:
        await slow_past(services.database)
        task = await ended(services, repository)
        calls = await calls_of(services, task)
        left = await asyncio.to_thread(siblings, services, task)

    assert (TaskStatus.COMPLETED, 1) == (task.status, task.agent_switches)
    assert "other" == calls["1-1"].agent
    assert ["failed"] * 3 == [calls[f"1-1{letter}"].state for letter in "abc"]
    assert [] == left


class Waiting(ScriptedAgent):
    """An agent that never ends, and says when three of its calls are under way."""

    def __init__(self) -> None:
        super().__init__(lambda _: (), agent_id="paid", agent_type=AgentType.OPENAI)
        self.all_at_work = asyncio.Event()
        self.at_work = 0

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:  # noqa: ARG002 - it does nothing
        """Wait for the end."""
        self.at_work += 1
        if self.at_work == 3:
            self.all_at_work.set()
        try:
            await asyncio.Event().wait()
            yield Finished(content="never")
        finally:
            self.at_work -= 1


async def test_cancelling_ends_all_candidates(tmp_path: Path, git_repo: GitRepoFactory) -> None:
    """Their calls are closed, no money is held, and their workspaces are gone."""
    repository = git_repo({"score": "0"})
    agent = Waiting()
    async with running(tmp_path, [agent], evaluators=[Graded()]) as services:
        await slow_past(services.database)
        order = Order(prompt="x", task_type=TaskType.DEBUGGING, workspace=str(repository))
        task = await services.tasks.submit(order)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await agent.all_at_work.wait()
            await services.tasks.cancel(task.id)
            task = await services.tasks.wait(task.id)
        calls = await calls_of(services, task)
        left = await asyncio.to_thread(siblings, services, task)
        async with services.database.read() as session:
            held = await session.scalars(
                select(models.LedgerEntry).where(models.LedgerEntry.open.is_(True))
            )
            still_open = list(held)

    assert (TaskStatus.FAILED, "cancelled") == (task.status, task.failure_reason)
    assert 0 == agent.at_work
    assert ["cancelled"] * 3 == [call.state for call in calls.values()]
    assert ([], []) == (left, still_open)
