"""When a call is ended whatever it still wants to do."""

import time

from phantom.agents.call_directory import Batch
from phantom.agents.cli.seen import Failure, Seen
from phantom.agents.port import Clocks, ErrorKind

MAX_STEPS = 300
"""Answers of the model in one call: a loop must end even where each step looks like work."""
MAX_PRINTED_BYTES = 256_000_000
_LINGER_SECONDS = 10.0
_EARLIER = 0.95


class Bounds:
    """The three clocks of one call, the patience with one that will not leave, and two caps.

    The clocks run out a little before the loop's own, which knows nothing of what was used up to
    then.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._began = self._heard = self._stepped = time.monotonic()
        self._steps = 0
        self._settled: float | None = None

    def look(self, batch: Batch, seen: Seen) -> Failure | None:
        """Which bound has been reached, if any has."""
        now = time.monotonic()
        if not batch.quiet:
            self._heard = now
        if seen.steps > self._steps:
            self._steps, self._stepped = seen.steps, now
        if seen.done or seen.failure:
            self._settled = self._settled or now
            if now - self._settled > _LINGER_SECONDS:
                return seen.failure or Failure(ErrorKind.STALLED, "It did not end when done.")
        for since, most, what in (
            (self._heard, self._clocks.idle, "it printed nothing for {} s (idle clock)"),
            (self._stepped, self._clocks.turn, "no step was done for {} s (turn clock)"),
            (self._began, self._clocks.wall, "it was not done after {} s (wall clock)"),
        ):
            if now - since > most * _EARLIER:
                told = what.format(round(most))
                return Failure(ErrorKind.STALLED, f"The agent was stopped: {told}.")
        return _runaway(batch, seen)


def _runaway(batch: Batch, seen: Seen) -> Failure | None:
    if seen.steps > MAX_STEPS:
        return Failure(
            ErrorKind.ERROR, f"The agent was stopped after {MAX_STEPS} steps without an end."
        )
    if batch.printed > MAX_PRINTED_BYTES:
        return Failure(
            ErrorKind.ERROR,
            f"The agent was stopped: it printed more than {MAX_PRINTED_BYTES // 1_000_000} MB.",
        )
    return None
