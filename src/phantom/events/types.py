"""Every event that Phantom emits, as it goes over the wire.

The reference's fields are exactly those of section 7.4; `id` (growing) and `timestamp` are added
when the event is stored. `agent_activity` and `task_result` are additions of ours.
"""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from phantom.vocabulary import AgentType, Severity, SwitchReason, TaskStatus


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskUpdate(_Event):
    """A task's visible state changed."""

    type: Literal["task_update"] = "task_update"
    task_id: str
    status: TaskStatus
    current_iteration: int
    current_quality: float


class AgentSwitch(_Event):
    """Another agent takes over, for one of the named reasons."""

    type: Literal["agent_switch"] = "agent_switch"
    task_id: str
    from_agent: str
    to_agent: str
    reason: SwitchReason


class ChoiceCandidate(_Event):
    """An agent that can be chosen, and what its last 20 calls came to.

    `calls` came to their own end; of the others null is "not known": the share of iterations that
    the gate `accepted`, the mean `seconds` and the mean `cost` of a call in US dollars.
    """

    agent_id: str
    agent_type: AgentType
    calls: int
    accepted: float | None
    seconds: float | None
    cost: float | None


class AgentChoiceNeeded(_Event):
    """The task waits until somebody chooses the agent (`POST /api/tasks/{task_id}/choose-agent`).

    `reason` is what speaks against the agent at work, null before the first call.
    """

    type: Literal["agent_choice_needed"] = "agent_choice_needed"
    task_id: str
    iteration: int
    reason: SwitchReason | None
    candidates: list[ChoiceCandidate]


class FeedbackLoop(_Event):
    """An iteration was evaluated; the suggestions go to the agent."""

    type: Literal["feedback_loop"] = "feedback_loop"
    task_id: str
    iteration: int
    quality_score: float | None
    suggestions: list[str]


class SystemAlert(_Event):
    """Something an operator should know."""

    type: Literal["system_alert"] = "system_alert"
    message: str
    severity: Severity


class Checkpoint(_Event):
    """What a gate decided at a fraction of the planned iterations."""

    progress: float
    quality: float | None
    passed: bool
    suggestions: list[str]


class CheckpointReached(_Event):
    """A gate was evaluated."""

    type: Literal["hrm_checkpoint_reached"] = "hrm_checkpoint_reached"
    task_id: str
    checkpoint: Checkpoint


class HrmImpact(_Event):
    """What a change is predicted to do, in fractions; fewer tokens and more speed are above 0."""

    cost_change: float
    speed_change: float
    quality_change: float
    token_reduction: float


class HrmConfigUpdate(_Event):
    """A configuration has a new version; a null project means the whole server."""

    type: Literal["hrm_config_update"] = "hrm_config_update"
    project_id: str | None
    config_id: str
    config: dict[str, JsonValue]
    impact: HrmImpact


class HrmPresetApplied(_Event):
    """A preset was made the configuration of a project, or of the whole server."""

    type: Literal["hrm_preset_applied"] = "hrm_preset_applied"
    project_id: str | None
    preset_name: str
    config: dict[str, JsonValue]


class HrmOptimization(_Event):
    """Fields of the configuration, by section, and how much better they were on newer tasks."""

    best_params: dict[str, dict[str, float | int]] = Field(
        description="The fields to change, by section; empty where nothing is claimed."
    )
    improvement: float = Field(description="In shares of the utility; 0 where nothing is claimed.")


class HrmOptimizationResult(_Event):
    """A search for a better configuration ended; `task_id` is the newest task that it looked at."""

    type: Literal["hrm_optimization_result"] = "hrm_optimization_result"
    task_id: str
    optimization_type: Literal["bayesian"] = Field(description="How it was searched.")
    result: HrmOptimization = Field(description="What the search came to.")


class ImpactMetrics(_Event):
    """Where a run stands, and where it is predicted to end; costs in US dollars."""

    current_cost: float
    predicted_final_cost: float
    tokens_used: int
    quality_trajectory: float | None


class HrmImpactUpdate(_Event):
    """An iteration was evaluated, and the forecast of its run made anew."""

    type: Literal["hrm_impact_update"] = "hrm_impact_update"
    task_id: str
    metrics: ImpactMetrics


class AgentActivity(_Event):
    """What the agent does right now, in one line; `detail` holds the figures behind it."""

    type: Literal["agent_activity"] = "agent_activity"
    task_id: str
    iteration: int
    agent: str
    message: str
    detail: dict[str, str | int | float | bool | None] = {}


class TaskResult(_Event):
    """A run of a task ended: where its result is, and what the task has cost by then.

    `gate` is `passed`, `failed`, `not_measured` or `not_reached`.
    """

    type: Literal["task_result"] = "task_result"
    task_id: str
    attempt: int
    status: TaskStatus
    failure_reason: str | None
    branch: str | None
    gate: str
    final_quality: float | None
    cost: float | None


Event = Annotated[
    TaskUpdate
    | AgentSwitch
    | AgentChoiceNeeded
    | FeedbackLoop
    | SystemAlert
    | CheckpointReached
    | HrmConfigUpdate
    | HrmPresetApplied
    | HrmImpactUpdate
    | HrmOptimizationResult
    | AgentActivity
    | TaskResult,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
TYPES: tuple[str, ...] = tuple(
    each.model_fields["type"].default for each in get_args(get_args(Event)[0])
)
"""The `type` of every event that there is."""
