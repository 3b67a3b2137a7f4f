"""The HRM configuration, its ranges, and the built-in presets (reference 6.1, 6.3 and 9.4)."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict


def _whole(value: object) -> object:
    """JSON has one kind of number: 7.0 is 7, as some languages write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Strict: "7", 7.5 or true for a whole number is a mistake of the sender, not a number.
Switch = Annotated[bool, Strict()]
Whole = Annotated[int, Strict(), BeforeValidator(_whole)]
Number = Annotated[float, Strict()]
Fraction = Annotated[float, Strict(), Field(ge=0, le=1)]
MAX_COST_CEILING = 1_000_000.0
"""US dollars; more than anybody means, and finite."""
MAX_CHECKPOINTS = 20


class _Section(BaseModel):
    # What is sent may leave fields out; what is answered has them all.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )


class IterationMode(StrEnum):
    """Who decides how many iterations a task gets."""

    AUTO = "auto"
    MANUAL = "manual"
    FIXED = "fixed"


class Strategy(StrEnum):
    """How the agent of an iteration is chosen."""

    COST_OPTIMIZED = "cost_optimized"
    QUALITY_FIRST = "quality_first"
    SPEED_OPTIMIZED = "speed_optimized"
    ADAPTIVE = "adaptive"
    ROUND_ROBIN = "round_robin"
    MANUAL = "manual"


class LatentReasoning(_Section):
    """Context compression."""

    enabled: Switch = True
    dimensionality: Whole = Field(default=512, ge=128, le=1024)
    compression_ratio_target: Number = Field(default=3.8, ge=1, le=10)
    auto_adjust: Switch = False


class IterationPrediction(_Section):
    """How many iterations are planned."""

    mode: IterationMode = IterationMode.AUTO
    max_iterations: Whole = Field(default=7, ge=2, le=20)
    confidence_threshold: Fraction = 0.8


class AgentSwitching(_Section):
    """Which agent runs, when it is replaced, and what a task may cost (US dollars)."""

    strategy: Strategy = Strategy.ADAPTIVE
    quality_drop_threshold: Fraction = 0.2
    cost_ceiling: Number = Field(default=5.0, ge=0, le=MAX_COST_CEILING)
    max_switches_per_task: Whole = Field(default=3, ge=0, le=10)


class DeepSupervision(_Section):
    """Gates at fractions of the planned iterations."""

    enabled: Switch = True
    checkpoints: tuple[Fraction, ...] = Field(default=(0.33, 0.66, 1.0), max_length=MAX_CHECKPOINTS)
    quality_gate_threshold: Fraction = 0.75


class ParallelEvaluation(_Section):
    """How evaluators run."""

    enabled: Switch = True
    worker_count: Whole = Field(default=4, ge=1, le=16)
    timeout_seconds: Whole = Field(default=60, ge=10, le=300)


class Caching(_Section):
    """Where answers are kept for reuse."""

    memory: Switch = True
    disk: Switch = True
    remote: Switch = False
    aggressive_mode: Switch = True
    max_size_mb: Whole = Field(default=500, ge=100, le=5000)


class BayesianOptimization(_Section):
    """Tuning of this very configuration."""

    enabled: Switch = False
    iterations: Whole = Field(default=30, ge=10, le=100)


class RlRefinement(_Section):
    """Exploration and forgetting of the adaptive choice."""

    enabled: Switch = True
    epsilon: Fraction = 0.1
    learning_rate: Number = Field(default=0.001, ge=0.0001, le=0.1)


class PrometheusMetrics(_Section):
    """Export of metrics; the interval is in seconds."""

    enabled: Switch = True
    export_interval: Whole = Field(default=15, ge=5, le=60)


class MultiRepo(_Section):
    """Tasks over several repositories."""

    enabled: Switch = True


class HrmConfig(_Section):
    """Everything that steers the loop; the defaults are the `balanced` preset."""

    latent_reasoning: LatentReasoning = LatentReasoning()
    ml_iteration_prediction: IterationPrediction = IterationPrediction()
    agent_switching: AgentSwitching = AgentSwitching()
    deep_supervision: DeepSupervision = DeepSupervision()
    parallel_evaluation: ParallelEvaluation = ParallelEvaluation()
    caching: Caching = Caching()
    bayesian_optimization: BayesianOptimization = BayesianOptimization()
    rl_refinement: RlRefinement = RlRefinement()
    prometheus_metrics: PrometheusMetrics = PrometheusMetrics()
    multi_repo: MultiRepo = MultiRepo()


BALANCED = HrmConfig()
PRESETS: dict[str, HrmConfig] = {
    "balanced": BALANCED,
    "cost_optimized": HrmConfig(
        latent_reasoning=LatentReasoning(compression_ratio_target=6.0),
        ml_iteration_prediction=IterationPrediction(max_iterations=4),
        agent_switching=AgentSwitching(strategy=Strategy.COST_OPTIMIZED, cost_ceiling=1.0),
        deep_supervision=DeepSupervision(quality_gate_threshold=0.7),
    ),
    "quality_first": HrmConfig(
        latent_reasoning=LatentReasoning(compression_ratio_target=2.0),
        ml_iteration_prediction=IterationPrediction(max_iterations=12),
        agent_switching=AgentSwitching(
            strategy=Strategy.QUALITY_FIRST, cost_ceiling=15.0, quality_drop_threshold=0.1
        ),
        deep_supervision=DeepSupervision(quality_gate_threshold=0.85),
        caching=Caching(aggressive_mode=False),
    ),
    "speed": HrmConfig(
        latent_reasoning=LatentReasoning(compression_ratio_target=5.0),
        ml_iteration_prediction=IterationPrediction(max_iterations=3),
        agent_switching=AgentSwitching(strategy=Strategy.SPEED_OPTIMIZED),
        deep_supervision=DeepSupervision(checkpoints=(1.0,), quality_gate_threshold=0.7),
        parallel_evaluation=ParallelEvaluation(worker_count=8, timeout_seconds=30),
    ),
}
"""The built-in presets by name."""

PRESET_OF_PRIORITY = {
    "balanced": "balanced",
    "speed": "speed",
    "cost": "cost_optimized",
    "quality": "quality_first",
    "custom": "balanced",
}
"""Which preset a project starts from, by its `priority.mode`."""
