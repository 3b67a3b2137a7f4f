"""When an agent's next call goes on in its last session, and when it starts anew."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from phantom.agents.port import AgentEvent, AgentRequest, ErrorKind, Failed, Finished, Outcome
from phantom.agents.scripted import ScriptedAgent
from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.orchestration.run import load
from phantom.orchestration.sessions import KEPT, to_continue
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskType
from tests.support.power_cut import RightSum
from tests.support.repositories import GitRepoFactory
from tests.support.rows import stored_task
from tests.support.runtime import running

NOW = utc_now()
DONE = Finished(content="done", session_id="first")
FAILED = Failed(kind=ErrorKind.OVERLOADED, message="no")


def call(task: models.Task, number: int, **fields: object) -> models.AgentCall:
    """A call of Claude's that ended a second before the next began."""
    begun = NOW - timedelta(seconds=10 * (10 - number))
    given: dict[str, object] = {
        "call_id": f"{task.id}/1/{number}-1",
        "task_id": task.id,
        "attempt": 1,
        "iteration": number,
        "agent": "claude_main",
        "agent_type": "claude",
        "state": "running",
        "started_at": begun,
    }
    return models.AgentCall(**(given | fields))


def ended(task: models.Task, number: int, terminal: Finished | Failed, **fields: object):
    """A call that ended with `terminal` a second before the next could begin."""
    row = call(task, number, state=terminal.type, terminal=terminal.model_dump(mode="json"))
    row.completed_at = row.started_at + timedelta(seconds=9)
    for name, value in fields.items():
        setattr(row, name, value)
    return row


async def continued(database: Database, task: models.Task, *before: models.AgentCall) -> str | None:
    """The session in which the third call goes on."""
    third = call(task, 3)
    async with database.write() as session:
        session.add_all([*before, third])
    async with database.read() as session:
        row = await session.get_one(models.Task, task.id)
        return await to_continue(session, await load(session, row, NOW), third)


async def test_a_healthy_session_is_continued(database: Database):
    """The last one of the agent, whatever others did in between."""
    task = await stored_task(database)
    first = ended(task, 1, DONE)
    other = ended(task, 2, Finished(content="", session_id="other"), agent="gemini_main")

    assert "first" == await continued(database, task, first, other)


@pytest.mark.parametrize(
    ("terminal", "changes"),
    [
        (FAILED, {}),
        (Finished(content="no", session_id="first", outcome=Outcome.NEEDS_AGENT), {}),
        (Finished(content="done"), {}),
        (DONE, {"attempt": 2}),
        (DONE, {"agent": "claude_other"}),
        (DONE, {"completed_at": NOW - KEPT - timedelta(minutes=2)}),
    ],
    ids=["failed", "refused", "without one", "another run", "another agent", "gone cold"],
)
async def test_otherwise_a_call_starts_anew(
    database: Database, terminal: Finished | Failed, changes: dict[str, object]
):
    """A failure, a refusal, and a session that nobody has in a cache any more."""
    task = await stored_task(database)

    assert await continued(database, task, ended(task, 2, terminal, **changes)) is None


async def test_a_failure_ends_the_session_that_came_before_it(database: Database):
    """Of two calls the later one decides."""
    task = await stored_task(database)

    assert await continued(database, task, ended(task, 1, DONE), ended(task, 2, FAILED)) is None


async def test_the_next_iteration_is_asked_in_the_session_of_the_last(
    tmp_path: Path, git_repo: GitRepoFactory
):
    """Through the whole loop: the first call has none, the second the first one's."""
    seen: list[str | None] = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        seen.append(request.session_id)
        right = "a + b" if request.iteration > 1 else "a * b"
        (request.workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
        yield Finished(content="done", session_id=f"session-{request.iteration}")

    agents: Sequence[ScriptedAgent] = [
        ScriptedAgent(script, agent_id="claude_main", agent_type=AgentType.CLAUDE)
    ]
    repository = git_repo({"calc.py": "def add(a, b):\n    return a - b\n"})
    order = Order(prompt="Mend", task_type=TaskType.DEBUGGING, workspace=str(repository))
    async with running(tmp_path, agents, evaluators=[RightSum()]) as services:
        task = await services.tasks.submit(order)
        await services.tasks.wait(task.id)

    assert [None, "session-1"] == seen
