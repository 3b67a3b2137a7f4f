"""Projects: create in the lowest free slot, read with sums that always agree with the tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import InvalidInput, NotFound
from phantom.ledger import ledger
from phantom.projects.config import ProjectConfiguration
from phantom.vocabulary import ProjectStatus, ProjectType, TaskStatus

SLOTS = ("Projekt-A", "Projekt-B", "Projekt-C")
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


def local_checkout(repository: str) -> Path | None:
    """The directory that `github_repo` names, or None where it names a remote repository."""
    if repository.startswith("file://"):
        return Path(urlsplit(repository).path)
    return Path(repository) if repository.startswith("/") else None


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
    completed = models.Task.status == TaskStatus.COMPLETED
    sums = await session.execute(
        select(
            func.count(), func.count().filter(completed), func.avg(models.Task.final_quality)
        ).where(models.Task.project_id == project.id)
    )
    total, successful, quality = sums.one()
    cost = await session.scalar(
        select(func.coalesce(func.sum(models.LedgerEntry.amount_micros), 0)).where(
            models.LedgerEntry.project_id == project.id, models.LedgerEntry.kind == "settle"
        )
    )
    return ProjectSummary(
        project,
        total_tasks=total,
        successful_tasks=successful,
        avg_quality=float(quality or 0.0),
        total_cost=ledger.dollars(int(cost or 0)) or 0.0,
    )
