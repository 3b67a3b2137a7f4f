"""A runtime whose agent and evaluator take no time: what is left is Phantom's own.

`python -m bench._noop HOME DATABASE_URL` is a worker of it that runs until its stdin is closed.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.app import Runtime
from phantom.evaluation.change import Change
from phantom.evaluation.port import Evaluation, Subject, Verdict
from phantom.settings import Settings

CONCURRENCY = 8


class FixedScore:
    """An evaluator that gives the same score at once, in the name of one that has a weight."""

    measures: tuple[str, ...] = ("diff",)

    def __init__(self, score: float) -> None:
        self._score = score

    def applies(self, subject: Subject) -> bool:  # noqa: ARG002 - it measures nothing
        """Always."""
        return True

    async def evaluate(
        self,
        subject: Subject,  # noqa: ARG002 - it measures nothing
        change: Change,  # noqa: ARG002
        *,
        timeout_seconds: float,  # noqa: ARG002
    ) -> tuple[Evaluation, ...]:
        """The score."""
        return (
            Evaluation(
                evaluator="diff", verdict=Verdict.PASSED, summary="fixed", score=self._score
            ),
        )


def edit(request: AgentRequest) -> Iterator[AgentEvent]:
    """Change one line, so that each iteration has something to record."""
    (request.workspace / "note.txt").write_text(f"iteration {request.iteration}\n")
    yield Finished(content="done")


def runtime(home: Path, root: Path, database_url: str | None, *, score: float) -> Runtime:
    """A runtime with the agent and the evaluator above."""
    settings = Settings(
        home=home, roots=(root,), database_url=database_url, concurrency=CONCURRENCY
    )
    return Runtime(settings, agents=[ScriptedAgent(edit)], evaluators=[FixedScore(score)])


async def work(home: Path, root: Path, database_url: str) -> None:
    """Run tasks until stdin ends."""
    async with runtime(home, root, database_url, score=1.0).running():
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
