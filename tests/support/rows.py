"""Rows that a test needs to be there, with everything it does not care about filled in."""

from phantom.db import models
from phantom.db.database import Database
from phantom.vocabulary import TaskStatus


def project(**fields: object) -> models.Project:
    """An active project without a slot."""
    given = {"name": "A project", "type": "python", "status": "active", "config": {}}
    return models.Project(id=models.new_id(), **(given | fields))


def task(project_id: str, **fields: object) -> models.Task:
    """A pending task."""
    given = {
        "title": "A task",
        "status": TaskStatus.PENDING,
        "prompt": "Do",
        "task_type": "debugging",
        "assigned_agent": "local",
        "max_iterations": 4,
    }
    return models.Task(id=models.new_id(), project_id=project_id, **(given | fields))


async def stored_task(database: Database, **fields: object) -> models.Task:
    """A task in the database, in a project of its own."""
    owner = project()
    row = task(owner.id, **fields)
    async with database.write() as session:
        session.add(owner)
        await session.flush()
        session.add(row)
    return row
