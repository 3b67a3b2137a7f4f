"""A task's visible state, told to whoever watches."""

from phantom.db import models
from phantom.events.store import Transaction
from phantom.events.types import TaskUpdate
from phantom.vocabulary import TaskStatus


def emit_update(transaction: Transaction, task: models.Task) -> None:
    """Tell the task's visible state."""
    transaction.emit(
        TaskUpdate(
            task_id=task.id,
            status=TaskStatus(task.status),
            current_iteration=task.current_iteration,
            current_quality=task.current_quality,
        ),
        task_id=task.id,
        project_id=task.project_id,
    )
