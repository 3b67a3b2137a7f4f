"""The three clocks of a call, and that an honest agent hears none of them."""

import asyncio
from collections.abc import AsyncIterator

from phantom.agents.port import (
    Activity,
    AgentEvent,
    Clocks,
    ErrorKind,
    Failed,
    Finished,
    TextDelta,
)
from phantom.orchestration.clocks import with_clocks

PATIENCE_SECONDS = 30


async def heard(
    clocks: Clocks, *pauses: float, event: AgentEvent | None = None
) -> list[AgentEvent]:
    """What is heard of an agent that speaks after each of `pauses` and then is done."""

    async def agent() -> AsyncIterator[AgentEvent]:
        for pause in pauses:
            await asyncio.sleep(pause)
            yield event or Activity(message="still here")
        yield Finished(content="done")

    async with asyncio.timeout(PATIENCE_SECONDS):
        return [each async for each in with_clocks(agent(), clocks)]


def stalled_by(events: list[AgentEvent]) -> str:
    """The sentence of the failure that ended them."""
    last = events[-1]
    assert isinstance(last, Failed)
    assert ErrorKind.STALLED is last.kind
    return last.message


async def test_a_silent_agent_is_stopped_by_the_idle_clock():
    """The failure is `stalled` and names the clock."""
    assert "idle clock" in stalled_by(await heard(Clocks(idle=0.3, turn=90, wall=100), 0, 60))


async def test_an_agent_that_only_talks_is_stopped_by_the_turn_clock():
    """However lively its text is."""
    clocks = Clocks(idle=100, turn=0.3, wall=100)
    events = await heard(clocks, *[0.02] * 10_000, event=TextDelta(text="well, "))

    assert "turn clock" in stalled_by(events)
    assert len(events) > 1


async def test_a_step_winds_the_turn_clock_up_again():
    """An agent that works on is not stopped by it."""
    events = await heard(Clocks(idle=100, turn=5, wall=100), *[0.01] * 50)

    assert "finished" == events[-1].type


async def test_an_agent_that_never_ends_is_stopped_by_the_wall_clock():
    """However much it does."""
    events = await heard(Clocks(idle=100, turn=100, wall=0.3), *[0.02] * 10_000)

    assert "wall clock" in stalled_by(events)
    assert len(events) > 1


async def test_clocks_leave_a_quick_agent_alone():
    """Its events pass as they are."""
    events = await heard(Clocks(idle=20, turn=20, wall=20), 0, 0.01)

    assert ["activity", "activity", "finished"] == [event.type for event in events]
