"""Only work that the checks measured and accepted, and one agent did, is kept to be given again."""

import pytest

from phantom.orchestration.assess import IterationResult
from phantom.orchestration.calls import CallResult
from phantom.orchestration.reuse import refuted, work_of
from tests.unit.orchestration.test_standing import made

CALL = CallResult(agent="claude", agent_type="claude", content="done", cost=0.5, tokens=7)
GOOD = made(1).decision.model_copy(update={"good": True})


def iteration(number: int, **fields: object) -> IterationResult:
    """An accepted iteration of Claude's."""
    return made(number, **({"decision": GOOD, "call": CALL} | fields))


def test_the_work_of_all_rounds_is_kept_with_what_it_cost() -> None:
    """Up to the one that was accepted."""
    first = iteration(1, decision=made(1).decision)

    work = work_of([first, iteration(2)], iteration(2))

    assert work is not None
    assert ("c2", "done", 1.0, 14) == (work.commit, work.content, work.cost, work.tokens)


@pytest.mark.parametrize(
    "last",
    [
        iteration(2, decision=made(1).decision),
        iteration(2, decision=GOOD.model_copy(update={"measured": False})),
        iteration(2, call=CALL.model_copy(update={"agent": "codex"})),
        iteration(2, call=CALL.model_copy(update={"agent_type": "local"})),
        iteration(2, call=CALL.model_copy(update={"metadata": {"cached": "near"}})),
    ],
    ids=["failed", "not measured", "of two agents", "costs nothing", "given again itself"],
)
def test_other_work_is_not_kept(last: IterationResult) -> None:
    """Neither a failure nor what nobody could judge."""
    assert work_of([iteration(1), last], last) is None


def test_work_of_unknown_cost_says_so() -> None:
    """And is kept."""
    unknown = iteration(1, call=CALL.model_copy(update={"cost": None}))
    work = work_of([unknown], unknown)

    assert work is not None
    assert work.cost is None


def test_what_was_given_again_and_not_accepted_is_refuted() -> None:
    """What an agent has made in vain is not, nor is what was accepted."""
    cached = CALL.model_copy(update={"metadata": {"cached": "exact"}})

    assert refuted([iteration(1, call=cached, decision=made(1).decision), iteration(2)])
    assert not refuted([iteration(1, call=cached)])
    assert not refuted([iteration(1, decision=made(1).decision)])
    assert not refuted([])
