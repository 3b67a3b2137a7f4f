"""The circuit breaker of one agent, as values: no clock, no storage, no events.

Closed, it lets all calls through. After a number of failures in a row it opens, and lets none
through; after a cooldown it is half-open, and lets through one, whose end closes it or opens it
anew.
Only failures of the agent count: not a rate limit, which is waited for, not a call that somebody
stopped, not an honest refusal.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from phantom.agents.port import Cancelled, ErrorKind, Failed, Finished, Outcome
from phantom.clock import is_within
from phantom.vocabulary import BreakerState


class Verdict(StrEnum):
    """What a call says about its agent."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens and how it recovers.

    Attributes:
        failures: failures in a row that open it.
        cooldown: how long it stays open.
        trial: how long a trial call may leave the breaker without an answer; a trial that is lost
            with its worker is given up then. Longer than any call may take.
    """

    failures: int = 5
    cooldown: timedelta = timedelta(seconds=60)
    trial: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one agent's breaker; every method returns the state that follows.

    Attributes:
        failures: failures in a row.
        opened_at: when it last opened; None while it is closed.
        trial: id of the call that decides, while there is one.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    last_failure: datetime | None = None
    opened_at: datetime | None = None
    trial: str | None = None
    trial_at: datetime | None = None

    def at(self, now: datetime, rules: BreakerRules) -> "Breaker":
        """What has become of it by mere waiting."""
        if self.opened_at is not None and self._has_cooled(self.opened_at, now, rules):
            return replace(self, state=BreakerState.HALF_OPEN, trial=None, trial_at=None)
        if self.trial_at is not None and not is_within(self.trial_at, rules.trial, now):
            return replace(self, trial=None, trial_at=None)
        return self

    def _has_cooled(self, opened_at: datetime, now: datetime, rules: BreakerRules) -> bool:
        return self.state is BreakerState.OPEN and not is_within(opened_at, rules.cooldown, now)

    def half_open_at(self, rules: BreakerRules) -> datetime:
        """When an open breaker lets a trial through."""
        assert self.opened_at is not None
        return self.opened_at + rules.cooldown

    @property
    def admits(self) -> bool:
        """True where a call may be made now; ask `at` first."""
        return self.state is BreakerState.CLOSED or (
            self.state is BreakerState.HALF_OPEN and self.trial is None
        )

    def begun(self, call: str, now: datetime) -> "Breaker":
        """After a call that it admits has begun; half-open, that call is the trial."""
        assert self.admits
        if self.state is BreakerState.CLOSED:
            return self
        return replace(self, trial=call, trial_at=now)

    def ended(self, call: str, verdict: Verdict, now: datetime, rules: BreakerRules) -> "Breaker":
        """After a call has ended.

        While the breaker is not closed only the trial decides; calls that began before it opened
        come too late to tell anything new.
        """
        if self.state is BreakerState.CLOSED:
            return self._counted(verdict, now, rules)
        if call != self.trial:
            return self
        match verdict:
            case Verdict.SUCCESS:
                return Breaker(last_failure=self.last_failure)
            case Verdict.FAILURE:
                return self._opened(now)
            case Verdict.NEUTRAL:
                return replace(self, trial=None, trial_at=None)

    def _counted(self, verdict: Verdict, now: datetime, rules: BreakerRules) -> "Breaker":
        if verdict is Verdict.NEUTRAL:
            return self
        if verdict is Verdict.SUCCESS:
            return replace(self, failures=0)
        if self.failures + 1 >= rules.failures:
            return self._opened(now)
        return replace(self, failures=self.failures + 1, last_failure=now)

    def _opened(self, now: datetime) -> "Breaker":
        return Breaker(BreakerState.OPEN, self.failures + 1, last_failure=now, opened_at=now)


def verdict_of(terminal: Finished | Failed | Cancelled) -> Verdict:
    """What the end of a call says about its agent."""
    match terminal:
        case Finished(outcome=Outcome.DONE):
            return Verdict.SUCCESS
        case Failed(kind=kind) if kind not in {ErrorKind.RATE_LIMIT, ErrorKind.CANCELLED}:
            return Verdict.FAILURE
        case _:
            return Verdict.NEUTRAL
