"""A project's configuration (reference 9.2), with the defaults that a new project gets."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from phantom.db.models import JsonObject
from phantom.ledger.caps import Budget

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

_NEVER_NULL_IN_ANSWERS = WithJsonSchema(
    {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
    mode="serialization",
)


class _Section(BaseModel):
    # What is sent may leave fields out; what is answered has them all.
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Priority(_Section):
    """What matters most; `custom` takes `custom_weights` as weights of the quality score."""

    mode: str = Field(default="balanced", pattern="^(balanced|speed|cost|quality|custom)$")
    custom_weights: Annotated[dict[str, Weight] | None, _NEVER_NULL_IN_ANSWERS] = Field(
        default=None, max_length=50, exclude_if=lambda weights: weights is None
    )


class Timeframe(_Section):
    """Wall-clock limit of one task, in minutes."""

    max_minutes: int = Field(default=30, ge=1, le=1440)
    preset: str = "standard"


class RiskTolerance(_Section):
    """How much may be tried, 0 (nothing) to 100."""

    level: int = Field(default=50, ge=0, le=100)
    allow_experimental: bool = False
    ml_features_enabled: bool = True
    require_measured_gate: bool = False


class Deployment(_Section):
    """Where the result runs; adds evaluators and constraints."""

    targets: list[str] = []
    docker_enabled: bool = False
    kubernetes_enabled: bool = False


class MlComponents(_Section):
    """Switches of the learned components."""

    adaptive_iterations: bool = True
    quality_weight_learning: bool = True
    latent_reasoning: bool = True
    agent_switching: bool = True
    inference_time_scaling: bool = True


class ProjectConfiguration(_Section):
    """Everything that can be set for a project."""

    priority: Priority = Priority()
    timeframe: Timeframe = Timeframe()
    risk_tolerance: RiskTolerance = RiskTolerance()
    deployment: Deployment = Deployment()
    ml_components: MlComponents = MlComponents()
    budget: Budget = Budget()


def merged(stored: JsonObject, changes: ProjectConfiguration) -> JsonObject:
    """`stored` with every field that `changes` was given; a null takes an optional field away."""
    whole = dict(stored)
    for name in changes.model_fields_set:
        section = getattr(changes, name)
        given = {field: getattr(section, field) for field in section.model_fields_set}
        whole[name] = {**stored.get(name, {}), **given}
    checked = ProjectConfiguration.model_validate(whole)
    return checked.model_dump(mode="json", exclude_none=True)
