"""What agents' last calls came to, read from their rows."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from phantom.db.models import MICROS, AgentCall, Iteration, JsonObject
from phantom.hrm.preference import NEVER, Record

LAST_CALLS = 20
"""Of an agent's calls, the last so many make its record."""
_LAST_CALLS = (
    select(AgentCall, Iteration.gate)
    .outerjoin(
        Iteration,
        (Iteration.task_id == AgentCall.task_id)
        & (Iteration.attempt == AgentCall.attempt)
        & (Iteration.number == AgentCall.iteration)
        & (Iteration.agent == AgentCall.agent),
    )
    .where(AgentCall.agent == bindparam("agent"), AgentCall.completed_at.is_not(None))
    .order_by(AgentCall.completed_at.desc())
    .limit(LAST_CALLS)
    .options(defer(AgentCall.terminal), defer(AgentCall.used))
)


async def records(session: AsyncSession, agents: Sequence[str]) -> dict[str, Record]:
    """What the last calls of each of `agents` came to, by agent id."""
    found = {}
    for agent in agents:
        rows = (await session.execute(_LAST_CALLS, {"agent": agent})).all()
        found[agent] = _record([(call, gate) for call, gate in rows])
    return found


def _record(rows: Sequence[tuple[AgentCall, JsonObject | None]]) -> Record:
    ended = [(call, gate) for call, gate in rows if call.state == "finished"]
    gates = [gate for _, gate in ended if gate]
    costs = [call.cost_micros for call, _ in ended if call.cost_micros is not None]
    took = [call.completed_at - call.started_at for call, _ in ended if call.completed_at]
    return Record(
        calls=len(ended),
        rounds=len(gates),
        accepted=sum(gate["action"] == "accept" or gate.get("good", False) for gate in gates),
        seconds=sum(each.total_seconds() for each in took),
        priced=len(costs),
        dollars=sum(costs) / MICROS,
        last=max((call.started_at for call, _ in rows), default=NEVER),
    )
