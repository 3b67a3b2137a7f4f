"""HRM configurations (reference section 6): what applies, versions, and what a change would do."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue

from phantom.api.caller import Caller
from phantom.api.kept import KeptRoute
from phantom.api.problems import Problem, Responses
from phantom.api.schemas import EXAMPLE_ID, Body, ShortText, example
from phantom.api.services import Wired
from phantom.hrm.changes import given
from phantom.hrm.config import HrmConfig
from phantom.hrm.estimator import TaskContext
from phantom.hrm.impact import Change, Impact, recommendations, warnings
from phantom.hrm.resolve import Applied, Scope
from phantom.hrm.service import InForce, Outcome, Target, Wish
from phantom.vocabulary import TaskType

router = APIRouter(prefix="/api/hrm", tags=["hrm"], route_class=KeptRoute)

ConfigId = Annotated[str, Path(description="Id of a version.", examples=[EXAMPLE_ID])]
ProjectOf = Annotated[ShortText | None, Query(description="The project that it is for.")]
TaskOf = Annotated[ShortText | None, Query(description="The task that it is for.")]
ApplyNow = Annotated[
    bool, Query(description="False leaves running tasks under what they began with.")
]
NOT_FOUND: Responses = {404: {"model": Problem, "description": "No such thing"}}
CONFLICT: Responses = {409: {"model": Problem, "description": "Its state forbids it"}}


class NewConfig(Body):
    """A change of the configuration of a task, else a project, else the whole server."""

    model_config = example(
        config={"agent_switching": {"strategy": "quality_first", "cost_ceiling": 2.5}}
    )

    project_id: ShortText | None = None
    task_id: ShortText | None = None
    config: HrmConfig = Field(
        description="Sections and fields that are left out stay as they apply now."
    )
    apply_immediately: bool = Field(
        default=True, description="False leaves running tasks under what they began with."
    )
    persist: bool = Field(default=True, description="False lasts until the server restarts.")


class ImpactEstimate(BaseModel):
    """Predicted changes of a task, as fractions; more speed and fewer tokens are above 0."""

    cost_change: float
    speed_change: float
    quality_change: float
    token_reduction: float


class ConfigApplied(BaseModel):
    """What a change came to."""

    status: Literal["applied"]
    config_id: UUID
    applied_at: datetime
    impact_estimate: ImpactEstimate
    active_tasks_affected: int = Field(description="Running tasks that go on under it.")
    future_tasks_affected: bool
    scope: Scope
    version: int

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """The answer to a change."""
        assert outcome.applied.updated_at is not None
        return cls(
            status="applied",
            config_id=UUID(outcome.applied.config_id),
            applied_at=outcome.applied.updated_at,
            impact_estimate=ImpactEstimate(**outcome.impact.summary()),
            active_tasks_affected=outcome.tasks_affected,
            future_tasks_affected=outcome.future_tasks,
            scope=outcome.applied.scope,
            version=outcome.applied.version,
        )


class ConfigVersion(BaseModel):
    """A version of a configuration."""

    config_id: UUID
    config: HrmConfig
    preset_name: str | None = Field(description="The preset that it is, unchanged.")
    last_updated: datetime
    updated_by: str
    scope: Scope
    version: int = Field(description="Counts from 1 in its scope; 0 for a built-in preset.")
    temporary: bool = Field(description="Made with `persist: false`.")

    @classmethod
    def of(cls, applied: Applied) -> Self:
        """The view of a stored version."""
        assert applied.updated_at is not None
        return cls(**_version_fields(applied, applied.updated_at))


class ConfigView(ConfigVersion):
    """The configuration that applies; `scope` says where it was set."""

    effective_config: HrmConfig = Field(
        description="The same, as the project's own switches let it act."
    )

    @classmethod
    def in_force(cls, found: InForce) -> Self:
        """The view of what applies."""
        return cls(**_version_fields(found.applied, found.since), effective_config=found.effective)


class FieldDifference(BaseModel):
    """A field that is not the same in two configurations."""

    field: str = Field(examples=["agent_switching.cost_ceiling"])
    before: JsonValue
    after: JsonValue


class SimulatedContext(Body):
    """The tasks to predict for; what is not known may be left out."""

    model_config = example(complexity=10.0, estimated_duration=450, current_quality=0.87)

    complexity: float | None = Field(
        default=None, ge=0, le=1_000_000, allow_inf_nan=False, description="10 is usual."
    )
    estimated_duration: float | None = Field(
        default=None,
        ge=0,
        le=31_536_000,
        allow_inf_nan=False,
        description="Seconds that such a task takes now.",
    )
    current_quality: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Final quality that such a task reaches now.",
    )
    task_type: TaskType | None = None
    project_id: ShortText | None = None


class Simulation(Body):
    """A question: what would the proposed configuration change?"""

    model_config = example(
        current_config={},
        proposed_config={"ml_iteration_prediction": {"max_iterations": 3}},
        task_context={"complexity": 10.0, "estimated_duration": 450, "current_quality": 0.87},
    )

    current_config: HrmConfig
    proposed_config: HrmConfig
    task_context: SimulatedContext = SimulatedContext()


class ChangeView(BaseModel):
    """A figure under both configurations; the interval holds the outcome in 80 % of cases."""

    current: float
    predicted: float
    change_percent: float = Field(description="Of the speed, above 0 is faster.")
    confidence: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, change: Change, digits: int) -> Self:
        """The view of a change, in a precision that its figures can bear."""
        low, high = change.interval
        return cls(
            current=round(change.current, digits),
            predicted=round(change.predicted, digits),
            change_percent=round(change.change_percent, 2),
            confidence=round(change.confidence, 4),
            interval=(round(low, digits), round(high, digits)),
        )


class TokenChangeView(BaseModel):
    """The same for tokens, which are whole."""

    current: int
    predicted: int
    change_percent: float
    confidence: float
    interval: tuple[int, int]

    @classmethod
    def of(cls, change: Change) -> Self:
        """The view of a change."""
        low, high = change.interval
        return cls(
            current=round(change.current),
            predicted=round(change.predicted),
            change_percent=round(change.change_percent, 2),
            confidence=round(change.confidence, 4),
            interval=(round(low), round(high)),
        )


class ImpactAnalysis(BaseModel):
    """Cost in US dollars, speed in seconds, quality in [0, 1], and tokens of a task."""

    cost: ChangeView
    speed: ChangeView
    quality: ChangeView
    tokens: TokenChangeView

    @classmethod
    def of(cls, found: Impact) -> Self:
        """The view of an impact."""
        return cls(
            cost=ChangeView.of(found.cost, 6),
            speed=ChangeView.of(found.speed, 3),
            quality=ChangeView.of(found.quality, 4),
            tokens=TokenChangeView.of(found.tokens),
        )


class PredictionBasis(BaseModel):
    """What a prediction rests on."""

    source: Literal["history", "priors"]
    tasks: int = Field(description="Ended tasks that it was learned from.")


class SimulationResult(BaseModel):
    """The prediction, and what follows from its figures."""

    impact_analysis: ImpactAnalysis
    recommendations: list[str]
    warnings: list[str]
    basis: PredictionBasis


@router.post("/config", response_model=ConfigApplied, responses=NOT_FOUND | CONFLICT)
async def update_hrm_config(body: NewConfig, services: Wired, caller: Caller) -> ConfigApplied:
    """Make a new version of the configuration of a task, a project, or the server."""
    outcome = await services.hrm.update(
        Target(project_id=body.project_id, task_id=body.task_id),
        Wish(
            changes=given(body.config),
            by=caller.name,
            apply_now=body.apply_immediately,
            persist=body.persist,
        ),
    )
    return ConfigApplied.of(outcome)


@router.get("/config", response_model=ConfigView, responses=NOT_FOUND)
async def get_hrm_config(
    services: Wired, *, project_id: ProjectOf = None, task_id: TaskOf = None
) -> ConfigView:
    """What applies: the task's configuration, else its project's, the server's, a preset."""
    target = Target(project_id=project_id, task_id=task_id)
    return ConfigView.in_force(await services.hrm.in_force(target))


@router.get("/config/diff", response_model=list[FieldDifference], responses=NOT_FOUND)
async def diff_hrm_configs(
    services: Wired,
    *,
    before: Annotated[ShortText, Query(alias="from", description="Id of a version.")],
    after: Annotated[ShortText, Query(alias="to", description="Id of a version.")],
) -> list[FieldDifference]:
    """The fields in which two versions, or built-in presets, differ."""
    changes = await services.hrm.difference(before, after)
    return [
        FieldDifference(field=each.field, before=each.before, after=each.after) for each in changes
    ]


@router.get("/config/history/{config_id}", response_model=list[ConfigVersion], responses=NOT_FOUND)
async def get_hrm_config_history(
    config_id: ConfigId, services: Wired, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> list[ConfigVersion]:
    """All versions of the scope that a version belongs to, newest first; none of a preset."""
    return [ConfigVersion.of(each) for each in await services.hrm.history(config_id, limit)]


@router.post(
    "/config/{config_id}/restore", response_model=ConfigApplied, responses=NOT_FOUND | CONFLICT
)
async def restore_hrm_config(
    config_id: ConfigId, services: Wired, caller: Caller, *, apply_immediately: ApplyNow = True
) -> ConfigApplied:
    """Make an earlier version the newest one of its scope."""
    outcome = await services.hrm.restore(config_id, by=caller.name, apply_now=apply_immediately)
    return ConfigApplied.of(outcome)


@router.post("/simulate", response_model=SimulationResult, responses=NOT_FOUND)
async def simulate_hrm_impact(body: Simulation, services: Wired) -> SimulationResult:
    """Predict what another configuration would change; nothing is changed by it."""
    context = body.task_context
    found, proposed = await services.hrm.simulate(
        given(body.current_config),
        given(body.proposed_config),
        TaskContext(
            complexity=context.complexity,
            estimated_duration=context.estimated_duration,
            current_quality=context.current_quality,
        ),
        target=Target(project_id=context.project_id),
        task_type=context.task_type,
    )
    return SimulationResult(
        impact_analysis=ImpactAnalysis.of(found),
        recommendations=recommendations(found),
        warnings=warnings(found, proposed),
        basis=PredictionBasis(source="history" if found.tasks else "priors", tasks=found.tasks),
    )


def _version_fields(applied: Applied, since: datetime) -> dict[str, object]:
    return {
        "config_id": applied.config_id,
        "config": applied.config,
        "preset_name": applied.preset_name,
        "last_updated": since,
        "updated_by": applied.updated_by,
        "scope": applied.scope,
        "version": applied.version,
        "temporary": applied.temporary,
    }
