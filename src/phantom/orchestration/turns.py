"""What follows an iteration: how the run stands is put before the policy of switching."""

from collections.abc import Sequence

from phantom.agents.choice import Situation
from phantom.hrm.gate import Action
from phantom.hrm.preference import Candidate, dollars
from phantom.hrm.switching import Move, Standing, Turn, decide
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.calls import Calls
from phantom.orchestration.run import Run

OVER = Move(turn=Turn.STOP)


def is_over(last: IterationResult) -> bool:
    """True where nothing is left to decide: it was accepted, or the plan is used up."""
    return last.decision.action is Action.ACCEPT or last.decision.progress >= 1


async def next_move(
    calls: Calls,
    run: Run,
    iterations: Sequence[IterationResult],
    situation: Situation,
    *,
    free: bool,
) -> Move:
    """What follows the last of `iterations`; `situation` is that of the next choice.

    `free` says that the agent may be changed at all.
    """
    others = await calls.successors(run, situation) if free else []
    return decide(standing(iterations, others), run.config.agent_switching)


def standing(iterations: Sequence[IterationResult], others: Sequence[Candidate]) -> Standing:
    """How a run stands after the last of `iterations`, where `others` can take over."""
    last = iterations[-1]
    # What an agent of this run costs is known; its record would still make it look cheap.
    worked = {each.call.agent for each in iterations}
    untried = [each for each in others if each.agent_id not in worked]
    before = [each.quality for each in iterations[:-1] if each.quality is not None]
    return Standing(
        gate=last.decision,
        quality=last.quality,
        best=max(before, default=None),
        stalled=last.stalled,
        failed_gates=failed_gates(iterations),
        replaceable=bool(others),
        cost=last.call.cost,
        cheapest=min(map(dollars, untried), default=None),
    )


def failed_gates(iterations: Sequence[IterationResult]) -> int:
    """Checkpoints failed in a row by the agent of the last iteration since it took over."""
    count = 0
    for each in reversed(iterations):
        if each.call.agent != iterations[-1].call.agent:
            break
        if each.decision.checkpoint is not None:
            if each.decision.passed:
                break
            count += 1
    return count
