"""What follows an iteration: each reason to change the agent, and the bounds that hold."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm.config import AgentSwitching, Strategy
from phantom.hrm.gate import Action, Decision
from phantom.hrm.switching import Move, Standing, Turn, decide
from phantom.vocabulary import SwitchReason


def gate(action: Action = Action.CONTINUE, progress: float = 0.5) -> Decision:
    """A word of the gate."""
    return Decision(
        action=action,
        passed=action is Action.ACCEPT,
        threshold=0.75,
        progress=progress,
        checkpoint=None,
        measured=True,
        reason="",
    )


FINE = Standing(gate=gate(), quality=0.6, best=0.6, stalled=False, failed_gates=0, replaceable=True)
SWITCHING = AgentSwitching()


@pytest.mark.parametrize(
    ("standing", "strategy", "reason"),
    [
        (FINE, Strategy.ADAPTIVE, None),
        (replace(FINE, quality=0.39), Strategy.ADAPTIVE, SwitchReason.QUALITY_DROP),
        (replace(FINE, quality=0.4), Strategy.ADAPTIVE, None),
        (replace(FINE, failed_gates=1), Strategy.ADAPTIVE, None),
        (replace(FINE, failed_gates=2), Strategy.ADAPTIVE, SwitchReason.GATE_FAILED),
        (replace(FINE, stalled=True), Strategy.ADAPTIVE, SwitchReason.STALLED),
        (FINE, Strategy.ROUND_ROBIN, SwitchReason.ROTATION),
        (replace(FINE, cost=1.0, cheapest=0.4), Strategy.COST_OPTIMIZED, SwitchReason.COST),
        (replace(FINE, cost=1.0, cheapest=0.6), Strategy.COST_OPTIMIZED, None),
        (replace(FINE, cost=1.0, cheapest=0.4), Strategy.QUALITY_FIRST, None),
        (replace(FINE, cost=None, cheapest=0.4), Strategy.COST_OPTIMIZED, None),
    ],
)
def test_each_reason_to_change_the_agent(
    standing: Standing, strategy: Strategy, reason: SwitchReason | None
) -> None:
    """By name; at the bound itself nothing happens."""
    turn = Turn.CONTINUE if reason is None else Turn.SWITCH
    config = AgentSwitching(strategy=strategy)
    assert Move(turn=turn, reason=reason) == decide(standing, config)


def test_where_nobody_can_take_over_the_agent_is_told_and_then_the_run_ends() -> None:
    """One that stands still ends it at once, one that fails its gates at the third."""
    alone = replace(FINE, replaceable=False)
    still = replace(alone, stalled=True, gate=gate(Action.STOP))

    assert Turn.CONTINUE is decide(replace(alone, quality=0.0), SWITCHING).turn
    assert Turn.CONTINUE is decide(replace(alone, failed_gates=2), SWITCHING).turn
    assert Move(turn=Turn.STOP, reason=SwitchReason.GATE_FAILED) == decide(
        replace(alone, failed_gates=3), SWITCHING
    )
    assert Move(turn=Turn.STOP, reason=SwitchReason.STALLED) == decide(still, SWITCHING)


standings = st.builds(
    Standing,
    gate=st.builds(gate, st.sampled_from(Action), st.floats(0.05, 1)),
    quality=st.one_of(st.none(), st.floats(0, 1)),
    best=st.one_of(st.none(), st.floats(0, 1)),
    stalled=st.booleans(),
    failed_gates=st.integers(0, 20),
    replaceable=st.booleans(),
    cost=st.one_of(st.none(), st.floats(0, 9)),
    cheapest=st.one_of(st.none(), st.floats(0, 9)),
)


@given(standings, st.sampled_from(Strategy))
def test_laws_of_the_policy(standing: Standing, strategy: Strategy) -> None:
    """Accepted work and a used-up plan end a run; nobody is replaced for nothing or by nobody."""
    move = decide(standing, AgentSwitching(strategy=strategy))
    if standing.gate.action is Action.ACCEPT or standing.gate.progress >= 1:
        assert Move(turn=Turn.STOP) == move
    if move.turn is Turn.SWITCH:
        assert standing.replaceable
        assert move.reason is not None
