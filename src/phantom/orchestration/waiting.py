"""Waiting for what may come back: an agent's usage limit, or money that is set aside.

Nothing is kept of the waiting itself, so that it survives any restart: whoever looks again finds
the reason in the database, or that it is gone. A change of mind (another agent connected, a cap
raised) is seen at the next look.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from phantom.agents.windows import Limited
from phantom.clock import iso, utc_now
from phantom.events.store import EventStore
from phantom.events.types import AgentActivity
from phantom.ledger.ledger import MoneyHeld
from phantom.orchestration.run import Run

LOOK_SECONDS = 2.0
"""The longest time between two looks."""
_SHORTEST_LOOK = 0.05

T = TypeVar("T")


async def as_soon_as_possible(
    attempt: Callable[[], Awaitable[T]], store: EventStore, run: Run, iteration: int
) -> T:
    """The result of `attempt`, made again until it need not wait; what it waits for is told once.

    Whoever calls this bounds it, by the task's deadline and its cancellation.
    """
    said = ""
    while True:
        try:
            return await attempt()
        except (Limited, MoneyHeld) as wait:
            if said != (said := str(wait)):
                await _tell(store, run, iteration, wait)
            await asyncio.sleep(_until_look(wait))


def _until_look(wait: Limited | MoneyHeld) -> float:
    """Seconds; not the same for all who wait."""
    longest = LOOK_SECONDS / 2
    if isinstance(wait, Limited):
        longest = min(LOOK_SECONDS, (wait.until - utc_now()).total_seconds())
    # Somewhat more than the rest: at the moment itself the agent is not yet to be asked.
    return max(_SHORTEST_LOOK, longest * random.uniform(1.0, 1.25))  # noqa: S311 - no secret


async def _tell(store: EventStore, run: Run, iteration: int, wait: Limited | MoneyHeld) -> None:
    until = iso(wait.until) if isinstance(wait, Limited) else None
    async with store.transaction() as transaction:
        await run.claim.hold(transaction.session)
        transaction.emit(
            AgentActivity(
                task_id=run.task_id,
                iteration=iteration,
                agent=wait.agent_id,
                message=f"Waiting. {wait}",
                detail={"kind": "waiting", "until": until},
            ),
            task_id=run.task_id,
            project_id=run.project_id,
        )
