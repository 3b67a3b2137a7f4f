"""Pages of tasks: newest first, ties by id, by a number or by a cursor."""

import base64
import json
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter
from sqlalchemy import BindParameter, Select, bindparam, select, tuple_
from sqlalchemy.orm import defer

from phantom.clock import iso
from phantom.db.models import Task
from phantom.errors import InvalidInput
from phantom.vocabulary import TaskStatus

_NEWEST_FIRST = (Task.created_at.desc(), Task.id.desc())
_AS_LISTED = defer(Task.prompt, raiseload=True)
for _column in (Task.content, Task.files, Task.result, Task.workspace):
    _AS_LISTED = _AS_LISTED.defer(_column, raiseload=True)
_PLACE: TypeAdapter[tuple[AwareDatetime, UUID]] = TypeAdapter(tuple[AwareDatetime, UUID])


def asked(
    project_id: str | None, status: TaskStatus | None, page: int, page_size: int, cursor: str | None
) -> tuple[Select[Task], dict[str, object]]:
    """The statement of a page without what lists do not show, and its parameters.

    Raises InvalidInput for a cursor that no list gave.
    """
    statement = _page(
        of_project=project_id is not None, of_status=status is not None, continued=bool(cursor)
    )
    given: dict[str, object] = {"project_id": project_id, "status": status, "size": page_size}
    if cursor:
        created, task_id = place(cursor)
        return statement, given | {"created": created, "task_id": task_id}
    return statement, given | {"skipped": (page - 1) * page_size}


@cache
def _page(*, of_project: bool, of_status: bool, continued: bool) -> Select[Task]:
    """Made once of each kind: putting it together takes longer than the database does."""
    wanted = newest_first(
        bindparam("project_id") if of_project else None,
        bindparam("status") if of_status else None,
    )
    if continued:
        wanted = _continued(wanted).limit(bindparam("size"))
    else:
        wanted = numbered(wanted, bindparam("skipped"), bindparam("size"))
    return wanted.options(_AS_LISTED)


def newest_first(
    project_id: str | BindParameter[str] | None, status: str | BindParameter[str] | None
) -> Select[Task]:
    """Tasks in the order of lists; each combination of filters has its index."""
    wanted = select(Task)
    if project_id is not None:
        wanted = wanted.where(Task.project_id == project_id)
    if status is not None:
        wanted = wanted.where(Task.status == status)
    return wanted.order_by(*_NEWEST_FIRST)


def after(wanted: Select[Task], created: datetime, task_id: str) -> Select[Task]:
    """Those of `wanted` that come after a task."""
    return _continued(wanted).params(created=created, task_id=task_id)


def _continued(wanted: Select[Task]) -> Select[Task]:
    created = bindparam("created", type_=Task.created_at.type)
    task_id = bindparam("task_id", type_=Task.id.type)
    return wanted.where(tuple_(Task.created_at, Task.id) < tuple_(created, task_id))


def numbered(
    wanted: Select[Task], skipped: int | BindParameter[int], size: int | BindParameter[int]
) -> Select[Task]:
    """`size` of `wanted`; the `skipped` ones are counted along the index, not read."""
    ids = wanted.with_only_columns(Task.id).offset(skipped).limit(size)
    return select(Task).where(Task.id.in_(ids)).order_by(*_NEWEST_FIRST)


def cursor_after(task: Task) -> str:
    """What continues a list after `task`."""
    told = json.dumps([iso(task.created_at), task.id])
    return base64.urlsafe_b64encode(told.encode()).decode()


def place(cursor: str) -> tuple[datetime, str]:
    """Where a cursor goes on. Raises InvalidInput where it is none."""
    try:
        created, task_id = _PLACE.validate_json(base64.urlsafe_b64decode(cursor))
        return created.astimezone(UTC), str(task_id)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "The cursor is not one that a task list gave; start without it."
        ) from error
