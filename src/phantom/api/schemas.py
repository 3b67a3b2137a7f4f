"""The data models of the API (reference section 9) and what they are made from."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from phantom.db import models
from phantom.events.types import ChoiceCandidate
from phantom.ledger import ledger
from phantom.projects.config import ProjectConfiguration
from phantom.projects.service import ProjectSummary
from phantom.tasks.candidates import Candidate
from phantom.tasks.history import Round
from phantom.vocabulary import (
    AgentType,
    ProjectSlot,
    ProjectStatus,
    ProjectType,
    SwitchReason,
    TaskStatus,
    TaskType,
)


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


EXAMPLE_ID = "4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10"
Text = Annotated[
    str, AfterValidator(_storable), Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})
]
"""Any text that both databases can hold."""
ShortText = Annotated[Text, Field(max_length=300)]


class Body(BaseModel):
    """What a client sends; a field that does not exist is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


def example(**fields: JsonValue) -> ConfigDict:
    """The configuration of a body that shows these fields as its example; a test sends them."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class TaskView(BaseModel):
    """A task, as lists show it. Costs are in US dollars; null is "not known (yet)"."""

    id: UUID
    project_id: UUID
    issue_number: int = Field(description="0 where there is no issue.")
    title: str
    description: str | None
    labels: list[str]
    status: TaskStatus
    assigned_agent: AgentType
    agent_switches: int
    current_iteration: int
    max_iterations: int
    current_quality: float
    final_quality: float | None
    tests_passing: bool = Field(
        description="At least one test ran, none failed, none was weakened."
    )
    security_issues: int
    started_at: datetime | None
    completed_at: datetime | None
    duration_seconds: float | None
    estimated_cost: float
    actual_cost: float | None
    created_at: datetime
    updated_at: datetime
    task_type: TaskType
    attempt: int
    failure_reason: str | None
    failure_detail: str | None
    branch: str | None = Field(description="Where the result is in the user's repository.")

    @classmethod
    def of(cls, task: models.Task) -> Self:
        """The view of a row."""
        return cls.model_validate(_task_fields(task))


class AgentQuestion(BaseModel):
    """The task waits until somebody chooses one of the candidates."""

    iteration: int
    reason: SwitchReason | None = Field(
        description="What speaks against the agent at work; null before the first call."
    )
    candidates: list[ChoiceCandidate] = Field(description="The preferred one first.")
    asked_at: datetime = Field(description="Since when it waits, in UTC.")


class TaskDetail(TaskView):
    """A task with its order and its result."""

    workspace: str | None
    files: list[str]
    requires_security: bool
    base_commit: str | None = Field(description="The commit that the run was cut from.")
    best_iteration: int | None
    tokens: int
    session_id: str | None = Field(description="The agent's own session.")
    content: str | None = Field(description="What the agent answered.")
    metadata: dict[str, JsonValue] = Field(
        description="How the run went: gate, times, notice, files to review."
    )
    question: AgentQuestion | None = Field(
        description="Which agent goes on; null where nothing is asked."
    )

    @classmethod
    def of(cls, task: models.Task) -> Self:
        """The view of a row."""
        return cls.model_validate(
            _task_fields(task)
            | {
                "workspace": task.workspace,
                "files": task.files,
                "requires_security": task.requires_security,
                "base_commit": task.base_commit,
                "best_iteration": task.best_iteration,
                "tokens": task.tokens,
                "session_id": task.session_id,
                "content": task.content,
                "metadata": task.result,
                "question": task.question,
            }
        )


class FindingView(BaseModel):
    """One thing to look at."""

    rule: str
    message: str
    severity: str
    path: str | None
    line: int | None
    excerpt: str = ""
    reproduce: str | None = None
    regression: bool = False


class EvaluationView(BaseModel):
    """What one evaluator measured; `score` is in [0, 1], or null where nothing was."""

    evaluator: str
    verdict: str
    score: float | None
    summary: str
    findings: list[FindingView]
    metrics: dict[str, float]
    seconds: float


class CandidateView(BaseModel):
    """One of several calls of an iteration that were made at the same time."""

    letter: str
    call_id: str
    agent: str = Field(description="Id of the agent that was called.")
    state: str
    kept: bool = Field(description="True where the iteration went on with its work.")
    commit: str | None
    changed_files: int | None
    quality: float | None
    tests_passing: bool | None
    tokens: int
    cost: float | None = Field(description="US dollars; null while it is not known.")

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """The view of a candidate."""
        call, result = candidate.call, candidate.result
        return cls(
            letter=candidate.letter,
            call_id=call.call_id,
            agent=call.agent,
            state=call.state,
            kept=candidate.kept,
            commit=result.commit if result else None,
            changed_files=len(result.changed_files) if result else None,
            quality=candidate.quality,
            tests_passing=result.tests_passing if result else None,
            tokens=call.tokens,
            cost=candidate.cost,
        )


class SwitchView(BaseModel):
    """A change of the agent."""

    from_agent: str
    to_agent: str
    reason: SwitchReason


class TurnView(BaseModel):
    """What followed an iteration that was not the last."""

    turn: Literal["continue", "switch", "stop"] = Field(
        description="With the same agent, with another one, or not at all."
    )
    reason: SwitchReason | None = Field(description="What speaks against the agent.")


class IterationView(BaseModel):
    """One round of a run: a call, its change, its evaluation and the gate's word."""

    attempt: int
    number: int
    agent: str = Field(description="Id of the agent that was called.")
    commit: str | None
    changed_files: int
    quality: float | None
    components: dict[str, float]
    not_measured: list[str]
    tests_passing: bool
    security_issues: int
    suggestions: list[str]
    gate: dict[str, JsonValue] | None
    turn: TurnView | None = Field(
        description="What followed; null where nothing was left to decide."
    )
    switches: list[SwitchView] = Field(
        description="Changes of the agent that it began with or saw."
    )
    tokens: int
    cost: float | None
    started_at: datetime
    completed_at: datetime | None
    evaluations: list[EvaluationView]
    cached: str | None = Field(
        description="`exact` or `near` where accepted work was given again at no cost, else null."
    )
    candidates: list[CandidateView] = Field(
        description="Those of which the best was kept; empty where one call was made alone."
    )

    @classmethod
    def of(cls, made: Round) -> Self:
        """The view of an iteration and its evaluations."""
        row = made.iteration
        return cls(
            attempt=row.attempt,
            number=row.number,
            agent=row.agent,
            commit=row.commit,
            changed_files=row.changed_files,
            quality=row.quality,
            components=row.components,
            not_measured=row.not_measured,
            tests_passing=row.tests_passing,
            security_issues=row.security_issues,
            suggestions=row.suggestions,
            gate=row.gate,
            turn=None if row.turn is None else TurnView.model_validate(row.turn),
            switches=[SwitchView.model_validate(each) for each in row.switches],
            tokens=row.tokens,
            cost=ledger.dollars(row.cost_micros),
            started_at=row.started_at,
            completed_at=row.completed_at,
            evaluations=[
                EvaluationView(
                    evaluator=each.evaluator,
                    verdict=each.verdict,
                    score=each.score,
                    summary=each.summary,
                    findings=[FindingView.model_validate(finding) for finding in each.findings],
                    metrics=each.metrics,
                    seconds=each.seconds,
                )
                for each in made.evaluations
            ],
            cached=made.cached,
            candidates=[CandidateView.of(each) for each in made.candidates],
        )


class ProjectView(BaseModel):
    """A project, with sums that agree with its tasks and the cost ledger (US dollars)."""

    id: UUID
    name: str
    type: ProjectType
    status: ProjectStatus
    github_repo: str | None
    slot: ProjectSlot | None = Field(
        description="Null for the built-in project of tasks without one."
    )
    trusted: bool
    config: ProjectConfiguration
    total_tasks: int
    successful_tasks: int
    avg_quality: float
    total_cost: float
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, summary: ProjectSummary) -> Self:
        """The view of a project and what its tasks add up to."""
        row = summary.project
        return cls(
            id=UUID(row.id),
            name=row.name,
            type=ProjectType(row.type),
            status=ProjectStatus(row.status),
            github_repo=row.github_repo,
            slot=ProjectSlot(row.slot) if row.slot else None,
            trusted=row.trusted,
            config=ProjectConfiguration.model_validate(row.config),
            total_tasks=summary.total_tasks,
            successful_tasks=summary.successful_tasks,
            avg_quality=summary.avg_quality,
            total_cost=summary.total_cost,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def duration(task: models.Task) -> float | None:
    """Seconds from a run's start to its end; None before the end, or where it never started."""
    if task.started_at is None or task.completed_at is None:
        return None
    return (task.completed_at - task.started_at).total_seconds()


def _task_fields(task: models.Task) -> dict[str, object]:
    return {
        "id": task.id,
        "project_id": task.project_id,
        "issue_number": task.issue_number,
        "title": task.title,
        "description": task.description,
        "labels": task.labels,
        "status": task.status,
        "assigned_agent": task.assigned_agent,
        "agent_switches": task.agent_switches,
        "current_iteration": task.current_iteration,
        "max_iterations": task.max_iterations,
        "current_quality": task.current_quality,
        "final_quality": task.final_quality,
        "tests_passing": task.tests_passing,
        "security_issues": task.security_issues,
        "started_at": task.started_at,
        "completed_at": task.completed_at,
        "duration_seconds": duration(task),
        "estimated_cost": ledger.dollars(task.estimated_cost_micros),
        "actual_cost": ledger.dollars(task.actual_cost_micros),
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "task_type": task.task_type,
        "attempt": task.attempt,
        "failure_reason": task.failure_reason,
        "failure_detail": task.failure_detail,
        "branch": task.branch,
    }
