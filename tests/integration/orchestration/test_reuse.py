"""Work that was accepted is given again for the same question, and for no other."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.api.services import Services
from phantom.db import models
from phantom.evaluation.change import Change
from phantom.evaluation.port import Evaluation, Subject, Verdict
from phantom.hrm.service import Target, Wish
from phantom.tasks.history import rounds
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskType
from tests.support.power_cut import RightSum
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import running

BASE = "def add(a, b):\n    return a - b\n"


class Payable(ScriptedAgent):
    """Costs a dollar a call, counts its calls, and is right from the second iteration on."""

    def __init__(self) -> None:
        super().__init__(self._work, agent_id="claude_main", agent_type=AgentType.CLAUDE)
        self.calls = 0
        self.fingerprint = "claude 1"

    def _work(self, request: AgentRequest) -> Iterator[AgentEvent]:
        self.calls += 1
        hopeless = "hopeless" in request.prompt
        right = "a + b" if request.iteration > 1 and not hopeless else "a * b"
        (request.workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
        (request.workspace / "raw.bin").write_bytes(bytes(range(256)))
        yield Finished(content=f"iteration {request.iteration}", cost=1.0)


class Fickle(RightSum):
    """Finds everything wrong as long as it is told to."""

    wrong = False

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """What the checks of today say."""
        (made,) = await super().evaluate(subject, change, timeout_seconds=timeout_seconds)
        refused = {"verdict": Verdict.FAILED, "score": 0.1, "metrics": {"tests_failed": 1}}
        return (made.model_copy(update=refused) if self.wrong else made,)


class Stand:
    """A repository and what runs tasks in it; started again, it is another server."""

    def __init__(self, directory: Path, repository: Path, further: dict[str, object]) -> None:
        self.repository = repository
        self.agent = Payable()
        self.checks = Fickle()
        self.services: Services
        self._directory = directory
        self._further = further

    @contextlib.asynccontextmanager
    async def started(self, **caching: object) -> AsyncIterator[None]:
        """At work, with this section of the server's configuration."""
        async with running(
            self._directory, [self.agent], evaluators=[self.checks], further=self._further
        ) as self.services:
            given: dict[str, object] = {"memory": True, "disk": True, "remote": False}
            changes = {"caching": given | {"aggressive_mode": False} | caching}
            await self.services.hrm.update(
                Target(),
                Wish(changes=changes, by="test", apply_now=False),  # type: ignore[arg-type]
            )
            yield

    def files(self, name: str) -> list[Path]:
        """Files of this name in its home."""
        return list(self._directory.rglob(name))

    async def task(self, prompt: str = "Mend the sum") -> models.Task:
        """A task that has ended."""
        order = Order(prompt=prompt, task_type=TaskType.DEBUGGING, workspace=str(self.repository))
        return await self.services.tasks.wait((await self.services.tasks.submit(order)).id)


@pytest.fixture
def stand(tmp_path: Path, git_repo: GitRepoFactory) -> Stand:
    """With a fresh home."""
    return Stand(tmp_path, git_repo({"calc.py": BASE}), {})


async def test_accepted_work_is_paid_once(stand: Stand, git_repo: GitRepoFactory):
    """The second task has the same branch, says where it comes from, and costs nothing."""
    async with stand.started():
        first = await stand.task()
        second = await stand.task()
        (again,) = await rounds(stand.services.database, second.id, 1)
        (made, _) = await rounds(stand.services.database, first.id, 1)
        told = [event.body for event in await stand.services.store.after(0)]

    assert 2 == stand.agent.calls
    assert (None, 1_000_000) == (made.cached, made.iteration.cost_micros)
    assert ("exact", 0) == (again.cached, again.iteration.cost_micros)
    assert [second.id] == [
        body["task_id"]
        for body in told
        if body["type"] == "agent_activity" and body["detail"].get("kind") == "reused"
    ]
    assert (2, 1) == (first.current_iteration, second.current_iteration)
    assert (2_000_000, 0) == (first.actual_cost_micros, second.actual_cost_micros)
    trees = [git_repo.git(stand.repository, "rev-parse", f"{each.branch}^{{tree}}")
             for each in (first, second)]  # fmt: skip
    assert trees[0] == trees[1]
    source = second.result["agent"]
    assert ("exact", 2.0) == (source["cached"], source["saved_cost"])
    assert (first.content, first.final_quality) == (second.content, second.final_quality)


async def test_what_was_not_accepted_is_not_kept(stand: Stand):
    """A task that failed is worked at anew."""
    async with stand.started():
        first = await stand.task("hopeless")
        before = stand.agent.calls
        await stand.task("hopeless")

    assert "failed" == first.status
    assert 2 * before == stand.agent.calls


async def test_what_the_checks_do_not_accept_again_is_forgotten(stand: Stand):
    """The run goes on with the agent, and so does the next that asks the same."""
    async with stand.started():
        await stand.task()
        stand.checks.wrong = True
        refused = await stand.task()
        before = stand.agent.calls
        stand.checks.wrong = False
        third = await stand.task()

    assert ("failed", "completed") == (refused.status, third.status)
    assert before + 2 == stand.agent.calls


async def test_another_state_of_the_repository_is_another_question(
    stand: Stand, git_repo: GitRepoFactory
):
    """And so is another version of the agent; the same state under another commit is not."""
    async with stand.started():
        await stand.task()
        git_repo.git(stand.repository, "commit", "--allow-empty", "--message", "same tree")
        await stand.task()
        assert 2 == stand.agent.calls

        stand.agent.fingerprint = "claude 2"
        await stand.task()
        assert 4 == stand.agent.calls

        (stand.repository / "more.txt").write_text("more\n")
        git_repo.git(stand.repository, "add", ".")
        git_repo.git(stand.repository, "commit", "--message", "another tree")
        await stand.task()
        assert 6 == stand.agent.calls


@pytest.mark.parametrize(("memory", "disk", "calls"), [(True, False, 4), (False, True, 2)])
async def test_memory_goes_with_the_server_and_the_disk_stays(
    stand: Stand, *, memory: bool, disk: bool, calls: int
):
    """Each layer that is switched on answers."""
    async with stand.started(memory=memory, disk=disk):
        await stand.task()
        await stand.task()
        assert 2 == stand.agent.calls
    async with stand.started(memory=memory, disk=disk):
        await stand.task()

    assert calls == stand.agent.calls


async def test_servers_share_what_is_kept_at_redis(
    tmp_path: Path, git_repo: GitRepoFactory, redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Under the same master key; nothing is left on this machine's disk."""
    monkeypatch.setenv("PHANTOM_MASTER_KEY", "A" * 43 + "=")
    repository = git_repo({"calc.py": BASE})
    stands = [Stand(tmp_path / name, repository, {"redis_url": redis_url, "roots": (tmp_path,)})
              for name in ("one", "two")]  # fmt: skip
    for stand in stands:
        stand._directory.mkdir()
        async with stand.started(memory=False, disk=False, remote=True):
            await stand.task()

    assert [2, 0] == [stand.agent.calls for stand in stands]
    assert not [*stands[0].files("answers.db"), *stands[1].files("answers.db")]


async def test_nothing_is_kept_where_every_layer_is_off(stand: Stand):
    """Each task is paid."""
    async with stand.started(memory=False, disk=False):
        await stand.task()
        await stand.task()

    assert 4 == stand.agent.calls


@pytest.mark.parametrize(("near", "calls"), [(False, 4), (True, 2)])
async def test_a_like_prompt_is_answered_only_in_aggressive_mode(
    stand: Stand, *, near: bool, calls: int
):
    """What comes back is told as `near`, and was checked again."""
    async with stand.started(aggressive_mode=near):
        await stand.task("Mend the sum")
        second = await stand.task("  mend THE sum.")

    assert calls == stand.agent.calls
    assert ("completed", True) == (second.status, second.tests_passing)
    assert not near or "near" == second.result["agent"]["cached"]
