"""The breaker's laws, over any order of calls, ends and waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from phantom.agents.breaker import Breaker, BreakerRules, Verdict, verdict_of
from phantom.agents.port import Cancelled, ErrorKind, Failed, Finished, Outcome
from phantom.vocabulary import BreakerState

START = datetime(2025, 1, 1, tzinfo=UTC)
RULES = BreakerRules(failures=3, cooldown=timedelta(seconds=60), trial=timedelta(seconds=600))


class Calls(RuleBasedStateMachine):
    """Calls begin where the breaker lets them, end in any order, and time passes."""

    running: Bundle[str] = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.breaker = Breaker()
        self.number = 0
        self.row = 0  # failures in a row that the breaker must have seen while closed
        self.trials: dict[str, datetime] = {}

    @rule(seconds=st.integers(0, 700))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        before = self.breaker
        self.breaker = before.at(self.now, RULES)
        if before.state is not self.breaker.state:
            assert (BreakerState.OPEN, BreakerState.HALF_OPEN) == (before.state, self.breaker.state)
            assert before.opened_at is not None
            assert self.now - before.opened_at >= RULES.cooldown

    @rule(target=running)
    def begin(self) -> str:
        """A call begins, or is refused."""
        self.number += 1
        call = f"call-{self.number}"
        if not self.breaker.admits:
            assert self.breaker.state is not BreakerState.CLOSED
            return f"refused-{call}"
        half_open = self.breaker.state is BreakerState.HALF_OPEN
        self.breaker = self.breaker.begun(call, self.now)
        if half_open:
            assert not self.breaker.admits, "one trial at a time"
            assert all(self.now - since >= RULES.trial for since in self.trials.values())
            self.trials = {call: self.now}
        return call

    @rule(call=consumes(running), verdict=st.sampled_from(Verdict))
    def end(self, call: str, verdict: Verdict) -> None:
        """A call ends; one that was refused never began."""
        if call.startswith("refused"):
            return
        before = self.breaker
        self.breaker = before.ended(call, verdict, self.now, RULES)
        decides = before.state is BreakerState.CLOSED or before.trial == call
        self.trials.pop(call, None)
        if verdict is Verdict.NEUTRAL:
            assert before.state is self.breaker.state
            assert before.failures == self.breaker.failures
        elif not decides:
            assert before == self.breaker
        elif verdict is Verdict.SUCCESS:
            assert (BreakerState.CLOSED, 0) == (self.breaker.state, self.breaker.failures)
            self.row = 0
        else:
            self.row += 1
            opens = before.state is BreakerState.HALF_OPEN or self.row >= RULES.failures
            assert opens == (self.breaker.state is BreakerState.OPEN)
            assert self.now == self.breaker.last_failure

    @invariant()
    def holds_together(self) -> None:
        """What is true of every state."""
        breaker = self.breaker
        assert self.row == breaker.failures
        assert (breaker.state is BreakerState.CLOSED) == (breaker.failures < RULES.failures)
        assert (breaker.trial is None) == (breaker.trial_at is None)
        assert breaker.trial is None or breaker.state is BreakerState.HALF_OPEN
        assert breaker == breaker.at(self.now, RULES)
        if breaker.state is BreakerState.OPEN:
            assert not breaker.admits
            assert breaker.half_open_at(RULES) > self.now


Calls.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCalls = Calls.TestCase


def test_the_reference_figures() -> None:
    """Five failures in a row open it, sixty seconds make it half-open, one success closes it."""
    rules, breaker, now = BreakerRules(), Breaker(), START
    for number in range(1, 6):
        assert BreakerState.CLOSED is breaker.state
        breaker = breaker.ended(f"{number}", Verdict.FAILURE, now, rules)
    assert (BreakerState.OPEN, 5, START) == (breaker.state, breaker.failures, breaker.last_failure)
    now = START + timedelta(seconds=59.999)
    assert not breaker.at(now, rules).admits
    now = START + timedelta(seconds=60)
    breaker = breaker.at(now, rules)
    assert BreakerState.HALF_OPEN is breaker.state
    breaker = breaker.begun("trial", now)
    assert not breaker.admits
    closed = breaker.ended("trial", Verdict.SUCCESS, now, rules)
    assert (BreakerState.CLOSED, 0, START) == (closed.state, closed.failures, closed.last_failure)
    opened = breaker.ended("trial", Verdict.FAILURE, now, rules)
    assert (BreakerState.OPEN, 6, now) == (opened.state, opened.failures, opened.opened_at)


def test_a_lost_trial_does_not_bar_the_agent_for_ever() -> None:
    """A worker may die with the trial; another call is let through after the trial's time."""
    breaker = Breaker(BreakerState.HALF_OPEN, 5, START, START, "lost", START)
    assert not breaker.at(START + timedelta(minutes=59), BreakerRules()).admits
    assert breaker.at(START + timedelta(hours=1), BreakerRules()).admits


@pytest.mark.parametrize(
    ("terminal", "expected"),
    [
        (Finished(content=""), Verdict.SUCCESS),
        (Finished(content="", outcome=Outcome.NEEDS_AGENT), Verdict.NEUTRAL),
        (Cancelled(), Verdict.NEUTRAL),
        *(
            (
                Failed(kind=kind, message=""),
                Verdict.NEUTRAL
                if kind in {ErrorKind.RATE_LIMIT, ErrorKind.CANCELLED}
                else Verdict.FAILURE,
            )
            for kind in ErrorKind
        ),
    ],
)
def test_what_counts_as_a_failure(
    terminal: Finished | Failed | Cancelled, expected: Verdict
) -> None:
    """Not a rate limit, not a call that was stopped, not an honest refusal."""
    assert expected is verdict_of(terminal)


def test_a_clock_that_is_set_back_keeps_no_breaker_open_for_a_day() -> None:
    """Nobody knows since when it is open: a trial tells. Hosts' clocks may differ by a minute."""
    opened = Breaker().at(START, RULES)
    for number in range(RULES.failures):
        opened = opened.ended(f"call-{number}", Verdict.FAILURE, START, RULES)
    yesterday, just_before = START - timedelta(days=1), START - timedelta(seconds=50)

    assert BreakerState.OPEN is opened.at(just_before, RULES).state
    half_open = opened.at(yesterday, RULES)
    assert BreakerState.HALF_OPEN is half_open.state
    lost = half_open.begun("trial", START)
    assert lost.at(yesterday, RULES).admits
