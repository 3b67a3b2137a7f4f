"""The built-in presets: what they are called and how they look; they live here, in no table."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from phantom.hrm.config import PRESETS, HrmConfig

OWNER = "phantom"
"""Who made the built-in presets, and everything else that no user did."""
_NAMESPACE = UUID("6f0b7f2e-6a0e-4f5d-9d2b-1d6f1c6c8a54")


@dataclass(frozen=True, slots=True)
class Builtin:
    """A preset that every server has; its id never changes."""

    name: str
    description: str
    icon: str
    color: str

    @property
    def id(self) -> str:
        """The same on every server and in every version."""
        return str(uuid5(_NAMESPACE, self.name))

    @property
    def config(self) -> HrmConfig:
        """What it sets."""
        return PRESETS[self.name]


BUILTIN = {
    preset.name: preset
    for preset in (
        Builtin("balanced", "Balanced performance, cost, and quality", "balance-scale", "#3b82f6"),
        Builtin("cost_optimized", "Minimize cost", "piggy-bank", "#10b981"),
        Builtin("quality_first", "Maximize quality", "award", "#8b5cf6"),
        Builtin("speed", "Maximize speed", "zap", "#f59e0b"),
    )
}
"""The built-in presets by name."""
BY_ID = {preset.id: preset for preset in BUILTIN.values()}
