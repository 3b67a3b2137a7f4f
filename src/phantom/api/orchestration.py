"""Orchestration (reference section 1): execute a task, and whether the orchestrator is up."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field, JsonValue
from starlette.responses import JSONResponse

from phantom.agents.breakers import BreakerStatus
from phantom.agents.windows import Window
from phantom.api.problems import INTERNAL, InvalidRequest, Problem, TaskFailed, TaskProblem
from phantom.api.schemas import Body, ShortText, Text, duration, example
from phantom.api.services import Wired
from phantom.clock import utc_now
from phantom.db import models
from phantom.ledger import ledger
from phantom.orchestration.stops import Reason
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, BreakerState, TaskStatus, TaskType

router = APIRouter(prefix="/api/orchestration", tags=["orchestration"])

_STATUS_OF_FAILURE = {
    Reason.AGENT_FAILED: 502,
    Reason.NO_AGENT: 503,
    Reason.WORKSPACE: 400,
    Reason.DISK_FULL: 507,
    Reason.CRASH_LOOP: 500,
    Reason.INTERNAL_ERROR: 500,
}
"""What answers a task that ended without having been worked on; all other ends answer 200."""


class ExecuteRequest(Body):
    """What is to be done, and where."""

    model_config = example(
        prompt="Fix the failing tests",
        task_type="debugging",
        files=["src/**/*.py"],
        workspace="project",
    )

    prompt: Text = Field(examples=["Fix the failing tests"], json_schema_extra={"pattern": r"\S"})
    task_type: TaskType = TaskType.CODE_GENERATION
    files: list[ShortText] = Field(
        default=[], max_length=1000, description="Globs, resolved inside the workspace."
    )
    workspace: Text | None = Field(
        default=None,
        description="A git repository below one of the server's roots; a relative path counts "
        "from the first root.",
        examples=["./project"],
    )
    requires_security: bool = False
    agent: ShortText | None = Field(default=None, description="Id or type of the agent to use.")
    agent_type: AgentType | None = Field(default=None, description="Type of the agent to use.")
    project_id: ShortText | None = None
    wait: bool = Field(default=True, description="False answers 202 at once.")


class ExecuteResponse(BaseModel):
    """The result of a task that ran to its end, whether or not it reached its goal."""

    task_id: str
    agent: AgentType
    content: str
    tokens: int
    cost: float | None = Field(description="US dollars; null where it cannot be known.")
    duration: float = Field(description="Seconds from the run's start to its end.")
    session_id: str | None
    timestamp: datetime
    metadata: dict[str, JsonValue] = Field(
        description="`outcome` is `completed` or the failure reason; with it `status`, "
        "`failure_reason`, `failure_detail` and how the run went."
    )

    @classmethod
    def of(cls, task: models.Task) -> Self:
        """The answer for a task that has ended."""
        end = {
            "outcome": task.failure_reason or task.status,
            "status": task.status,
            "failure_reason": task.failure_reason,
            "failure_detail": task.failure_detail,
        }
        return cls(
            task_id=task.id,
            agent=AgentType(task.assigned_agent),
            content=task.content or "",
            tokens=task.tokens,
            cost=ledger.dollars(task.actual_cost_micros),
            duration=duration(task) or 0.0,
            session_id=task.session_id,
            timestamp=task.completed_at or utc_now(),
            metadata=task.result | end,
        )


class Accepted(BaseModel):
    """A task that was queued; `Location` tells where to ask how it goes."""

    task_id: str
    status: TaskStatus
    agent: AgentType
    timestamp: datetime


class OrchestratorHealth(BaseModel):
    """Whether tasks are taken."""

    status: Literal["healthy"]
    orchestrator: Literal["initialized"]
    timestamp: datetime


class BreakerView(BaseModel):
    """An agent's circuit breaker."""

    state: BreakerState = Field(
        description="`closed`: calls are made; `open`: none; `half_open`: one, which decides."
    )
    failure_count: int = Field(description="Failures in a row.")
    last_failure: datetime | None
    half_open_at: datetime | None = Field(
        description="When an open breaker lets the next call through."
    )
    resumes_at: datetime | None = Field(
        description="Until when the agent has used up its limit and is not asked; null if it may."
    )

    @classmethod
    def of(cls, status: BreakerStatus, window: Window | None) -> Self:
        """The view of a breaker, with the agent's usage limit."""
        return cls(
            state=status.breaker.state,
            failure_count=status.breaker.failures,
            last_failure=status.breaker.last_failure,
            half_open_at=status.half_open_at,
            resumes_at=None if window is None else window.resumes_at,
        )


class CircuitBreakers(BaseModel):
    """The breaker of each agent, by the id of its connection."""

    timestamp: datetime
    circuit_breakers: dict[str, BreakerView]


@router.post(
    "/execute",
    response_model=ExecuteResponse,
    responses={
        202: {"model": Accepted, "description": "Queued"},
        400: {"model": InvalidRequest | TaskProblem},
        404: {"model": Problem, "description": "No such project"},
        409: {"model": Problem, "description": "The project takes no work"},
        502: {"model": TaskProblem, "description": "Every agent that could take it failed"},
        503: {"model": TaskProblem, "description": "No agent can take it"},
        507: {"model": Problem | TaskProblem, "description": "The server's disk is full"},
    },
)
async def execute_task(
    body: ExecuteRequest,
    services: Wired,
    prefer: Annotated[str | None, Header(examples=["respond-async"])] = None,
) -> ExecuteResponse | Response:
    """Run a task and answer when it has ended; a client that leaves does not stop it.

    With `Prefer: respond-async`, or `"wait": false`, answers 202 with the task's id at once.
    """
    task = await services.tasks.submit(
        Order(
            prompt=body.prompt,
            task_type=body.task_type,
            files=tuple(body.files),
            workspace=body.workspace,
            requires_security=body.requires_security,
            agent=body.agent or body.agent_type,
            project_id=body.project_id,
        )
    )
    asynchronously = _prefers_async(prefer)
    if asynchronously or not body.wait:
        return _accepted(task, preferred=asynchronously)
    ended = await services.tasks.wait(task.id)
    _raise_without_result(ended)
    return ExecuteResponse.of(ended)


@router.get("/health", response_model=OrchestratorHealth)
async def orchestration_health() -> OrchestratorHealth:
    """The server answers only while its orchestrator runs."""
    return OrchestratorHealth(status="healthy", orchestrator="initialized", timestamp=utc_now())


@router.get("/circuit-breaker-status", response_model=CircuitBreakers)
async def circuit_breaker_status(services: Wired) -> CircuitBreakers:
    """Which agents are let alone for a while, since they kept failing; all workers share it."""
    connected = [each.agent_id for each in await services.connections.list()]
    found = await services.breakers.status([*connected, *services.agents])
    limits = await services.windows.status()
    return CircuitBreakers(
        timestamp=utc_now(),
        circuit_breakers={
            agent: BreakerView.of(status, limits.get(agent)) for agent, status in found.items()
        },
    )


def _accepted(task: models.Task, *, preferred: bool) -> Response:
    accepted = Accepted(
        task_id=task.id,
        status=TaskStatus(task.status),
        agent=AgentType(task.assigned_agent),
        timestamp=task.created_at,
    )
    headers = {"Location": f"/api/tasks/{task.id}"}
    if preferred:
        headers["Preference-Applied"] = "respond-async"
    return JSONResponse(accepted.model_dump(mode="json"), status_code=202, headers=headers)


def _raise_without_result(task: models.Task) -> None:
    if task.failure_reason is None:
        return
    status = _STATUS_OF_FAILURE.get(Reason(task.failure_reason))
    if status is not None:
        detail = INTERNAL if status == 500 else task.failure_detail
        raise TaskFailed(status, detail or f"The task failed: {task.failure_reason}.", task.id)


def _prefers_async(prefer: str | None) -> bool:
    preferences = (prefer or "").split(",")
    return any(each.partition(";")[0].strip().lower() == "respond-async" for each in preferences)
