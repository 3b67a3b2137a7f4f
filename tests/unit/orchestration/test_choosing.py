"""The choice where agents have used up their limit: wait, switch, or say that nobody can."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from phantom.agents.choice import FirstAble, Situation
from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.agents.windows import Limited, Window
from phantom.clock import utc_now
from phantom.errors import NoAgentAvailable
from phantom.hrm.config import Strategy
from phantom.orchestration.choosing import PATIENT, Limits, choose, why_changed
from phantom.vocabulary import AgentType, SwitchReason, TaskType

NOW = utc_now()
SOON, LATE = NOW + timedelta(minutes=5), NOW + timedelta(hours=5)
DEADLINE = NOW + timedelta(minutes=30)


@dataclass(frozen=True)
class Named:
    """An agent that is chosen, and not called."""

    agent_id: str
    agent_type: AgentType = AgentType.OPENAI
    outlives_server: bool = False

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - it takes every task
        """Always."""
        return True

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:  # noqa: ARG002
        """Never called."""
        yield Finished(content="")


WAIT = "wait for one, 0:05:00"
ONE, TWO, EMBEDDED = Named("one"), Named("two"), Named("local", AgentType.LOCAL)


def chosen(
    *agents: Named,
    strategy: Strategy = Strategy.ADAPTIVE,
    requested: str | None = None,
    tried: tuple[str, ...] = (),
    current: str | None = None,
    leave: SwitchReason | None = None,
    held_back: tuple[str, ...] = (),
    **closed: object,
) -> str:
    """Who is called, or `wait for` whom how long; `closed` are the ends of windows."""
    windows = {id_: Window(end) for id_, end in closed.items()}  # type: ignore[arg-type]
    situation = Situation(
        TaskType.DEBUGGING,
        requested=requested,
        tried=tried,
        current=current,
        leave=leave,
        held_back=held_back,
        order=("one", "two", "local"),
    )
    try:
        limits = Limits(windows, DEADLINE, strategy)
        return choose(FirstAble(), situation, agents, limits).agent_id
    except Limited as limited:
        return f"wait for {limited.agent_id}, {limited.until - NOW}"


def test_without_windows_nothing_changes() -> None:
    """The first able one."""
    assert "one" == chosen(ONE, TWO, EMBEDDED)
    assert "one" == chosen(ONE, TWO, two=SOON)


@pytest.mark.parametrize("strategy", Strategy)
def test_the_strategy_says_whether_to_wait_or_to_switch(strategy: Strategy) -> None:
    """Where another one could be asked."""
    expected = WAIT if strategy in PATIENT else "two"
    assert expected == chosen(ONE, TWO, strategy=strategy, one=SOON)


def test_where_nobody_else_can_one_is_waited_for() -> None:
    """The embedded agent stands in for nobody; and who was asked for by name is waited for."""
    assert WAIT == chosen(ONE, one=SOON)
    assert WAIT == chosen(ONE, EMBEDDED, one=SOON)
    assert WAIT == chosen(ONE, TWO, requested="one", one=SOON)
    assert WAIT == chosen(ONE, TWO, tried=("two",), one=SOON)
    assert WAIT == chosen(ONE, TWO, one=SOON, two=SOON)


def test_what_resumes_after_the_deadline_is_not_waited_for() -> None:
    """Another one is asked, the embedded one too; else the sentence says when it resumes."""
    assert "two" == chosen(ONE, TWO, strategy=Strategy.MANUAL, one=LATE)
    assert "wait for two, 0:05:00" == chosen(ONE, TWO, one=LATE, two=SOON)
    assert "local" == chosen(ONE, EMBEDDED, one=LATE)
    with pytest.raises(NoAgentAvailable, match=r"one has reached its usage limit and resumes at"):
        chosen(ONE, one=LATE)


def test_who_is_at_work_stays_at_work() -> None:
    """Though another one is preferred, until it cannot be asked or is to be left."""
    assert "two" == chosen(ONE, TWO, current="two")
    assert "one" == chosen(ONE, TWO, current="two", tried=("two",))
    assert "one" == chosen(ONE, TWO, current="two", two=SOON)


def test_an_agent_that_is_to_be_left_is_left_where_another_one_can_go_on_at_once() -> None:
    """The embedded one cannot, nor one without a record, nor one that has used up its limit."""
    leave = SwitchReason.QUALITY_DROP
    assert "two" == chosen(ONE, TWO, current="one", leave=leave)
    assert "one" == chosen(ONE, EMBEDDED, current="one", leave=leave)
    assert "one" == chosen(ONE, TWO, current="one", leave=leave, held_back=("two",))
    assert "one" == chosen(ONE, TWO, current="one", leave=leave, two=SOON)
    assert "one" == chosen(ONE, TWO, current="one", leave=leave, requested="one")


def test_a_change_says_what_forced_it() -> None:
    """What the loop wanted, else the limit, else the breaker, else that the agent is gone."""
    window = {"one": Window(SOON)}
    left = Situation(TaskType.DEBUGGING, current="one", leave=SwitchReason.STALLED)
    forced = Situation(TaskType.DEBUGGING, current="one")
    assert [
        SwitchReason.STALLED,
        SwitchReason.RATE_LIMITED,
        SwitchReason.BREAKER_OPEN,
        SwitchReason.UNAVAILABLE,
    ] == [
        why_changed(left, window, {"one": "failed"}),
        why_changed(forced, window, {"one": "failed"}),
        why_changed(forced, {}, {"one": "failed"}),
        why_changed(forced, {}, {}),
    ]
