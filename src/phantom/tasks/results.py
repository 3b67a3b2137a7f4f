"""What a run changed, iteration by iteration, and what a person does with it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, GitFailed, NotFound
from phantom.evaluation import is_protected
from phantom.git import apply_patch, git, patch
from phantom.orchestration.standing import recorded
from phantom.orchestration.steps import load_records
from phantom.orchestration.workspace import Origin, Workspace
from phantom.tasks.service import get_task


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one iteration, or of one of its candidates.

    Attributes:
        origin: what its run was cut from.
        candidate: the commit of a candidate that is meant instead of the one that was kept.
    """

    task: models.Task
    iteration: models.Iteration
    origin: Origin
    candidate: str | None = None

    @property
    def commit(self) -> str:
        """The state that the iteration left behind."""
        if self.candidate is not None:
            return self.candidate
        assert self.iteration.commit is not None
        return self.iteration.commit


@dataclass(frozen=True, slots=True)
class Applied:
    """What was put into a checkout: staged, and not committed."""

    repository: Path
    branch: str | None
    files: tuple[str, ...]


class Results:
    """Reads the work of runs from `workspaces`, and from the repository that it was brought to."""

    def __init__(self, database: Database, workspaces: Path) -> None:
        self._database = database
        self._workspaces = workspaces

    async def find(
        self,
        task_id: str,
        *,
        iteration: int | None = None,
        attempt: int | None = None,
        candidate: str | None = None,
    ) -> Work:
        """The work of an iteration; by default of the one that was kept, else of the last one.

        `candidate` is the letter of one of several that were made at the same time. Raises NotFound
        where there is no such iteration or candidate, or none that was evaluated yet.
        """
        async with self._database.read() as session:
            task = await get_task(session, task_id)
            of_run = attempt or task.attempt
            wanted = iteration or (task.best_iteration if of_run == task.attempt else None)
            row = await _iteration(session, task.id, of_run, wanted)
            records = await load_records(session, task.id, of_run)
        origin = Origin.model_validate(records["workspace"].value)
        if candidate is None:
            return Work(task, row, origin)
        if (made := recorded(records, row.number, candidate)) is None:
            raise NotFound(f"Iteration {row.number} has no evaluated candidate '{candidate}'.")
        return Work(task, row, origin, made.commit)

    async def patch(self, work: Work) -> bytes:
        """What the iteration changed, counted from where the run began, as git prints it.

        Raises NotFound where it was removed, GitFailed where it is too large.
        """
        workspace = await self.workspace(work)
        if workspace is not None:
            return await workspace.patch(work.origin.base_commit, work.commit)
        repository = work.origin.repository
        if repository is not None and await _has(repository, work.commit):
            return await patch(repository, work.origin.base_commit, work.commit)
        raise gone(work)

    async def apply(self, work: Work, *, allow_protected: bool = False) -> Applied:
        """Put the change into the user's checkout and index, whole or not at all; commit nothing.

        What can make programs run is only touched with `allow_protected`. Raises Conflict where it
        does not fit, NotFound where the work was removed.
        """
        repository = work.origin.repository
        if repository is None:
            raise Conflict("The task had no repository, so there is nothing to apply to.")
        changes = await self.patch(work)
        files = await _files(repository, changes)
        if not files:
            raise Conflict(f"Iteration {work.iteration.number} changed nothing.")
        protected = [path for path in files if is_protected(path)]
        if protected and not allow_protected:
            raise Conflict(
                f"The change touches {', '.join(protected)}, which can make programs run on this "
                "machine. Read the diff, then apply with `allow_protected`."
            )
        await _refuse_dirty(repository, files)
        if (why := await apply_patch(repository, changes)) is not None:
            raise Conflict(
                f"The change does not fit {repository} as it is now, and nothing was touched: "
                f"{_first(why)}. Merge the branch {work.task.branch or 'of the task'} instead."
            )
        return Applied(repository, await _branch(repository), files)

    async def workspace(self, work: Work) -> Workspace | None:
        """The run's workspace, while it is kept."""
        found = Workspace(self._workspaces / work.task.id / str(work.iteration.attempt))
        kept = await asyncio.to_thread(lambda: found.control.is_dir() and found.tree.is_dir())
        return found if kept else None


def gone(work: Work) -> NotFound:
    """The error for work that retention has removed."""
    return NotFound(
        f"The work of iteration {work.iteration.number} was removed with its workspace "
        "(`keep_hours`); what is on the task's branch is left."
    )


async def _iteration(
    session: AsyncSession, task_id: str, attempt: int, number: int | None
) -> models.Iteration:
    """The iteration of this number, else the last one that has a state to show."""
    shown = (
        models.Iteration.task_id == task_id,
        models.Iteration.attempt == attempt,
        models.Iteration.commit.is_not(None),
    )
    wanted = select(models.Iteration).where(*shown).order_by(models.Iteration.number.desc())
    if number is not None:
        wanted = wanted.where(models.Iteration.number == number)
    if (found := await session.scalar(wanted.limit(1))) is not None:
        return found
    many = await session.scalar(select(func.count()).where(*shown))
    which = f"no evaluated iteration {number}" if number is not None else "no evaluated iteration"
    raise NotFound(f"Run {attempt} of the task has {which}; it has {many}.")


async def _has(repository: Path, commit: str) -> bool:
    try:
        await git(repository, "cat-file", "-e", f"{commit}^{{commit}}")
    except GitFailed:
        return False
    return True


async def _files(repository: Path, changes: bytes) -> tuple[str, ...]:
    """Paths that a patch touches, relative to the root of the repository."""
    if not changes:
        return ()
    told = await git(repository, "apply", "--numstat", "-z", "-", stdin=changes)
    return tuple(line.split("\t", 2)[2] for line in told.split("\0") if line)


async def _refuse_dirty(repository: Path, files: tuple[str, ...]) -> None:
    """Raise Conflict where one of the files has changes of its owner's, or is in the way."""
    told = await git(repository, "status", "--porcelain", "-z", "--no-renames", "--", *files)
    dirty = [line[3:] for line in told.split("\0") if line]
    if dirty:
        raise Conflict(
            f"{', '.join(dirty[:5])} in {repository} {'has' if len(dirty) == 1 else 'have'} "
            "changes that are not committed; commit or stash them, then apply again."
        )


async def _branch(repository: Path) -> str | None:
    """The branch that is checked out, None where HEAD is detached."""
    found = await git(repository, "symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1))
    return found.strip() or None


def _first(words: str) -> str:
    """git's first complaint without its prefix."""
    lines = words.splitlines() or ["git gave no reason"]
    return lines[0].removeprefix("error: ")
