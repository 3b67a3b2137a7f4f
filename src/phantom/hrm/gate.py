"""The gate after an iteration: accept, go on, or stop. It alone makes a task `completed`."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from phantom.hrm.config import HrmConfig, IterationMode


class Action(StrEnum):
    """What happens after an iteration."""

    ACCEPT = "accept"
    CONTINUE = "continue"
    STOP = "stop"


class Tests(StrEnum):
    """What is known of the tests."""

    PASSING = "passing"
    FAILING = "failing"
    BROKEN = "broken"
    """They should have run, but hung or could not be started."""
    NONE = "none"
    """There are none."""


class Evidence(BaseModel):
    """What the gate judges by.

    Attributes:
        quality: in [0, 1], or None where nothing could be measured.
        stalled: the iteration changed nothing that the one before had not.
    """

    model_config = ConfigDict(frozen=True)

    iteration: int
    planned: int
    quality: float | None
    tests: Tests
    stalled: bool


class Decision(BaseModel):
    """The gate's word.

    Attributes:
        passed: the threshold of this progress is met.
        threshold: what quality was held against, in [0, 1].
        checkpoint: the configured fraction that this iteration reached, or None.
        measured: False where there was nothing to measure; never passes silently, but says so.
        good: fit to be the result, also where further rounds were asked for in any case.
    """

    model_config = ConfigDict(frozen=True)

    action: Action
    passed: bool
    threshold: float
    progress: float
    checkpoint: float | None
    measured: bool
    reason: str
    good: bool = False

    @property
    def acceptable(self) -> bool:
        """True where the iteration may be delivered as a success."""
        return self.good or self.action is Action.ACCEPT


def judge(evidence: Evidence, config: HrmConfig) -> Decision:
    """Hold the evidence against the gate.

    A result is accepted as soon as it meets the full threshold with no failing test, with the mode
    `fixed` only in the last round. At a checkpoint before the end, quality is held against the
    threshold scaled by progress.
    """
    supervision = config.deep_supervision
    progress = min(1.0, evidence.iteration / evidence.planned)
    full = supervision.quality_gate_threshold if supervision.enabled else 0.0
    measured = evidence.quality is not None or evidence.tests is not Tests.NONE
    quality = evidence.quality if evidence.quality is not None else 0.0
    sound = evidence.tests in {Tests.PASSING, Tests.NONE}
    passes = measured and sound and quality >= full
    last = evidence.iteration >= evidence.planned
    fixed = config.ml_iteration_prediction.mode is IterationMode.FIXED

    if not measured:
        action, passed, reason = Action.ACCEPT, False, "nothing could be measured"
    elif passes:
        action, passed, reason = Action.ACCEPT, True, "the quality gate is passed"
    elif last:
        action, passed, reason = Action.STOP, False, _shortfall(evidence.tests, full)
    elif evidence.stalled:
        action, passed, reason = Action.STOP, False, "the agent changed nothing more"
    else:
        passed = sound and quality >= full * progress
        action, reason = Action.CONTINUE, _shortfall(evidence.tests, full)
    good = action is Action.ACCEPT
    if fixed and not last:
        action = Action.CONTINUE
    return Decision(
        action=action,
        passed=passed,
        threshold=full if last or passes else full * progress,
        progress=progress,
        checkpoint=_checkpoint(evidence, config),
        measured=measured,
        reason=reason,
        good=good,
    )


def _checkpoint(evidence: Evidence, config: HrmConfig) -> float | None:
    """The last configured fraction of the plan that this iteration reached; None without gates."""
    supervision = config.deep_supervision
    if not supervision.enabled:
        return None
    before = (evidence.iteration - 1) / evidence.planned
    now = min(1.0, evidence.iteration / evidence.planned) + 1e-9
    reached = [point for point in supervision.checkpoints if before < point <= now]
    return max(reached) if reached else None


def _shortfall(tests: Tests, full: float) -> str:
    match tests:
        case Tests.FAILING:
            return "tests fail"
        case Tests.BROKEN:
            return "the tests could not be run to their end"
        case _:
            return f"quality is below {full:.2f}"
