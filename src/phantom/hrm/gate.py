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
    WEAKENED = "weakened"
    """None of them fails, and the change removed or weakened some."""
    NONE = "none"
    """There are none."""


_SOUND = frozenset({Tests.PASSING, Tests.NONE})


class Evidence(BaseModel):
    """What the gate judges by.

    Attributes:
        quality: in [0, 1], or None where nothing could be measured.
        stalled: the tree is one that the run had before.
        unchanged: it is the one that the run was cut from, though the task may change files.
        demanded: the project demands that something was measured (`require_measured_gate`).
    """

    model_config = ConfigDict(frozen=True)

    iteration: int
    planned: int
    quality: float | None
    tests: Tests
    stalled: bool
    unchanged: bool = False
    demanded: bool = False


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

    A result is accepted as soon as it meets the full threshold with no failing and no weakened
    test, with the mode `fixed` only in the last round. At a checkpoint before the end,
    quality is held against the threshold scaled by progress. What could not be measured passes no
    gate; it is let through and said so, unless the project demands otherwise.
    """
    if not _measured(evidence):
        return _unmeasured(evidence, config)
    supervision = config.deep_supervision
    progress = min(1.0, evidence.iteration / evidence.planned)
    full = supervision.quality_gate_threshold if supervision.enabled else 0.0
    quality = evidence.quality if evidence.quality is not None else 0.0
    sound = evidence.tests in _SOUND
    passes = sound and quality >= full
    last = evidence.iteration >= evidence.planned
    if passes:
        action, passed, reason = Action.ACCEPT, True, "the quality gate is passed"
    elif last:
        action, passed, reason = Action.STOP, False, _shortfall(evidence.tests, full)
    elif evidence.stalled:
        action, passed, reason = Action.STOP, False, "the agent changed nothing more"
    else:
        passed = sound and quality >= full * progress
        action, reason = Action.CONTINUE, _shortfall(evidence.tests, full)
    good = action is Action.ACCEPT
    if _goes_on(evidence, config):
        action = Action.CONTINUE
    return Decision(
        action=action,
        passed=passed,
        threshold=full if last or passes else full * progress,
        progress=progress,
        checkpoint=_checkpoint(evidence, config),
        measured=True,
        reason=reason,
        good=good,
    )


def _measured(evidence: Evidence) -> bool:
    """Whether there is a measure of the work: that of a tree without any work in it is none."""
    if evidence.unchanged and evidence.tests in _SOUND:
        return False
    return evidence.quality is not None or evidence.tests is not Tests.NONE


def _unmeasured(evidence: Evidence, config: HrmConfig) -> Decision:
    """What could not be measured passes no gate: it is let through and said so, or refused."""
    what = "nothing was changed" if evidence.unchanged else "nothing could be measured"
    demand = ", and the project demands a measured gate" if evidence.demanded else ""
    last = evidence.iteration >= evidence.planned
    if not evidence.demanded:
        action = Action.CONTINUE if _goes_on(evidence, config) else Action.ACCEPT
    else:
        action = Action.STOP if last or evidence.stalled else Action.CONTINUE
    supervision = config.deep_supervision
    return Decision(
        action=action,
        passed=False,
        threshold=supervision.quality_gate_threshold if supervision.enabled else 0.0,
        progress=min(1.0, evidence.iteration / evidence.planned),
        checkpoint=_checkpoint(evidence, config),
        measured=False,
        reason=f"{what}{demand}",
        good=not evidence.demanded,
    )


def _goes_on(evidence: Evidence, config: HrmConfig) -> bool:
    """With the mode `fixed` all rounds are made, whatever the gate says of one."""
    fixed = config.ml_iteration_prediction.mode is IterationMode.FIXED
    return fixed and evidence.iteration < evidence.planned


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
        case Tests.WEAKENED:
            return "the change removed or weakened tests"
        case Tests.BROKEN:
            return "the tests could not be run to their end"
        case _:
            return f"quality is below {full:.2f}"
