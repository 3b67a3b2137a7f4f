"""Projects: create in the lowest free slot, read with sums that always agree with the tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.ledger import rollups
from phantom.projects.config import ProjectConfiguration, merged
from phantom.vocabulary import ProjectSlot, ProjectStatus, ProjectType, TaskStatus

SLOTS = tuple(slot.value for slot in ProjectSlot)
AD_HOC_ID = "00000000-0000-4000-8000-000000000000"
"""The built-in project of tasks that belong to no other; it holds no slot and is not listed."""


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """A project and what its tasks add up to.

    Attributes:
        avg_quality: mean final quality of its tasks that have one, in [0, 1]; 0 without any.
        total_cost: US dollars settled for its tasks.
    """

    project: models.Project
    total_tasks: int = 0
    successful_tasks: int = 0
    avg_quality: float = 0.0
    total_cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChanges:
    """What is to be changed of a project; None leaves a field as it is.

    Attributes:
        sets_repository: True where `github_repo` counts, as None too, which takes it away.
        config: sections and fields to be replaced; what it leaves out stays.
        trusted: whether agents may load and change configuration in the repository that is code.
    """

    name: str | None = None
    status: ProjectStatus | None = None
    sets_repository: bool = False
    github_repo: str | None = None
    config: ProjectConfiguration | None = None
    trusted: bool | None = None


class ProjectService:
    """Rules and queries of projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure_ad_hoc(self) -> None:
        """Make sure that the built-in project exists; safe when two processes start together."""
        try:
            async with self._database.write() as session:
                if await session.get(models.Project, AD_HOC_ID) is None:
                    session.add(_row("ad-hoc", ProjectType.GENERAL, None, None, AD_HOC_ID))
        except IntegrityError:
            return

    async def create(
        self,
        name: str,
        project_type: ProjectType,
        github_repo: str | None,
        config: ProjectConfiguration,
        *,
        trusted: bool = False,
    ) -> ProjectSummary:
        """Take the lowest free slot. Raises InvalidInput where all three are taken."""
        for _ in SLOTS:
            try:
                async with self._database.write() as session:
                    taken = set(await session.scalars(select(models.Project.slot)))
                    free = [slot for slot in SLOTS if slot not in taken]
                    if not free:
                        raise InvalidInput(
                            "All three project slots (Projekt-A, Projekt-B, Projekt-C) are taken; "
                            "delete a project first."
                        )
                    project = _row(name, project_type, github_repo, free[0])
                    project.config = config.model_dump(mode="json", exclude_none=True)
                    project.trusted = trusted
                    session.add(project)
                return ProjectSummary(project)
            except IntegrityError:
                # Somebody else took the slot between our look and our insert: look again.
                continue
        raise InvalidInput("The project slots were taken by others at the same moment; try again.")

    async def list(self) -> Sequence[ProjectSummary]:
        """All projects in slots, by slot."""
        async with self._database.read() as session:
            projects = await session.scalars(
                select(models.Project)
                .where(models.Project.slot.is_not(None))
                .order_by(models.Project.slot)
            )
            return [await _summary(session, project) for project in projects]

    async def get(self, project_id: str) -> ProjectSummary:
        """One project. Raises NotFound."""
        async with self._database.read() as session:
            project = await session.get(models.Project, project_id)
            if project is None:
                raise NotFound(f"There is no project {project_id}.")
            return await _summary(session, project)

    async def update(self, project_id: str, changes: ProjectChanges) -> ProjectSummary:
        """Change what `changes` names. Raises NotFound, and Conflict where the state forbids it.

        An archived project is read-only until its status is changed.
        """
        async with self._database.write() as session:
            project = await _locked(session, project_id)
            status = changes.status or ProjectStatus(project.status)
            if project.status == status == ProjectStatus.ARCHIVED:
                raise Conflict(
                    f"Project '{project.name}' is archived and read-only; "
                    "set its status to active or paused first."
                )
            if status == ProjectStatus.ARCHIVED:
                await _refuse_open_tasks(session, project, "archived")
            project.status = status
            if changes.name is not None:
                project.name = changes.name
            if changes.sets_repository:
                project.github_repo = changes.github_repo
            if changes.trusted is not None:
                project.trusted = changes.trusted
            if changes.config is not None:
                project.config = merged(project.config, changes.config)
            await session.flush()
            return await _summary(session, project)

    async def open_tasks(self, project_id: str) -> Sequence[str]:
        """Ids of its tasks that have not ended. Raises NotFound."""
        await self.get(project_id)
        async with self._database.read() as session:
            found = await session.scalars(
                select(models.Task.id).where(
                    models.Task.project_id == project_id,
                    models.Task.status.in_((TaskStatus.PENDING, TaskStatus.IN_PROGRESS)),
                )
            )
            return list(found)

    async def delete(self, project_id: str) -> None:
        """Remove the project and all that hangs on it, and free its slot, in one transaction.

        Raises NotFound, and Conflict while a task of it has not ended.
        """
        async with self._database.write() as session:
            # In the order in which everybody locks: tasks before their project.
            of_project = select(models.Task.id).where(models.Task.project_id == project_id)
            locked = of_project.order_by(models.Task.id).with_for_update()
            task_ids = set(await session.scalars(locked))
            project = await _locked(session, project_id)
            await _refuse_open_tasks(session, project, "deleted")
            await session.execute(delete(models.Event).where(models.Event.project_id == project_id))
            # Configurations name what they are for without a key to it.
            for config in await session.scalars(
                select(models.HrmConfig).where(models.HrmConfig.scope != "server")
            ):
                if config.scope_id == project_id or config.scope_id in task_ids:
                    await session.delete(config)
            await session.delete(project)

    async def owner_of(self, workspace: Path) -> models.Project | None:
        """The project whose local checkout holds `workspace`, the innermost one."""
        async with self._database.read() as session:
            projects = list(
                await session.scalars(
                    select(models.Project).where(models.Project.github_repo.is_not(None))
                )
            )
        holding = [
            (len(checkout.parts), project)
            for project in projects
            if (checkout := local_checkout(project.github_repo or "")) is not None
            and workspace.is_relative_to(checkout)
        ]
        return max(holding, key=lambda pair: pair[0])[1] if holding else None


async def admit(session: AsyncSession, project_id: str) -> None:
    """Hold the project as it is until the end of the transaction that gives it work.

    Raises NotFound where it is gone, and Conflict where it takes no work.
    """
    project = await session.get(models.Project, project_id, with_for_update={"read": True})
    if project is None:
        raise NotFound(f"There is no project {project_id}.")
    if project.status != ProjectStatus.ACTIVE:
        raise Conflict(f"Project '{project.name}' is {project.status} and takes no new work.")


def local_checkout(repository: str) -> Path | None:
    """The directory that `github_repo` names, or None where it names a remote repository."""
    if repository.startswith("file://"):
        return Path(urlsplit(repository).path)
    return Path(repository) if repository.startswith("/") else None


async def _locked(session: AsyncSession, project_id: str) -> models.Project:
    """The project, held against changes and new work. Raises NotFound, Conflict."""
    project = await session.get(models.Project, project_id, with_for_update=True)
    if project is None:
        raise NotFound(f"There is no project {project_id}.")
    if project.slot is None:
        raise Conflict("The built-in project of tasks without one cannot be changed or deleted.")
    return project


async def _refuse_open_tasks(session: AsyncSession, project: models.Project, what: str) -> None:
    counts = await rollups.task_counts(session, project.id)
    number = counts[TaskStatus.PENDING] + counts[TaskStatus.IN_PROGRESS]
    if number:
        raise Conflict(
            f"Project '{project.name}' has {number} task{'s' * (number > 1)} that "
            f"{'have' if number > 1 else 'has'} not ended, so it cannot be {what}; "
            "cancel them first, or let them end."
        )


def _row(
    name: str,
    project_type: ProjectType,
    github_repo: str | None,
    slot: str | None,
    project_id: str | None = None,
) -> models.Project:
    return models.Project(
        id=project_id or models.new_id(),
        name=name,
        type=project_type,
        status=ProjectStatus.ACTIVE,
        github_repo=github_repo,
        slot=slot,
        config=ProjectConfiguration().model_dump(mode="json", exclude_none=True),
    )


async def _summary(session: AsyncSession, project: models.Project) -> ProjectSummary:
    counts = await rollups.task_counts(session, project.id)
    sums = await rollups.totals(session, project.id)
    return ProjectSummary(
        project,
        total_tasks=sum(counts.values()),
        successful_tasks=counts[TaskStatus.COMPLETED],
        avg_quality=rollups.mean(sums, "quality") or 0.0,
        total_cost=sums["cost_micros"] / models.MICROS,
    )
