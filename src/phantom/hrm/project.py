"""How a project's own configuration bends the HRM configuration that applies to its tasks.

The project's schema belongs to a layer above; here it is read for what concerns the loop, and a
switch that is missing has the schema's default.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from phantom.hrm.config import PRESET_OF_PRIORITY, HrmConfig, IterationMode
from phantom.hrm.replay import Weights

NEUTRAL_RISK = 50
GATE_SHIFT = 0.1
"""How far the quality gate moves at either end of `risk_tolerance.level` (0 raises it)."""

_WEIGHTS = {
    "balanced": Weights(quality=0.5, cost=0.25, speed=0.25),
    "quality": Weights(quality=0.8, cost=0.1, speed=0.1),
    "cost": Weights(quality=0.3, cost=0.6, speed=0.1),
    "speed": Weights(quality=0.3, cost=0.1, speed=0.6),
}


HOUR_OF_PRIORITY = {"speed": 20.0, "quality": 5.0, "balanced": 2.0, "custom": 2.0, "cost": 0.0}
"""What an hour of waiting is taken to be worth, in US dollars, by `priority.mode`."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Priority(_Part):
    mode: str = "balanced"
    custom_weights: dict[str, float] | None = None


class _Timeframe(_Part):
    max_minutes: int = 30


class _Risk(_Part):
    level: int = NEUTRAL_RISK
    allow_experimental: bool = False
    require_measured_gate: bool = False
    ml_features_enabled: bool = True


class _Components(_Part):
    adaptive_iterations: bool = True
    latent_reasoning: bool = True
    agent_switching: bool = True
    inference_time_scaling: bool = True


class _Project(_Part):
    priority: _Priority = _Priority()
    timeframe: _Timeframe = _Timeframe()
    risk_tolerance: _Risk = _Risk()
    ml_components: _Components = _Components()


@dataclass(frozen=True, slots=True)
class ProjectWishes:
    """What a project's configuration asks of the loop."""

    _read: _Project

    @classmethod
    def of(cls, config: Mapping[str, object]) -> "ProjectWishes":
        """The wishes in a stored project configuration."""
        return cls(_Project.model_validate(config))

    @property
    def preset(self) -> str:
        """Name of the built-in preset that the project starts from (`priority.mode`)."""
        return PRESET_OF_PRIORITY.get(self._read.priority.mode, "balanced")

    @property
    def max_minutes(self) -> int:
        """Wall-clock limit of one task (`timeframe.max_minutes`)."""
        return self._read.timeframe.max_minutes

    @property
    def allow_experimental(self) -> bool:
        """Whether agents with no record yet are taken like those that have one."""
        return self._read.risk_tolerance.allow_experimental

    @property
    def require_measured_gate(self) -> bool:
        """Whether a result of which nothing could be measured is refused."""
        return self._read.risk_tolerance.require_measured_gate

    @property
    def quality_weights(self) -> dict[str, float]:
        """Weights of the quality score, by component; only the mode `custom` has any."""
        priority = self._read.priority
        return (priority.custom_weights or {}) if priority.mode == "custom" else {}

    @property
    def worth_of_an_hour(self) -> float:
        """US dollars that an hour less may cost; 0 where `inference_time_scaling` is off."""
        learned = self._read.risk_tolerance.ml_features_enabled
        scales = learned and self._read.ml_components.inference_time_scaling
        return HOUR_OF_PRIORITY.get(self._read.priority.mode, 0.0) if scales else 0.0

    @property
    def weights(self) -> Weights:
        """What counts how much in tuning, by `priority.mode`; `custom` weighs like `balanced`."""
        return _WEIGHTS.get(self._read.priority.mode, _WEIGHTS["balanced"])

    def bend(self, config: HrmConfig) -> HrmConfig:
        """The configuration that acts: `config` with what the project turns off or moves.

        Without wishes of its own a project leaves it as it is.
        """
        bent = config.model_dump()
        components, risk = self._read.ml_components, self._read.risk_tolerance
        learned = risk.ml_features_enabled
        if not (learned and components.latent_reasoning):
            bent["latent_reasoning"]["enabled"] = False
        if not (learned and components.agent_switching):
            bent["agent_switching"]["max_switches_per_task"] = 0
        prediction = bent["ml_iteration_prediction"]
        predicts = learned and components.adaptive_iterations
        if prediction["mode"] is IterationMode.AUTO and not predicts:
            prediction["mode"] = IterationMode.MANUAL
        if not learned:
            bent["rl_refinement"]["enabled"] = False
            bent["bayesian_optimization"]["enabled"] = False
        supervision = bent["deep_supervision"]
        shift = GATE_SHIFT * (NEUTRAL_RISK - risk.level) / NEUTRAL_RISK
        if shift:
            supervision["quality_gate_threshold"] = min(
                1.0, max(0.0, supervision["quality_gate_threshold"] + shift)
            )
        return HrmConfig.model_validate(bent)
