"""How many iterations a task gets: from what earlier ones needed, or a stated prior."""

import math

from pydantic import BaseModel, ConfigDict, Field

from phantom.hrm.basis import Basis
from phantom.hrm.config import HrmConfig, IterationMode


class Plan(BaseModel):
    """What is foreseen when a task starts.

    Attributes:
        iterations: upper bound of rounds; with the mode `fixed` their number.
        estimated_cost: US dollars; 0 for agents that cost nothing.
        pass_chance: that a round passes the usual gate; what the live forecast goes on from.
        candidates: how many the first round makes at the same time.
        config_id: the configuration that the plan was made under.
    """

    model_config = ConfigDict(frozen=True)

    iterations: int = Field(ge=1, le=20)
    estimated_cost: float = Field(default=0.0, ge=0)
    pass_chance: float = Field(default=0.5, gt=0, lt=1)
    candidates: int = Field(default=1, ge=1, le=4)
    config_id: str | None = None


def rounds_planned(config: HrmConfig, basis: Basis) -> int:
    """How many rounds a task may take.

    `manual` and `fixed` take `max_iterations`. `auto` takes as many as `confidence_threshold` of
    the tasks that succeeded needed, and never more than `max_iterations`.
    """
    prediction = config.ml_iteration_prediction
    if prediction.mode is not IterationMode.AUTO:
        return prediction.max_iterations
    foreseen = _quantile(basis, prediction.confidence_threshold)
    return max(1, math.ceil(min(prediction.max_iterations, foreseen) - 1e-9))


def _quantile(basis: Basis, share: float) -> float:
    """Rounds after which `share` of the successful tasks are done."""
    if basis.needed:
        # The conformal quantile: with n tasks seen, the next is within the ceil((n + 1) q)-th.
        rank = math.ceil((len(basis.needed) + 1) * share - 1e-9)
        return math.inf if rank > len(basis.needed) else basis.needed[max(0, rank - 1)]
    if share >= 1:
        return math.inf
    return math.log(1 - share) / math.log(1 - basis.pass_chance)
