"""The server of the chaos run: keeps a few tasks under way until it is killed or told to finish.

Started as `python -m bench._chaos_worker HOME REPOSITORY DATABASE_URL IN_FLIGHT`. While `HOME/more`
exists it submits a new task whenever fewer than IN_FLIGHT are open; without it, it ends when all
have ended. SIGTERM ends it like any server.
"""

import asyncio
import signal
import sys
from pathlib import Path

from phantom.agents.detached import DetachedAgent
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.evaluation.tests import TestsEvaluator
from phantom.security.sandbox import Uncaged
from phantom.settings import Settings
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskStatus, TaskType

AGENT = Path(__file__).with_name("_chaos_agent.py")


async def main(home: Path, repository: Path, database_url: str, in_flight: int) -> None:
    """Run until there is nothing left to do, or somebody says stop."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
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
    settings = Settings(home=home, roots=(repository,), database_url=database_url)
    runtime = Runtime(settings, agents=[agent], evaluators=[TestsEvaluator()])
    async with runtime.running() as services:
        print("ready", flush=True)
        while not stopped.is_set() and await work_left(home, repository, services, in_flight):
            await asyncio.sleep(0.05)


async def work_left(home: Path, repository: Path, services: Services, in_flight: int) -> bool:
    """Submit what is missing; False where everything has ended and no more is wanted."""
    pending = await services.tasks.list(status=TaskStatus.PENDING, page_size=1)
    running = await services.tasks.list(status=TaskStatus.IN_PROGRESS, page_size=1)
    open_tasks = pending.total + running.total
    if not (home / "more").exists():
        return open_tasks > 0
    if open_tasks < in_flight:
        await services.tasks.submit(
            Order(prompt="Mend add", task_type=TaskType.DEBUGGING, workspace=str(repository))
        )
    return True


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
