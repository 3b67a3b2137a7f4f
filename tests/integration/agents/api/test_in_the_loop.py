"""A whole task by an API agent: from the order to the branch, with the bill."""

import asyncio
from pathlib import Path

from phantom.agents.api import Surroundings, connect
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.api_agents import connection
from tests.support.dialects import INPUT, OUTPUT, Say, Use
from tests.support.power_cut import RightSum
from tests.support.provider import DONE, Asked, Provider, Reply
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import running


def second_thoughts(asked: Asked) -> Reply:
    """Mends it wrongly at first, and rightly once the checks have spoken."""
    if asked.results:
        return Say(DONE)
    said_before = "a * b" in asked.text
    old, new = ("a * b", "a + b") if said_before else ("a - b", "a * b")
    return Use("edit_file", {"path": "calc.py", "old": old, "new": new})


async def test_a_task_is_done_and_charged(
    provider: Provider, around: Surroundings, tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """In two iterations of one conversation, with every token of every answer on the bill once."""
    repository = git_repo({"calc.py": "def add(a, b):\n    return a - b\n"})
    url = provider.play(second_thoughts)
    agent = connect(connection("anthropic", url), around)

    order = Order(prompt="Mend add", task_type=TaskType.DEBUGGING, workspace=str(repository))
    async with running(tmp_path, [agent], evaluators=[RightSum()]) as services:
        task = await services.tasks.submit(order)
        async with asyncio.timeout(60):
            task = await services.tasks.wait(task.id)

    asked = provider.asked_of(url)
    assert (TaskStatus.COMPLETED, 2) == (task.status, task.best_iteration)
    assert "return a + b" in git_repo.git(repository, "show", f"{task.branch}:calc.py")
    assert 4 == len(asked)
    assert 4 * (INPUT + OUTPUT) == task.tokens == task.actual_cost_micros
    assert asked[1].body["messages"][0] == asked[3].body["messages"][0]
