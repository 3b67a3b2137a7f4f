"""A server with one task of several candidates, which a named point may kill (`PHANTOM_FAULT`).

`python -m tests.support.candidates_cut HOME REPOSITORY` submits the task at its first start, ends
when the task has, and prints what it came to.
"""

import asyncio
import json
import sys
from pathlib import Path

from sqlalchemy import select

from phantom.agents.detached import DetachedAgent
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.db import models
from phantom.security.sandbox import Uncaged
from phantom.settings import Settings
from phantom.tasks.history import rounds
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskType
from tests.support.graded import Graded
from tests.support.past import slow_past

AGENT = Path(__file__).with_name("candidate_agent.py")


async def main(home: Path, repository: Path) -> None:
    """Submit the task where there is none, and wait for its end."""
    agent = DetachedAgent(
        "paid",
        AgentType.OPENAI,
        command=lambda request: [
            *(sys.executable, "-S", str(AGENT), str(request)),
            str(home / "receipts"),
        ],
        can=lambda _: True,
        journals=home / "calls",
        sandbox=Uncaged(),
    )
    settings = Settings(home=home, roots=(repository,))
    async with Runtime(settings, agents=[agent], evaluators=[Graded()]).running() as services:
        task = await _task(services, repository)
        task = await services.tasks.wait(task.id)
        sys.stdout.write(json.dumps(await _outcome(services, task)))


async def _task(services: Services, repository: Path) -> models.Task:
    async with services.database.read() as session:
        wanted = select(models.Task).where(models.Task.prompt == "Mend")
        known = await session.scalar(wanted)
    if known is not None:
        return known
    await slow_past(services.database)
    order = Order(prompt="Mend", task_type=TaskType.DEBUGGING, workspace=str(repository))
    return await services.tasks.submit(order)


async def _outcome(services: Services, task: models.Task) -> dict[str, object]:
    made = await rounds(services.database, task.id, 1)
    async with services.database.read() as session:
        wanted = select(models.LedgerEntry).where(models.LedgerEntry.task_id == task.id)
        entries = list(await session.scalars(wanted))
    return {
        "status": task.status,
        "best": task.best_iteration,
        "branch": task.branch,
        "spent": task.actual_cost_micros,
        "rounds": [(each.iteration.quality, each.iteration.cost_micros) for each in made],
        "kept": [each.letter for each in made[0].candidates if each.kept],
        "settled": sum(entry.kind == "settle" for entry in entries),
        "open": sum(entry.open for entry in entries),
    }


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
