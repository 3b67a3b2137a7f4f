"""What the agents of a task printed."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from phantom.api.problems import Problem
from phantom.api.services import Wired
from phantom.api.tasks import TaskId

router = APIRouter(prefix="/api/tasks", tags=["tasks"])

_LINES = "application/x-ndjson"


@router.get(
    "/{task_id}/transcript",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One JSON object a line: a head of `type` `call` for each call, then "
            "what its agent printed, with secrets redacted.",
            "content": {_LINES: {"schema": {"type": "string"}}},
        },
        404: {"model": Problem, "description": "No such task, or no transcript of that run"},
    },
)
async def get_transcript(
    task_id: TaskId,
    services: Wired,
    attempt: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Which run; by default the last.")
    ] = None,
) -> StreamingResponse:
    """Everything that the agents printed, up to now where one is at work."""
    task = await services.tasks.get(task_id)
    calls = await services.transcripts.find(task.id, attempt or task.attempt)
    # An attachment: a browser must not take what an agent wrote for a page of ours.
    headers = {"Content-Disposition": f'attachment; filename="{task.id}.jsonl"'}
    return StreamingResponse(services.transcripts.lines(calls), media_type=_LINES, headers=headers)
