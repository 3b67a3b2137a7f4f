"""How many iterations a task gets and what they may cost: the port, and a first, stated prior."""

from pydantic import BaseModel, ConfigDict, Field

from phantom.hrm.config import HrmConfig, IterationMode
from phantom.vocabulary import TaskType

PRIOR_ITERATIONS = {
    TaskType.SECURITY: 2,
    TaskType.ARCHITECTURE: 2,
    TaskType.BULK_ANALYSIS: 2,
    TaskType.GITHUB_WORKFLOW: 3,
    TaskType.CODE_GENERATION: 4,
    TaskType.DEBUGGING: 4,
}
"""Iterations expected before there is any history; a prior, not a measurement."""


class Plan(BaseModel):
    """What is foreseen when a task starts.

    Attributes:
        iterations: upper bound of rounds.
        estimated_cost: US dollars; 0 for agents that cost nothing.
    """

    model_config = ConfigDict(frozen=True)

    iterations: int = Field(ge=1, le=20)
    estimated_cost: float = Field(default=0.0, ge=0)


def plan(task_type: TaskType, config: HrmConfig) -> Plan:
    """`auto` takes the prior capped by `max_iterations`; `manual` and `fixed` take the latter."""
    prediction = config.ml_iteration_prediction
    if prediction.mode is IterationMode.AUTO:
        return Plan(iterations=min(PRIOR_ITERATIONS[task_type], prediction.max_iterations))
    return Plan(iterations=prediction.max_iterations)
