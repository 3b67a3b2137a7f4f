"""The three clocks of a call: nothing heard, no step done, not done at all."""

import asyncio
from collections.abc import AsyncIterator

from phantom.agents.port import (
    Activity,
    AgentEvent,
    Clocks,
    ErrorKind,
    Failed,
    FileEdit,
    ToolUse,
    UsageReport,
)
from phantom.security.redaction import without_known
from phantom.vocabulary import CostSource

_STEPS = (Activity, FileEdit, ToolUse, UsageReport)
"""What shows that a step was done; mere text may go on for ever."""


async def with_clocks(
    events: AsyncIterator[AgentEvent], clocks: Clocks
) -> AsyncIterator[AgentEvent]:
    """The same events; a clock that runs out ends them with a `stalled` failure that names it."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + clocks.wall
    turn_ends = loop.time() + clocks.turn
    while True:
        now = loop.time()
        left, clock = min(
            (clocks.idle, f"no event for {clocks.idle:.0f} s (idle clock)"),
            (turn_ends - now, f"no step done for {clocks.turn:.0f} s (turn clock)"),
            (ends - now, f"not done after {clocks.wall:.0f} s (wall clock)"),
        )
        try:
            async with asyncio.timeout(max(0.0, left)):
                event = await anext(events)
        except StopAsyncIteration:
            return
        except TimeoutError:
            yield Failed(
                kind=ErrorKind.STALLED,
                message=f"The agent was stopped: {clock}.",
                cost=None,
                cost_source=CostSource.UNKNOWN,
            )
            return
        if isinstance(event, _STEPS):
            turn_ends = loop.time() + clocks.turn
        # Outside the clock: the time that the consumer takes is not the agent's.
        yield without_known(event)
