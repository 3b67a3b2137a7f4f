"""Choosing another iteration than the one that was kept: its work becomes the task's result."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.errors import Conflict
from phantom.events.store import EventStore
from phantom.git import git
from phantom.ledger import rollups
from phantom.orchestration.run import branch_of
from phantom.orchestration.telling import emit_update
from phantom.orchestration.workspace import Workspace
from phantom.tasks.results import Results, Work, gone
from phantom.tasks.service import get_task
from phantom.tasks.waiting import ENDED


class Selection:
    """Puts a person's choice in the place of the loop's."""

    def __init__(self, store: EventStore, results: Results) -> None:
        self._store = store
        self._results = results

    async def choose(self, task_id: str, number: int, *, by: str) -> models.Task:
        """Make iteration `number` of the last run the result, and move the task's branch to it.

        How the task ended stays as it is. Raises NotFound where there is no such work any more,
        Conflict while the task runs, and where the branch holds commits of somebody else.
        """
        work = await self._results.find(task_id, iteration=number)
        if work.task.status not in ENDED:
            raise Conflict("The task is still at work; choose when it has ended, or cancel it.")
        branch = await self._move_branch(work)
        return await self._keep(work, branch, by)

    async def _move_branch(self, work: Work) -> str | None:
        """The branch with the work on it; None where there is nothing to put there."""
        repository = work.origin.repository
        if repository is None or not work.iteration.changed_files:
            return None
        workspace = await self._results.workspace(work)
        if workspace is None:
            raise gone(work)
        branch = branch_of(work.task.id, work.task.attempt)
        async with self._store.database.read() as session:
            ours = await _commits(session, work.task)
        await _refuse_foreign(repository, branch, ours)
        await self._deliver(workspace, repository, branch, work)
        return branch

    async def _deliver(
        self, workspace: Workspace, repository: Path, branch: str, work: Work
    ) -> None:
        if await _checked_out(repository, branch):
            raise Conflict(
                f"{branch} is checked out in {repository} and is not moved under its user's feet; "
                "switch to another branch there first."
            )
        await workspace.deliver(repository, branch, work.commit)

    async def _keep(self, work: Work, branch: str | None, by: str) -> models.Task:
        chosen = work.iteration
        async with self._store.transaction() as transaction:
            session = transaction.session
            task = await get_task(session, work.task.id, lock=True)
            if task.status not in ENDED or task.attempt != chosen.attempt:
                raise Conflict("The task was started again in the meantime; nothing was chosen.")
            counted = await rollups.task_addition(session, task)
            task.best_iteration = chosen.number
            task.final_quality = chosen.quality
            task.current_quality = chosen.quality or 0.0
            task.tests_passing = chosen.tests_passing
            task.security_issues = chosen.security_issues
            task.branch = branch
            told = {"best_iteration": chosen.number, "branch": branch, "selected_by": by}
            task.result = task.result | told
            await rollups.add(session, -counted)
            await rollups.add(session, await rollups.task_addition(session, task))
            emit_update(transaction, task)
        return task


async def _commits(session: AsyncSession, task: models.Task) -> set[str]:
    """What this run has made itself."""
    found = await session.scalars(
        select(models.Iteration.commit).where(
            models.Iteration.task_id == task.id,
            models.Iteration.attempt == task.attempt,
            models.Iteration.commit.is_not(None),
        )
    )
    return {commit for commit in found if commit is not None}


async def _refuse_foreign(repository: Path, branch: str, ours: set[str]) -> None:
    """Raise Conflict where the branch has gone on without us."""
    asked = ("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    tip = (await git(repository, *asked, ok=(0, 1))).strip()
    if tip and tip not in ours:
        raise Conflict(
            f"{branch} in {repository} holds commits that are not the task's ({tip[:12]}); rename "
            "it, then choose again."
        )


async def _checked_out(repository: Path, branch: str) -> bool:
    """True where any work tree of the repository is on the branch."""
    told = await git(repository, "for-each-ref", "--format=%(worktreepath)", f"refs/heads/{branch}")
    return bool(told.strip())
