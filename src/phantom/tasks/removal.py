"""Deleting a project for good, with or without stopping its work first."""

import asyncio

from phantom.errors import Conflict
from phantom.projects.service import ProjectService
from phantom.tasks.service import TaskService, checked_id

PATIENCE_SECONDS = 60.0
"""How long the end of cancelled tasks is waited for."""


async def remove_project(
    projects: ProjectService, tasks: TaskService, project_id: str, *, force: bool
) -> None:
    """Delete the project. `force` cancels its tasks first and waits until they have ended.

    Raises NotFound, and Conflict while a task has not ended: without `force` at once, with it after
    `PATIENCE_SECONDS`.
    """
    project_id = checked_id(project_id, "project")
    if force:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await _end_all(projects, tasks, project_id)
        except TimeoutError:
            raise Conflict(
                f"The project's tasks did not end within {PATIENCE_SECONDS:.0f} s of being "
                "cancelled; try again."
            ) from None
    await projects.delete(project_id)


async def _end_all(projects: ProjectService, tasks: TaskService, project_id: str) -> None:
    # Work that arrives meanwhile is cancelled as well.
    while task_ids := await projects.open_tasks(project_id):
        for task_id in task_ids:
            try:
                await tasks.cancel(task_id)
            except Conflict:
                continue  # it has ended by itself
        for task_id in task_ids:
            await tasks.wait(task_id)
