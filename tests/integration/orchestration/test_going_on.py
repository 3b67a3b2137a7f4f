"""The best tree goes on: worse work is taken back, stays to be seen, and can still be chosen."""

from collections.abc import Iterator
from pathlib import Path

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.agents.prompts import render
from phantom.git import git
from phantom.orchestration.workspace import Workspace
from phantom.tasks.history import rounds
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.graded import Graded
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, running


def grading(workspace: Path, score: str, *new: str) -> Finished:
    """Work of that quality, which adds files of these names."""
    (workspace / "score").write_text(score)
    for name in new:
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).write_text(name)
    return Finished(content=f"made it {score}", session_id="the session", cost=0.1)


async def test_worse_work_is_taken_back_and_can_still_be_chosen(
    tmp_path: Path, git_repo: GitRepoFactory, database_url: str
) -> None:
    """The agent is told, its diff and cost are there, and the choice can be applied."""
    repository = git_repo({"score": "0", ".gitignore": "installed/\n"})
    seen: list[tuple[AgentRequest, str, bool, bool]] = []
    prompts: list[str] = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        tree = request.workspace
        exists = [(tree / name).exists() for name in ("installed/pkg", "own/worse.py")]
        seen.append((request, (tree / "score").read_text(), *exists))
        prompts.append(render(request).continuation)
        match request.iteration:
            case 1:
                yield grading(tree, "0.6", "good.py", "installed/pkg")
            case 2:
                yield grading(tree, "0.2", "own/worse.py")
            case _:
                yield grading(tree, "1.0", "best.py")

    async with running(
        tmp_path, [calling(script)], database_url=database_url, evaluators=[Graded()]
    ) as services:
        order = Order(prompt="x", task_type=TaskType.DEBUGGING, workspace=str(repository))
        task = await services.tasks.wait((await services.tasks.submit(order)).id)
        told = [event.body for event in await services.store.after(0)]
        made = await rounds(services.database, task.id, 1)
        history = git_repo.git(repository, "log", "--format=%s", str(task.branch))
        worse = await services.results.find(task.id, iteration=2)
        shown = (await services.results.patch(worse)).decode()
        chosen = await services.selection.choose(task.id, 2, by="ann")
        branch = git_repo.git(repository, "ls-tree", "-r", "--name-only", str(chosen.branch))
        applied = await services.results.apply(await services.results.find(task.id))

    third = seen[2][0]
    assert (TaskStatus.COMPLETED, 3, 1.0) == (task.status, task.best_iteration, task.final_quality)
    assert ("0.6", True, False) == seen[2][1:]  # what is ignored stays
    assert (1, "the grade is 0.6") == (third.set_back_to, third.feedback[0][:16])
    assert "Iteration 2 by scripted was taken back" in third.feedback[1]
    assert "set back to that state" in prompts[2]
    assert [None, None] == [request.set_back_to for request, *_ in seen[:2]]
    assert [("set_back", 1, 2)] == [
        (body["detail"]["kind"], body["detail"]["iteration"], body["iteration"])
        for body in told
        if body["type"] == "agent_activity" and body["detail"].get("kind") == "set_back"
    ]
    assert ["Iteration 3 by scripted", "Iteration 1 by scripted"] == history.splitlines()[:2]
    assert [(0.6, 100_000), (0.2, 100_000), (1.0, 100_000)] == [
        (each.iteration.quality, each.iteration.cost_micros) for each in made
    ]
    assert "own/worse.py" in shown
    assert 2 == chosen.best_iteration
    assert {"own/worse.py", "good.py"} < set(branch.splitlines())
    assert "best.py" not in branch
    assert "own/worse.py" in applied.files
    assert "0.2" == (repository / "score").read_text()


async def test_an_agent_that_makes_the_same_worse_change_again_has_stalled(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """It would go on doing so until no round is left."""
    repository = git_repo({"score": "0"})

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        yield grading(request.workspace, "0.6" if request.iteration == 1 else "0.2")

    async with running(tmp_path, [calling(script)], evaluators=[Graded()]) as services:
        order = Order(prompt="x", task_type=TaskType.DEBUGGING, workspace=str(repository))
        task = await services.tasks.wait((await services.tasks.submit(order)).id)

    assert (TaskStatus.FAILED, 3, 1) == (task.status, task.current_iteration, task.best_iteration)
    assert task.max_iterations > 3


async def test_setting_back_takes_away_what_an_agent_built_and_can_be_repeated(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """Repositories of its own within the tree too; its git directory is its own."""
    workspace = Workspace(tmp_path / "run")
    await workspace.create("phantom/a-task", git_repo({"a.txt": "a\n"}))
    (workspace.tree / "b.txt").write_text("b\n")
    good = await workspace.snapshot("good")
    nested = workspace.tree / "nested"
    nested.mkdir()
    await git(nested, "init", "--quiet")
    (nested / "c.txt").write_text("c\n")
    (workspace.tree / "a.txt").unlink()
    bad = await workspace.snapshot("bad")

    for _ in range(2):
        await workspace.restore(good)

        assert {"a.txt", "b.txt", ".git"} == {path.name for path in workspace.tree.iterdir()}
        assert good == await workspace.snapshot("nothing new")
    assert b"nested/c.txt" in await workspace.patch(good, bad)
