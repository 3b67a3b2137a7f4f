"""What tasks changed, and what people make of it: diff, apply, choose, judge."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StrictBool, StrictInt

from phantom.api.caller import Caller
from phantom.api.problems import Problem, Responses
from phantom.api.schemas import Body, TaskDetail, Text, example
from phantom.api.services import Wired
from phantom.api.tasks import TaskId
from phantom.db import models
from phantom.tasks.results import Applied
from phantom.vocabulary import FeedbackVerdict

router = APIRouter(prefix="/api/tasks", tags=["tasks"])

_PATCH = "text/x-diff"
_GONE: Responses = {404: {"model": Problem, "description": "No such task, or no such work"}}
_UNFIT: Responses = {409: {"model": Problem, "description": "It does not fit; nothing was changed"}}
_EARLY: Responses = {409: {"model": Problem, "description": "The task has not ended"}}

Number = Annotated[StrictInt, Field(ge=1, le=1_000_000)]


class WhichIteration(Body):
    """An iteration of the last run whose change is to be applied."""

    model_config = example(allow_protected=False)

    iteration: Number | None = Field(default=None, description="By default the one that was kept.")
    allow_protected: StrictBool = Field(
        default=False,
        description="Also apply changes of files that can make programs run, such as `.mcp.json`.",
    )


class AppliedView(BaseModel):
    """What was put into the checkout: staged, and not committed."""

    task_id: UUID
    iteration: int
    repository: str = Field(description="Root of the checkout.")
    branch: str | None = Field(description="What is checked out there; null for no branch.")
    files: list[str] = Field(description="Paths that were changed, relative to the root.")

    @classmethod
    def of(cls, task_id: str, iteration: int, applied: Applied) -> Self:
        """The view of what was applied."""
        return cls(
            task_id=UUID(task_id),
            iteration=iteration,
            repository=str(applied.repository),
            branch=applied.branch,
            files=list(applied.files),
        )


class ChosenIteration(Body):
    """The iteration that is to be the task's result."""

    model_config = example(iteration=1)

    iteration: Number


class NewFeedback(Body):
    """What became of the result."""

    model_config = example(verdict="accepted", text="Merged as it is.")

    verdict: FeedbackVerdict
    text: Annotated[Text, Field(max_length=10_000)] | None = Field(
        default=None, description="What you thought of it."
    )


class FeedbackView(BaseModel):
    """What somebody thought of a result."""

    id: UUID
    attempt: int
    iteration: int | None = Field(description="The one that was kept then; null for none.")
    verdict: FeedbackVerdict
    text: str | None = Field(description="What was thought of it.")
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, row: models.Feedback) -> Self:
        """The view of what was said."""
        return cls(
            id=UUID(row.id),
            attempt=row.attempt,
            iteration=row.iteration,
            verdict=FeedbackVerdict(row.verdict),
            text=row.text,
            created_by=row.created_by,
            created_at=row.created_at,
        )


@router.get(
    "/{task_id}/diff",
    response_class=Response,
    responses=_GONE
    | {
        200: {
            "description": "A patch as git makes it, binary files included; empty for no change.",
            "content": {_PATCH: {"schema": {"type": "string"}}},
        }
    },
)
async def get_diff(
    task_id: TaskId,
    services: Wired,
    iteration: Annotated[
        int | None,
        Query(ge=1, le=1_000_000, description="By default the one that was kept, else the last."),
    ] = None,
    attempt: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Which run; by default the last.")
    ] = None,
    candidate: Annotated[
        str | None,
        Query(
            pattern="^[a-d]$",
            description="Letter of one of several that were made at the same time.",
        ),
    ] = None,
) -> Response:
    """What an iteration changed, from where its run began."""
    work = await services.results.find(
        task_id, iteration=iteration, attempt=attempt, candidate=candidate
    )
    changes = await services.results.patch(work)
    name = f"{work.task.id}-{work.iteration.attempt}-{work.iteration.number}.diff"
    # An attachment: a browser must not take what an agent wrote for a page of ours.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(changes, media_type=_PATCH, headers=headers)


@router.post("/{task_id}/apply", response_model=AppliedView, responses=_GONE | _UNFIT)
async def apply_task(task_id: TaskId, body: WhichIteration, services: Wired) -> AppliedView:
    """Put a change into your checkout and index, whole or not at all; committing is yours."""
    work = await services.results.find(task_id, iteration=body.iteration)
    applied = await services.results.apply(work, allow_protected=body.allow_protected)
    return AppliedView.of(work.task.id, work.iteration.number, applied)


@router.post("/{task_id}/select-iteration", response_model=TaskDetail, responses=_GONE | _UNFIT)
async def select_iteration(
    task_id: TaskId, body: ChosenIteration, services: Wired, caller: Caller
) -> TaskDetail:
    """Make another iteration the result, and move the task's branch to it."""
    chosen = await services.selection.choose(task_id, body.iteration, by=caller.name)
    return TaskDetail.of(chosen)


@router.post(
    "/{task_id}/feedback",
    status_code=201,
    response_model=FeedbackView,
    responses=_GONE | _EARLY,
)
async def give_feedback(
    task_id: TaskId, body: NewFeedback, services: Wired, caller: Caller
) -> FeedbackView:
    """Say what became of the result; it is kept for learning."""
    said = await services.feedback.add(task_id, body.verdict, text=body.text, by=caller.name)
    return FeedbackView.of(said)


@router.get("/{task_id}/feedback", response_model=list[FeedbackView], responses=_GONE)
async def list_feedback(task_id: TaskId, services: Wired) -> list[FeedbackView]:
    """What people thought of the result, oldest first."""
    return [FeedbackView.of(each) for each in await services.feedback.list(task_id)]
