"""What the matrix of docs/reliability.md promises and no other test shows."""

import asyncio
from pathlib import Path

import pytest

from bench import cancel
from phantom.agents.port import ErrorKind
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.runtime import failing, finishing, running

ORDER = Order(prompt="Do something", task_type=TaskType.DEBUGGING)
_PATIENCE_SECONDS = 60


async def test_no_step_needs_redis(tmp_path: Path) -> None:
    """A task that runs without it from its first step to its last is like any other."""
    further = {"redis_url": "redis://127.0.0.1:1"}
    async with running(tmp_path, [finishing()], further=further) as services:
        task = await services.tasks.submit(ORDER)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            ended = await services.tasks.wait(task.id)
        connected = services.store.bus.connected

    assert not connected
    assert (TaskStatus.COMPLETED, 0) == (ended.status, ended.actual_cost_micros)


async def test_a_provider_that_is_down_costs_its_agent_a_switch(tmp_path: Path) -> None:
    """Its breaker opens, so that the next task does not ask it at all."""
    agents = [failing("down", ErrorKind.OVERLOADED, "502 from the provider"), finishing("up")]
    further = {"breaker_failures": 2}
    async with running(tmp_path, agents, further=further) as services:
        ends = []
        for _ in range(2):
            task = await services.tasks.submit(ORDER)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                ends.append(await services.tasks.wait(task.id))
        events = [event.body for event in await services.store.after(0)]

    assert [TaskStatus.COMPLETED] * 2 == [each.status for each in ends]
    assert [1, 0] == [each.agent_switches for each in ends]
    switches = [each for each in events if each["type"] == "agent_switch"]
    assert [("down", "up")] == [(each["from_agent"], each["to_agent"]) for each in switches]
    assert any("'down'" in each["message"] for each in events if each["type"] == "system_alert")


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
async def test_a_task_that_is_cancelled_in_any_step_ends_and_leaves_nothing(
    elsewhere: bool,
) -> None:
    """No process, no reservation, no call that is said to run; by this server or another one."""
    with cancel.made("sqlite") as (root, url):
        async with cancel.served(root, url) as services, asyncio.timeout(_PATIENCE_SECONDS):
            canceller = cancel.other_server(services) if elsewhere else services.tasks
            for moment in cancel.MOMENTS:
                task_id = await cancel.reached(services, root, moment)
                await cancel.until_quiet(services, canceller, task_id)
                ended = await services.tasks.get(task_id)
                assert "cancelled" == ended.failure_reason or "finish" == moment.step
            assert 0 == await cancel.left_behind(services)
