"""The gate: what may pass, when it stops, and what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm import gate
from phantom.hrm.config import BALANCED, DeepSupervision, HrmConfig
from phantom.hrm.gate import Action, Decision, Evidence, judge

qualities = st.one_of(st.none(), st.floats(min_value=0, max_value=1))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Any state at the end of an iteration."""
    planned = draw(st.integers(1, 20))
    return Evidence(
        iteration=draw(st.integers(1, planned)),
        planned=planned,
        quality=draw(qualities),
        tests=draw(st.sampled_from(gate.Tests)),
        stalled=draw(st.booleans()),
        unchanged=draw(st.booleans()),
        demanded=draw(st.booleans()),
    )


@st.composite
def configs(draw: st.DrawFn) -> HrmConfig:
    """Any configuration of the gate."""
    points = st.lists(st.floats(min_value=0.01, max_value=1), max_size=4).map(tuple)
    supervision = DeepSupervision(
        enabled=draw(st.booleans()),
        checkpoints=draw(points),
        quality_gate_threshold=draw(st.floats(min_value=0, max_value=1)),
    )
    return HrmConfig(deep_supervision=supervision)


def decide(
    quality: float | None, tests: gate.Tests, iteration: int = 1, planned: int = 4
) -> Decision:
    """The balanced gate's word."""
    evidence = Evidence(
        iteration=iteration, planned=planned, quality=quality, tests=tests, stalled=False
    )
    return judge(evidence, BALANCED)


@given(evidences(), configs())
def test_failing_or_broken_tests_are_never_accepted(evidence: Evidence, config: HrmConfig) -> None:
    """Whatever the quality and the threshold are."""
    decision = judge(evidence, config)
    if evidence.tests not in {gate.Tests.PASSING, gate.Tests.NONE}:
        assert decision.action is not Action.ACCEPT
        assert not decision.passed
        assert not decision.acceptable


@given(evidences(), configs())
def test_what_is_accepted_meets_the_whole_threshold_or_says_that_nothing_was_measured(
    evidence: Evidence, config: HrmConfig
) -> None:
    """An unmeasured result passes no gate, and does not claim to."""
    decision = judge(evidence, config)
    if decision.action is Action.ACCEPT and decision.measured:
        assert decision.passed
        full = config.deep_supervision.quality_gate_threshold
        assert not config.deep_supervision.enabled or (evidence.quality or 0.0) >= full
    if not decision.measured:
        assert evidence.unchanged or (evidence.quality, evidence.tests) == (None, gate.Tests.NONE)
        assert not decision.passed


@given(evidences(), configs())
def test_where_a_measure_is_demanded_nothing_passes_without_one(
    evidence: Evidence, config: HrmConfig
) -> None:
    """And where it is not, what was not measured fares the same whatever its figures are."""
    demanded = judge(evidence.model_copy(update={"demanded": True}), config)
    free = judge(evidence.model_copy(update={"demanded": False}), config)
    assert demanded.measured or not demanded.acceptable
    assert free.measured or free.acceptable
    assert demanded == free or not free.measured


@given(evidences(), configs(), st.floats(min_value=0, max_value=1))
def test_more_quality_never_fares_worse(
    evidence: Evidence, config: HrmConfig, other: float
) -> None:
    """Under any configuration: whatever less quality was accepted for, more is."""
    low, high = sorted((evidence.quality or 0.0, other))
    worse, better = (
        judge(evidence.model_copy(update={"quality": quality}), config) for quality in (low, high)
    )
    assert better.passed >= worse.passed
    assert better.acceptable >= worse.acceptable


@given(evidences(), configs())
def test_the_last_planned_iteration_is_the_last(evidence: Evidence, config: HrmConfig) -> None:
    """After it there is no going on, and before it nothing stops but success or a standstill."""
    decision = judge(evidence, config)
    if evidence.iteration == evidence.planned:
        assert decision.action is not Action.CONTINUE
        assert 1.0 == decision.progress
    elif decision.action is Action.STOP:
        assert evidence.stalled


@given(evidences(), configs())
def test_a_checkpoint_is_told_when_it_is_reached_and_only_then(
    evidence: Evidence, config: HrmConfig
) -> None:
    """Over all iterations of a plan each configured fraction is passed at most once."""
    told = [
        judge(evidence.model_copy(update={"iteration": n}), config).checkpoint
        for n in range(1, evidence.planned + 1)
    ]
    reached = [point for point in told if point is not None]
    assert len(reached) == len(set(reached))
    assert set(reached) <= set(config.deep_supervision.checkpoints)
    assert sorted(reached) == reached


@given(st.integers(1, 4), st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_better_never_fares_worse(iteration: int, a: float, b: float) -> None:
    """With the same evidence otherwise, more quality passes whatever less quality passed."""
    worse, better = sorted((a, b))
    low, high = (decide(quality, gate.Tests.PASSING, iteration) for quality in (worse, better))
    assert high.passed >= low.passed
    assert low.action is not Action.ACCEPT or high.action is Action.ACCEPT


@pytest.mark.parametrize(
    ("decision", "action", "reason"),
    [
        (decide(0.9, gate.Tests.PASSING), Action.ACCEPT, "the quality gate is passed"),
        (decide(0.9, gate.Tests.NONE), Action.ACCEPT, "the quality gate is passed"),
        (decide(None, gate.Tests.NONE), Action.ACCEPT, "nothing could be measured"),
        (decide(0.9, gate.Tests.FAILING), Action.CONTINUE, "tests fail"),
        (decide(0.9, gate.Tests.FAILING, 4), Action.STOP, "tests fail"),
        (decide(0.9, gate.Tests.WEAKENED), Action.CONTINUE, "removed or weakened tests"),
        (decide(0.9, gate.Tests.BROKEN, 4), Action.STOP, "could not be run to their end"),
        (decide(0.5, gate.Tests.PASSING, 4), Action.STOP, "quality is below 0.75"),
        (decide(None, gate.Tests.PASSING, 4), Action.STOP, "quality is below 0.75"),
    ],
)
def test_the_reason_is_a_phrase(decision: Decision, action: Action, reason: str) -> None:
    """It ends a sentence of the task's failure detail."""
    assert action is decision.action
    assert reason in decision.reason


def test_on_the_way_the_threshold_grows_with_the_progress() -> None:
    """Half of the plan asks for half of the quality; passing there is not the end."""
    decision = decide(0.4, gate.Tests.PASSING, iteration=2)

    assert (Action.CONTINUE, True, 0.375) == (
        decision.action,
        decision.passed,
        decision.threshold,
    )
    assert not decide(0.3, gate.Tests.PASSING, iteration=2).passed
