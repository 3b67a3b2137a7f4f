"""Tasks (reference section 3): list, read, queue, cancel, retry."""

from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, JsonValue

from phantom.api.caller import Caller
from phantom.api.kept import KeptRoute
from phantom.api.problems import InvalidRequest, Problem, Responses
from phantom.api.schemas import (
    EXAMPLE_ID,
    Body,
    IterationView,
    ShortText,
    TaskDetail,
    TaskView,
    Text,
    example,
)
from phantom.api.services import Wired
from phantom.tasks.history import rounds
from phantom.tasks.service import Order, Page
from phantom.vocabulary import TaskStatus, TaskType

router = APIRouter(prefix="/api/tasks", tags=["tasks"], route_class=KeptRoute)

_LAST_PAGE = 1_000_000
_LAST_SEQ = 2**63 - 1

TaskId = Annotated[str, Path(description="Id of the task.", examples=[EXAMPLE_ID])]
_NOT_FOUND: Responses = {404: {"model": Problem, "description": "No such task"}}
_CONFLICT: Responses = {409: {"model": Problem, "description": "The task's state forbids it"}}


class TaskPage(BaseModel):
    """A page of tasks, newest first. `cursor` continues after its last one, null at the end."""

    items: list[TaskView]
    total: int
    page: int
    page_size: int
    total_pages: int
    cursor: str | None

    @classmethod
    def of(cls, found: Page, page: int, page_size: int) -> Self:
        """The page of a list that was cut in `page_size`s."""
        return cls(
            items=[TaskView.of(task) for task in found.items],
            total=found.total,
            page=page,
            page_size=page_size,
            total_pages=-(-found.total // page_size),
            cursor=found.cursor,
        )


class NewTask(Body):
    """Work to be queued; the agent is told the title and the description."""

    model_config = example(
        title="Fix the login",
        description="It fails for names with a space.",
        labels=["bug"],
        task_type="debugging",
        workspace="project",
    )

    title: Annotated[Text, Field(min_length=1, max_length=300)]
    description: Text | None = None
    labels: list[ShortText] = Field(default=[], max_length=50)
    project_id: ShortText | None = None
    task_type: TaskType = TaskType.CODE_GENERATION
    files: list[ShortText] = Field(default=[], max_length=1000)
    workspace: Text | None = Field(
        default=None, description="By default the project's own checkout, where it has one."
    )
    agent: ShortText | None = None


class EventPage(BaseModel):
    """Events of a task, oldest first; ask on with `after` = `last_event_id`."""

    items: list[dict[str, JsonValue]]
    last_event_id: int


@router.get(
    "",
    response_model=TaskPage,
    responses={
        400: {"model": InvalidRequest},
        404: {"model": Problem, "description": "No such project"},
    },
)
async def list_tasks(
    services: Wired,
    *,
    project_id: str | None = None,
    status: TaskStatus | None = None,
    page: Annotated[int, Query(ge=1, le=_LAST_PAGE)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None,
        Query(max_length=500, description="From the page before; stable while tasks are added."),
    ] = None,
) -> TaskPage:
    """Tasks, newest first, by page number or by cursor."""
    found = await services.tasks.list(
        project_id=project_id, status=status, page=page, page_size=page_size, cursor=cursor
    )
    return TaskPage.of(found, page, page_size)


@router.post(
    "",
    status_code=201,
    response_model=TaskDetail,
    responses={
        404: {"model": Problem, "description": "No such project"},
        409: {"model": Problem, "description": "The project takes no work"},
        507: {"model": Problem, "description": "The server's disk is full"},
    },
)
async def create_task(body: NewTask, services: Wired, response: Response) -> TaskDetail:
    """Queue work and answer at once."""
    task = await services.tasks.submit(
        Order(
            prompt="\n\n".join(part for part in (body.title, body.description) if part),
            task_type=body.task_type,
            files=tuple(body.files),
            workspace=body.workspace,
            agent=body.agent,
            project_id=body.project_id,
            title=body.title,
            description=body.description,
            labels=tuple(body.labels),
        )
    )
    response.headers["Location"] = f"/api/tasks/{task.id}"
    return TaskDetail.of(task)


@router.get("/{task_id}", response_model=TaskDetail, responses=_NOT_FOUND)
async def get_task(task_id: TaskId, services: Wired) -> TaskDetail:
    """One task, with its result."""
    return TaskDetail.of(await services.tasks.get(task_id))


@router.get("/{task_id}/iterations", response_model=list[IterationView], responses=_NOT_FOUND)
async def list_iterations(
    task_id: TaskId,
    services: Wired,
    attempt: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Which run; by default the last.")
    ] = None,
) -> list[IterationView]:
    """The rounds of a run: what was called, measured and decided."""
    task = await services.tasks.get(task_id)
    made = await rounds(services.database, task.id, attempt or task.attempt)
    return [IterationView.of(each) for each in made]


@router.get("/{task_id}/events", response_model=EventPage, responses=_NOT_FOUND)
async def list_task_events(
    task_id: TaskId,
    services: Wired,
    after: Annotated[int, Query(ge=0, le=_LAST_SEQ, description="Id of the last one seen.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> EventPage:
    """What happened to a task, as its WebSocket channel tells it."""
    task = await services.tasks.get(task_id)
    events = await services.store.after(after, task_id=task.id, limit=limit)
    return EventPage(
        items=[event.body for event in events],
        last_event_id=events[-1].seq if events else after,
    )


@router.post("/{task_id}/cancel", response_model=TaskDetail, responses=_NOT_FOUND | _CONFLICT)
async def cancel_task(task_id: TaskId, services: Wired) -> TaskDetail:
    """Stop a task: a pending one at once, a running one as soon as its step is stopped."""
    return TaskDetail.of(await services.tasks.cancel(task_id))


@router.post("/{task_id}/retry", response_model=TaskDetail, responses=_NOT_FOUND | _CONFLICT)
async def retry_task(task_id: TaskId, services: Wired) -> TaskDetail:
    """Run a failed task again; the history of the earlier runs is kept."""
    return TaskDetail.of(await services.tasks.retry(task_id))


class ChosenAgent(Body):
    """The agent that is to go on."""

    model_config = example(agent_id="claude_main")

    agent_id: ShortText


@router.post("/{task_id}/choose-agent", response_model=TaskDetail, responses=_NOT_FOUND | _CONFLICT)
async def choose_agent(
    task_id: TaskId, body: ChosenAgent, services: Wired, caller: Caller
) -> TaskDetail:
    """Say which agent goes on, where the task waits for that (`manual`)."""
    chosen = await services.tasks.choose_agent(task_id, body.agent_id, by=caller.name)
    return TaskDetail.of(chosen)
