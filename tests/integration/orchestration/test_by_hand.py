"""The strategy `manual`: a task that asks who goes on, and waits for the answer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from phantom.agents.port import AgentEvent, AgentRequest, ErrorKind, Finished
from phantom.api.services import Services
from phantom.db import models
from phantom.errors import Conflict, InvalidInput
from phantom.hrm.service import Target, Wish
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.power_cut import RightSum
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, failing, finishing, running

ORDER = Order(prompt="Do something", task_type=TaskType.DEBUGGING)


async def by_hand(services: Services) -> None:
    """Make it the server's strategy."""
    changes = {"agent_switching": {"strategy": "manual"}}
    wish = Wish(changes=changes, by="test", apply_now=False)  # type: ignore[arg-type]
    await services.hrm.update(Target(), wish)


async def asked(services: Services, task_id: str, *, times: int = 1) -> list[models.JsonObject]:
    """The questions of a task, once it has put so many."""
    async with asyncio.timeout(30):
        while len(found := await told(services, task_id, "agent_choice_needed")) < times:
            await asyncio.sleep(0.05)
    return found


async def told(services: Services, task_id: str, kind: str) -> list[models.JsonObject]:
    """The task's events of one type."""
    events = await services.store.after(0, task_id=task_id)
    return [event.body for event in events if event.body["type"] == kind]


async def ended(services: Services, task_id: str) -> models.Task:
    """The task, once it has ended."""
    async with asyncio.timeout(30):
        return await services.tasks.wait(task_id)


async def test_a_question_outlives_the_server_and_is_put_once(tmp_path: Path) -> None:
    """What is known of the agents comes with it; the answer is taken by the next server."""
    agents = [finishing("one"), finishing("two")]
    async with running(tmp_path, agents) as services:
        await by_hand(services)
        task = await services.tasks.submit(ORDER)
        question = (await asked(services, task.id))[0]
    async with running(tmp_path, agents) as services:
        waiting = await services.tasks.get(task.id)
        with pytest.raises(InvalidInput, match="choose one of one, two"):
            await services.tasks.choose_agent(task.id, "three", by="me")
        await services.tasks.choose_agent(task.id, "two", by="me")
        done = await ended(services, task.id)
        with pytest.raises(Conflict, match="does not wait"):
            await services.tasks.choose_agent(task.id, "one", by="me")
        questions = await told(services, task.id, "agent_choice_needed")
        worked = [each.agent for each in await calls(services)]

    unknown = {"calls": 0, "accepted": None, "seconds": None, "cost": None}
    shown = [{"agent_id": name, "agent_type": "openai"} | unknown for name in ("one", "two")]
    assert (None, shown) == (question["reason"], question["candidates"])
    assert TaskStatus.IN_PROGRESS == waiting.status
    assert waiting.question is not None
    assert (1, ["two"]) == (len(questions), worked)
    assert (TaskStatus.COMPLETED, None, 0) == (done.status, done.question, done.agent_switches)


async def calls(services: Services) -> list[models.AgentCall]:
    """All calls."""
    async with services.database.read() as session:
        return list(await session.scalars(select(models.AgentCall)))


async def test_where_an_agent_fails_another_one_is_asked_for(tmp_path: Path) -> None:
    """Also where the first one was asked for by name; the change is the user's."""
    agents = [failing("one", ErrorKind.AUTH), finishing("two"), finishing("three")]
    async with running(tmp_path, agents) as services:
        await by_hand(services)
        task = await services.tasks.submit(
            Order(prompt="Do", task_type=TaskType.DEBUGGING, agent="one")
        )
        question = (await asked(services, task.id))[0]
        await services.tasks.choose_agent(task.id, "three", by="me")
        done = await ended(services, task.id)
        switch = (await told(services, task.id, "agent_switch"))[0]

    assert "agent_failed" == question["reason"]
    assert ["two", "three"] == [each["agent_id"] for each in question["candidates"]]
    assert ("one", "three", "user") == (
        switch["from_agent"],
        switch["to_agent"],
        switch["reason"],
    )
    assert TaskStatus.COMPLETED == done.status


async def test_after_an_iteration_the_agent_at_work_may_be_chosen_again(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """The question says what speaks against it; going on with it is no change."""
    repository = git_repo({"calc.py": "def add(a, b):\n    return a - b\n"})

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        if request.iteration == 2:
            (request.workspace / "calc.py").write_text("def add(a, b):\n    return a + b\n")
        yield Finished(content="done")

    order = Order(
        prompt="Mend", task_type=TaskType.DEBUGGING, workspace=str(repository), agent="one"
    )
    agents = [calling(script, "one"), finishing("two")]
    async with running(tmp_path, agents, evaluators=[RightSum()]) as services:
        await by_hand(services)
        task = await services.tasks.submit(order)
        question = (await asked(services, task.id))[0]
        await services.tasks.choose_agent(task.id, "one", by="me")
        done = await ended(services, task.id)

    assert (2, "stalled") == (question["iteration"], question["reason"])
    assert {"one", "two"} == {each["agent_id"] for each in question["candidates"]}
    assert (TaskStatus.COMPLETED, 2, 0) == (done.status, done.best_iteration, done.agent_switches)


async def test_a_waiting_task_can_be_cancelled(tmp_path: Path) -> None:
    """It ends without a call, and asks no more."""
    async with running(tmp_path, [finishing("one")]) as services:
        await by_hand(services)
        task = await services.tasks.submit(ORDER)
        await asked(services, task.id)
        await services.tasks.cancel(task.id)
        done = await ended(services, task.id)

        assert [] == await calls(services)
    assert ("cancelled", None) == (done.failure_reason, done.question)
