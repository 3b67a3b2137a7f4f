"""One run of one task: what the loop needs to know about it, read once when it starts."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import utc_now
from phantom.db import models
from phantom.evaluation.port import Deployment
from phantom.hrm.config import HrmConfig
from phantom.hrm.project import ProjectWishes
from phantom.hrm.resolve import Pinned, pinned
from phantom.orchestration.claim import Claim
from phantom.vocabulary import TaskType


@dataclass(frozen=True, slots=True)
class Run:
    """A task's order, its bounds, and the configuration that it is held to.

    Attributes:
        ends: when its time is over, by the monotonic clock of this process: whoever sets the
            system's clock meanwhile neither shortens nor lengthens it.
    """

    task_id: str
    project_id: str
    attempt: int
    start: int
    prompt: str
    from_issue: bool
    task_type: TaskType
    files: tuple[str, ...]
    workspace: Path | None
    requires_security: bool
    trusted: bool
    requested_agent: str | None
    started_at: datetime
    ends: float
    config_id: str
    config: HrmConfig
    quality_weights: dict[str, float]
    allow_experimental: bool
    require_measured_gate: bool
    deployment: Deployment
    worth_of_an_hour: float

    @property
    def claim(self) -> Claim:
        """This process's right to it."""
        return Claim(self.task_id, self.attempt, self.start)

    @property
    def seconds_left(self) -> float:
        """How long it may still take; not below 0."""
        return max(0.0, self.ends - time.monotonic())

    @property
    def deadline(self) -> datetime:
        """When its time is over, by the system's clock as it goes now."""
        return utc_now() + timedelta(seconds=self.seconds_left)

    @property
    def branch(self) -> str:
        """Where the result is delivered; a retry delivers beside the earlier run's result."""
        return branch_of(self.task_id, self.attempt)


def branch_of(task_id: str, attempt: int) -> str:
    """Name of the branch on which a run's result is delivered."""
    suffix = "" if attempt == 1 else f"-{attempt}"
    return f"phantom/{task_id}{suffix}"


async def held(session: AsyncSession, task_id: str) -> Pinned:
    """The configuration that the run of a task is held to now; a change may have moved it."""
    task = await session.get_one(models.Task, task_id)
    return await pinned(session, task, await session.get_one(models.Project, task.project_id))


async def load(session: AsyncSession, task: models.Task, started_at: datetime) -> Run:
    """Everything about the run of `task` that began at `started_at`."""
    project = await session.get_one(models.Project, task.project_id)
    wishes = ProjectWishes.of(project.config)
    now = await pinned(session, task, project)
    return Run(
        task_id=task.id,
        project_id=task.project_id,
        attempt=task.attempt,
        start=task.starts,
        prompt=task.prompt,
        from_issue=task.issue_number > 0,
        task_type=TaskType(task.task_type),
        files=tuple(task.files),
        workspace=Path(task.workspace) if task.workspace else None,
        requires_security=task.requires_security,
        trusted=project.trusted,
        requested_agent=task.requested_agent,
        started_at=started_at,
        ends=time.monotonic() + _left(started_at, timedelta(minutes=wishes.max_minutes)),
        config_id=now.config_id,
        config=now.effective,
        quality_weights=wishes.quality_weights,
        worth_of_an_hour=wishes.worth_of_an_hour,
        allow_experimental=wishes.allow_experimental,
        require_measured_gate=wishes.require_measured_gate,
        deployment=Deployment.model_validate(project.config.get("deployment", {})),
    )


def _left(started_at: datetime, limit: timedelta) -> float:
    """Seconds; where the clock was set back since the start, no more than there were at all."""
    spent = max(timedelta(), utc_now() - started_at)
    return (limit - spent).total_seconds()
