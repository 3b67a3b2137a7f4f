"""A server with one task, which a named point may kill: `PHANTOM_FAULT=call:followed@2`.

`python -m tests.support.power_cut HOME REPOSITORY DATABASE_URL` submits the task at its first
start and ends when the task has. The agent is `bench/_chaos_agent.py`, a process of its own that
leaves a receipt each time it really works; the second of its two iterations is good enough.
"""

import asyncio
import signal
import sys
from pathlib import Path

from phantom.agents.detached import DetachedAgent
from phantom.app import Runtime
from phantom.evaluation.change import Change
from phantom.evaluation.port import Evaluation, Subject, Verdict
from phantom.security.sandbox import Uncaged
from phantom.settings import Settings
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskType

AGENT = Path(__file__).parents[2] / "bench" / "_chaos_agent.py"


class RightSum:
    """Stands for the tests, without the second that a test run takes."""

    measures = ("tests",)

    def applies(self, subject: Subject) -> bool:  # noqa: ARG002 - it is always wanted
        """Always."""
        return True

    async def evaluate(
        self,
        subject: Subject,
        change: Change,  # noqa: ARG002 - it looks at the file itself
        *,
        timeout_seconds: float,  # noqa: ARG002 - it takes no time
    ) -> tuple[Evaluation, ...]:
        """Look at the file."""
        text = await asyncio.to_thread((subject.workspace / "calc.py").read_text)
        right = "a + b" in text
        return (
            Evaluation(
                evaluator="tests",
                verdict=Verdict.PASSED if right else Verdict.FAILED,
                summary="read",
                score=1.0 if right else 0.2,
                metrics={"tests_run": 1, "tests_failed": 0 if right else 1},
            ),
        )


def paid_agent(home: Path) -> DetachedAgent:
    """The agent, which leaves its receipts in the home."""
    return DetachedAgent(
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


async def main(home: Path, repository: Path, database_url: str) -> None:
    """Submit the task where there is none, and wait for its end, or for SIGTERM."""
    agent = paid_agent(home)
    settings = Settings(home=home, roots=(repository,), database_url=database_url)
    async with Runtime(settings, agents=[agent], evaluators=[RightSum()]).running() as services:
        known = (await services.tasks.list()).items
        order = Order(prompt="Mend", task_type=TaskType.DEBUGGING, workspace=str(repository))
        task = known[0] if known else await services.tasks.submit(order)
        ended = asyncio.create_task(services.tasks.wait(task.id))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.cancel)
        await asyncio.wait({ended})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
