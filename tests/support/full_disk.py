"""Runs one task whose home lies on a disk of 120 MB, which the agent or we fill up.

`python -m tests.support.full_disk HOME REPOSITORY agent|before` prints how it ended, as JSON.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.app import Runtime
from phantom.errors import PhantomError
from phantom.settings import Settings
from phantom.tasks.service import Order
from phantom.vocabulary import TaskType

MORE_THAN_FITS = 140_000_000


def greedy(request: AgentRequest) -> Iterator[AgentEvent]:
    """An agent that writes until nothing more fits."""
    (request.workspace / "huge").write_bytes(os.urandom(MORE_THAN_FITS))
    yield Finished(content="done")


async def main(home: Path, repository: Path, when: str) -> dict[str, str | None]:
    """How the task ended."""
    settings = Settings(home=home, roots=(repository,), min_free_disk_mb=0)
    runtime = Runtime(settings, agents=[ScriptedAgent(greedy)], evaluators=())
    async with runtime.running() as services:
        if when == "before":
            fill(home.parent / "filler")
        try:
            order = Order(prompt="Do", task_type=TaskType.DEBUGGING, workspace=str(repository))
            task = await services.tasks.submit(order)
        except PhantomError as error:
            return {"refused": str(error)}
        ended = await services.tasks.wait(task.id)
    return {"reason": ended.failure_reason, "detail": ended.failure_detail}


def fill(path: Path) -> None:
    """Write until the disk is full."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    with contextlib.suppress(OSError):
        while True:
            os.write(descriptor, b"x" * 4096)
    os.close(descriptor)


if __name__ == "__main__":
    ending = asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
    sys.stdout.write(json.dumps(ending))
