"""What a call is taken to cost before it is made; docs/formulas.md states the formula."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import AgentCall

MEMORY = 20
"""How many of an agent's last calls are looked at."""
_LAST = (
    select(AgentCall.cost_micros)
    .where(AgentCall.agent == bindparam("agent"), AgentCall.cost_micros.is_not(None))
    .where(AgentCall.completed_at.is_not(None))
    .order_by(AgentCall.completed_at.desc())
    .limit(MEMORY)
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bounds of a call's cost, in micro-dollars; both are 0 for a call that costs nothing.

    Attributes:
        least: it is not begun with less than this.
        foreseen: a high bound of what it may cost, at least `least`.
    """

    least: int
    foreseen: int


FREE = Estimate(0, 0)


def foresee(costs: Sequence[int], *, prompt: int | None, share: int) -> Estimate:
    """The dearest of the agent's last calls, and no less than the price of the prompt.

    All in micro-dollars: `costs` of the agent's last calls, `prompt` the price of the prompt or
    None where it is not known, `share` what the task may spend on a call. Of an agent that has not
    been paid for yet nothing is known but that share. The next of calls that are alike is dearer
    than the last `MEMORY` with probability 1 / (MEMORY + 1).
    """
    least = max(1, prompt or 0)
    return Estimate(least, max(least, max(costs) if costs else share))


async def last_costs(session: AsyncSession, agent: str) -> list[int]:
    """What the agent's last calls cost, as far as it is known, newest first, in micro-dollars."""
    return [cost for cost in await session.scalars(_LAST, {"agent": agent}) if cost is not None]
