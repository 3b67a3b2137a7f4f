"""What a run changed, read, applied, chosen and judged: in a real repository, with nothing lost."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.api.services import Services
from phantom.db import models
from phantom.errors import Conflict, NotFound
from phantom.ledger import recount, rollups
from phantom.tasks.service import Order
from phantom.vocabulary import FeedbackVerdict, TaskType
from tests.support.power_cut import RightSum
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, running

BASE = "def add(a, b):\n    return a - b\n"
BINARY = bytes(range(256)) * 4


def script(request: AgentRequest) -> Iterator[AgentEvent]:
    """Wrong in the first iteration, right in the second; the prompt may ask for more."""
    right = "a + b" if request.iteration > 1 else "a * b"
    (request.workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
    (request.workspace / "new").mkdir(exist_ok=True)
    (request.workspace / "new" / "data.bin").write_bytes(BINARY)
    if "configure" in request.prompt:
        (request.workspace / ".mcp.json").write_text("{}")
    yield Finished(content="done")


@pytest.fixture
def repository(git_repo: GitRepoFactory) -> Path:
    """Whose sum is wrong."""
    return git_repo({"calc.py": BASE, "other.txt": "as it was\n"})


@pytest.fixture
async def services(tmp_path: Path, database_url: str) -> AsyncIterator[Services]:
    """A runtime with the agent above."""
    async with running(
        tmp_path, [calling(script)], database_url=database_url, evaluators=[RightSum()]
    ) as services:
        yield services


async def ended(services: Services, repository: Path, prompt: str = "mend") -> models.Task:
    """A task of two iterations, the second of which was kept."""
    order = Order(prompt=prompt, task_type=TaskType.DEBUGGING, workspace=str(repository))
    task = await services.tasks.wait((await services.tasks.submit(order)).id)
    assert 2 == task.best_iteration
    return task


async def patch_of(services: Services, task: models.Task, iteration: int | None = None) -> str:
    """The patch, as text."""
    work = await services.results.find(task.id, iteration=iteration)
    return (await services.results.patch(work)).decode()


async def apply(services: Services, task: models.Task, **choices: bool) -> tuple[str, ...]:
    """The files that were put into the checkout."""
    work = await services.results.find(task.id)
    return (await services.results.apply(work, **choices)).files


def status(git_repo: GitRepoFactory, repository: Path) -> set[str]:
    """What git says of the checkout."""
    return set(git_repo.git(repository, "status", "--porcelain").splitlines())


async def test_each_iteration_shows_what_it_changed(services: Services, repository: Path):
    """The kept one by default, each counted from where the run began."""
    task = await ended(services, repository)

    assert "+    return a * b" in await patch_of(services, task, 1)
    assert "+    return a + b" in await patch_of(services, task)
    assert "a * b" not in await patch_of(services, task)
    with pytest.raises(NotFound, match="no evaluated iteration 9; it has 2"):
        await services.results.find(task.id, iteration=9)


async def test_when_the_workspace_is_gone_what_the_branch_holds_is_left(
    services: Services, repository: Path, git_repo: GitRepoFactory
):
    """Of anything else it is said where it went."""
    task = await ended(services, repository)
    await services.selection.choose(task.id, 1, by="ann")
    shutil.rmtree(services.settings.home / "workspaces" / task.id)
    git_repo.git(repository, "reflog", "expire", "--expire=now", "--all")
    git_repo.git(repository, "gc", "--quiet", "--prune=now")

    assert "+    return a * b" in await patch_of(services, task, 1)
    with pytest.raises(NotFound, match="removed with its workspace"):
        await patch_of(services, task, 2)


async def test_a_change_is_staged_in_the_checkout_and_not_committed(
    services: Services, repository: Path, git_repo: GitRepoFactory
):
    """With its binary files, beside what the user has changed elsewhere."""
    task = await ended(services, repository)
    (repository / "other.txt").write_text("mine\n")
    head = git_repo.git(repository, "rev-parse", "HEAD")

    assert ("calc.py", "new/data.bin") == await apply(services, task)

    assert BINARY == (repository / "new" / "data.bin").read_bytes()
    assert {"M  calc.py", "A  new/data.bin", " M other.txt"} == status(git_repo, repository)
    assert head == git_repo.git(repository, "rev-parse", "HEAD")


async def test_a_file_with_changes_of_its_owner_is_left_alone(
    services: Services, repository: Path, git_repo: GitRepoFactory
):
    """And so is everything else of the change."""
    task = await ended(services, repository)
    (repository / "calc.py").write_text("mine\n")

    with pytest.raises(Conflict, match=r"calc\.py .* has changes that are not committed"):
        await apply(services, task)

    assert {" M calc.py"} == status(git_repo, repository)


async def test_a_file_that_stands_in_the_way_is_left_alone(services: Services, repository: Path):
    """An untracked one, too."""
    task = await ended(services, repository)
    (repository / "new").mkdir()
    (repository / "new" / "data.bin").write_text("mine\n")

    with pytest.raises(Conflict, match="not committed"):
        await apply(services, task)

    assert "mine\n" == (repository / "new" / "data.bin").read_text()
    assert BASE == (repository / "calc.py").read_text()


async def test_a_change_that_does_not_fit_any_more_changes_nothing(
    services: Services, repository: Path, git_repo: GitRepoFactory
):
    """The user's commits since then win, and the sentence names the branch to merge."""
    task = await ended(services, repository)
    (repository / "calc.py").write_text("def add(*all):\n    return sum(all)\n")
    git_repo.git(repository, "commit", "--all", "--message", "another way")

    with pytest.raises(Conflict, match=f"does not fit .*{task.branch}"):
        await apply(services, task)

    assert set() == status(git_repo, repository)
    assert not (repository / "new").exists()


async def test_what_can_make_programs_run_takes_a_word_of_its_own(
    services: Services, repository: Path
):
    """The refusal names the file; with the word it is applied."""
    task = await ended(services, repository, "configure")

    with pytest.raises(Conflict, match=r"touches \.mcp\.json"):
        await apply(services, task)
    assert not (repository / ".mcp.json").exists()

    assert ".mcp.json" in await apply(services, task, allow_protected=True)


async def test_another_iteration_can_be_made_the_result(
    services: Services, repository: Path, git_repo: GitRepoFactory
):
    """Its work is on the branch, its figures are the task's, and all sums agree with the rows."""
    task = await ended(services, repository)

    chosen = await services.selection.choose(task.id, 1, by="ann")

    assert (1, 0.2, False) == (chosen.best_iteration, chosen.final_quality, chosen.tests_passing)
    assert ("ann", task.status) == (chosen.result["selected_by"], chosen.status)
    assert "a * b" in git_repo.git(repository, "show", f"{task.branch}:calc.py")
    async with services.database.read() as session:
        stored = await rollups.totals(session)
        rows = await recount.recomputed(session)
    ever = {name: sum(sums[name] for key, sums in rows.days.items() if key[0] == rollups.EVER)
            for name in rollups.FIGURES}  # fmt: skip
    assert ever == dict(stored)
    back = await services.selection.choose(task.id, 2, by="ann")
    assert "a + b" in git_repo.git(repository, "show", f"{back.branch}:calc.py")


async def test_a_branch_that_somebody_works_on_is_not_moved(
    services: Services, repository: Path, git_repo: GitRepoFactory
):
    """Neither one that is checked out nor one with commits of somebody else."""
    task = await ended(services, repository)
    git_repo.git(repository, "checkout", "--quiet", str(task.branch))
    with pytest.raises(Conflict, match="is checked out"):
        await services.selection.choose(task.id, 1, by="ann")

    git_repo.git(repository, "commit", "--allow-empty", "--message", "mine")
    tip = git_repo.git(repository, "rev-parse", "HEAD").strip()
    git_repo.git(repository, "checkout", "--quiet", "-")
    with pytest.raises(Conflict, match="holds commits that are not the task's"):
        await services.selection.choose(task.id, 1, by="ann")

    assert tip == git_repo.git(repository, "rev-parse", str(task.branch)).strip()
    assert 2 == (await services.tasks.get(task.id)).best_iteration


async def test_people_judge_results_and_their_words_are_kept(services: Services, repository: Path):
    """Oldest first, each with the run and the iteration that it is about."""
    task = await ended(services, repository)

    await services.feedback.add(task.id, FeedbackVerdict.EDITED, text="the name", by="ann")
    await services.feedback.add(task.id, FeedbackVerdict.ACCEPTED, text=None, by="bob")

    said = await services.feedback.list(task.id)
    assert [("edited", "the name", "ann", 1, 2), ("accepted", None, "bob", 1, 2)] == [
        (each.verdict, each.text, each.created_by, each.attempt, each.iteration) for each in said
    ]
