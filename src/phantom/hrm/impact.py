"""A comparison in figures of change and in sentences; the signs are the reference's."""

from dataclasses import dataclass

from phantom.hrm.basis import ENOUGH, Basis
from phantom.hrm.config import HrmConfig
from phantom.hrm.estimator import Comparison, Figure

_EXCELLENT = 20.0
_WORTH_SAYING = 1.0
_MAX_PERCENT = 1_000_000.0
_WARN_COST, _WARN_SPEED, _WARN_QUALITY = 10.0, 10.0, 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """One figure under both configurations.

    Attributes:
        change_percent: of the current figure; for the speed positive is faster.
        interval: of the predicted figure, 80 %.
        confidence: in [0, 1].
    """

    current: float
    predicted: float
    change_percent: float
    confidence: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of configuration is predicted to do.

    Attributes:
        cost: US dollars; `change_percent` below 0 is cheaper.
        speed: seconds; `change_percent` above 0 is faster.
        quality: in [0, 1].
        tokens: `change_percent` below 0 is fewer.
        tasks: ended tasks that it was learned from; 0 where it rests on stated priors.
    """

    cost: Change
    speed: Change
    quality: Change
    tokens: Change
    tasks: int

    def summary(self) -> dict[str, float]:
        """The reference's `impact_estimate`, in fractions; fewer tokens and more speed are > 0."""
        return {
            "cost_change": _fraction(self.cost.change_percent),
            "speed_change": _fraction(self.speed.change_percent),
            "quality_change": _fraction(self.quality.change_percent),
            "token_reduction": _fraction(-self.tokens.change_percent),
        }


def impact(comparison: Comparison, basis: Basis) -> Impact:
    """The changes from the current to the proposed configuration."""
    now, then = comparison.current, comparison.proposed
    return Impact(
        cost=_change(now.cost, then.cost),
        speed=_change(now.seconds, then.seconds, sign=-1),
        quality=_change(now.quality, then.quality),
        tokens=_change(now.tokens, then.tokens),
        tasks=basis.tasks,
    )


def recommendations(found: Impact) -> list[str]:
    """What speaks for the change."""
    cheaper, faster = -found.cost.change_percent, found.speed.change_percent
    better, fewer = found.quality.change_percent, -found.tokens.change_percent
    said = []
    if cheaper >= _WORTH_SAYING:
        praise = "Excellent cost optimization" if cheaper >= _EXCELLENT else "Cost optimization"
        said.append(f"{praise}: {cheaper:.0f}% reduction predicted")
    if faster >= _WORTH_SAYING:
        said.append(f"Speed improvement of {faster:.0f}% predicted")
    if better >= _WORTH_SAYING:
        said.append(f"Quality improvement of {better:.0f}% predicted")
    if fewer >= _WORTH_SAYING:
        said.append(f"Token use falls by {fewer:.0f}%")
    return said


def warnings(found: Impact, proposed: HrmConfig) -> list[str]:
    """What speaks against it, or against trusting the prediction."""
    dearer, slower = found.cost.change_percent, -found.speed.change_percent
    worse = -found.quality.change_percent
    ceiling = proposed.agent_switching.cost_ceiling
    said = []
    if dearer >= _WARN_COST:
        said.append(f"Cost rises by {dearer:.0f}% to ${found.cost.predicted:.2f} a task")
    if slower >= _WARN_SPEED:
        said.append(f"Tasks take {slower:.0f}% longer: {found.speed.predicted:.0f} s")
    if worse >= _WARN_QUALITY:
        said.append(f"Quality falls by {worse:.0f}% to {found.quality.predicted:.2f}")
    if 0 < ceiling <= found.cost.interval[1] and found.cost.predicted > 0:
        said.append(f"The cost ceiling of ${ceiling:.2f} may end tasks before they are done")
    if found.tasks == 0:
        said.append(
            f"Fewer than {ENOUGH} comparable tasks have ended: "
            "the figures rest on stated assumptions, not on history"
        )
    return said


def _change(current: Figure, predicted: Figure, sign: int = 1) -> Change:
    percent = 0.0
    if current.value > 0:
        percent = 100 * sign * (predicted.value - current.value) / current.value
        # Plus zero, so that no change is 0 and not -0.
        percent = min(_MAX_PERCENT, max(-_MAX_PERCENT, percent)) + 0.0
    return Change(
        current=current.value,
        predicted=predicted.value,
        change_percent=percent,
        confidence=predicted.confidence,
        interval=(predicted.low, predicted.high),
    )


def _fraction(percent: float) -> float:
    return round(percent / 100, 4) + 0.0
