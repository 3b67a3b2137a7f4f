"""The one policy of retries: which failures are tried again, how often, after which pause.

The agents' own retries are off where they can be. A rate limit has no row: it is waited for or
switched away from (`choosing`), and counts as no failure. docs/agents.md has this table.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from phantom.agents.port import ErrorKind, Outcome


class Failure(Protocol):
    """How a call went that did not do what it should."""

    @property
    def agent(self) -> str: ...  # noqa: D102 - who was called
    @property
    def error(self) -> ErrorKind | None: ...  # noqa: D102 - None for an honest refusal
    @property
    def outcome(self) -> Outcome: ...  # noqa: D102 - see there


@dataclass(frozen=True, slots=True)
class Rule:
    """How often an agent is asked in one iteration, and the first pause in seconds; it doubles."""

    tries: int
    pause: float = 0.0


ONCE = Rule(tries=1)
RULES = {
    ErrorKind.OVERLOADED: Rule(tries=4, pause=2.0),
    ErrorKind.ERROR: Rule(tries=2, pause=0.5),
    ErrorKind.STALLED: Rule(tries=2),
    ErrorKind.CANCELLED: Rule(tries=2),
    ErrorKind.AUTH: ONCE,
    ErrorKind.MODEL: ONCE,
    ErrorKind.DENIED: ONCE,
    ErrorKind.NOT_INSTALLED: ONCE,
}
"""By what went wrong last. Where asking again cannot help, it is asked once."""


def given_up(failures: Sequence[Failure]) -> tuple[str, ...]:
    """Agents that are not asked again, in the order in which they failed first."""
    counts = Counter(failure.agent for failure in failures)
    last = {failure.agent: failure for failure in failures}
    return tuple(agent for agent, n in counts.items() if n >= _rule(last[agent]).tries)


def pause_before_next(failures: Sequence[Failure]) -> float:
    """Seconds to wait before the next call, where the agent that failed last may be asked again.

    Doubled with each failure of that agent, and then anything from half of it up to one and a half,
    so that tasks that failed together do not come back together.
    """
    if not failures or failures[-1].agent in given_up(failures):
        return 0.0
    last = failures[-1]
    times = sum(failure.agent == last.agent for failure in failures)
    return _rule(last).pause * (1 << (times - 1)) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret


def _rule(failure: Failure) -> Rule:
    if failure.outcome is Outcome.NEEDS_AGENT or failure.error is None:
        return ONCE
    return RULES.get(failure.error, ONCE)
