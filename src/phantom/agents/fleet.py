"""The agents that can be asked now: those that stand here, and one behind each connection."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.connections import (
    Connection,
    Discovered,
    connection_of,
    nothing_discovered,
)
from phantom.agents.port import Agent, AgentEvent, AgentRequest, ErrorKind, Failed
from phantom.db import models
from phantom.db.periodic import every
from phantom.errors import PhantomError
from phantom.vocabulary import AgentType, ConnectionType, TaskType


class NotReady(PhantomError):
    """The agent behind a connection cannot be called; the text is a clause (`is not installed`)."""


Maker = Callable[[Connection], Agent]
"""Makes the agent that a connection leads to; raises NotReady where it cannot be called."""
_LOOK_SECONDS = 60.0
Look = Callable[[], Awaitable[bool]]
"""Looks for the programs of agents; true where they are not those of the last look."""


async def _nothing_new() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Muster:
    """Who there is at one moment.

    Attributes:
        agents: all of them, standing ones first, then in order of connection.
        unavailable: ids of those that may not be called, each with the reason as a clause.
    """

    agents: tuple[Agent, ...]
    unavailable: Mapping[str, str] = field(default_factory=dict)

    def find(self, agent_id: str) -> Agent | None:
        """The agent of this id, whether or not it may be called for something new."""
        return next((each for each in self.agents if each.agent_id == agent_id), None)


class Fleet:
    """Keeps the agents in step with the connections."""

    def __init__(
        self,
        standing: Sequence[Agent],
        make: Maker | None = None,
        discovered: Discovered = nothing_discovered,
        look: Look = _nothing_new,
    ) -> None:
        """`standing` need no connection. Without `make`, connections add no agent of their own."""
        self._standing = tuple(standing)
        self._make = make
        self._discovered = discovered
        self._look = look
        self._made: dict[Connection, Agent] = {}

    @property
    def standing(self) -> tuple[str, ...]:
        """Ids of the agents that need no connection."""
        return tuple(agent.agent_id for agent in self._standing)

    async def keep_looking(self) -> None:
        """Look for the programs of agents now and then, until cancelled."""
        await every(_LOOK_SECONDS, self.look_again)

    async def look_again(self) -> bool:
        """Look for the programs of agents; true where some were installed, logged in or removed.

        Costs a millisecond of a thread, and the start of each program that is new.
        """
        if not await self._look():
            return False
        remote = (each for each in self._made if each.connection_type is not ConnectionType.LOCAL)
        self._made = {each: self._made[each] for each in remote}
        return True

    async def muster(self, session: AsyncSession) -> Muster:
        """Everybody as the connections are in this transaction."""
        rows = await session.scalars(_CONNECTIONS)
        connections = [connection_of(row) for row in rows]
        connected = self._connected(connections)
        unavailable = {
            agent.agent_id: agent.why for agent in connected if isinstance(agent, _Absent)
        }
        unavailable |= {each.agent_id: "is disabled" for each in connections if not each.enabled}
        return Muster((*self._standing, *connected), unavailable)

    def _connected(self, connections: Sequence[Connection]) -> list[Agent]:
        if self._make is None:
            return []
        own = [each for each in connections if each.agent_id not in self.standing]
        own += self._discovered(own)
        self._made = {each: self._made.get(each) or self._agent(each) for each in own}
        return list(self._made.values())

    def _agent(self, connection: Connection) -> Agent:
        assert self._make is not None
        try:
            return self._make(connection)
        except NotReady as reason:
            return _Absent(connection, str(reason))


class _Absent:
    """Stands for an agent that is connected and cannot be called."""

    outlives_server = False

    def __init__(self, connection: Connection, why: str) -> None:
        self.agent_id = connection.agent_id
        self.agent_type: AgentType = connection.agent_type
        self.why = why

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - for no kind of task, and asked of all
        """True, so that whoever asks for it is told why it is left out."""
        return True

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:  # noqa: ARG002 - see above
        """Only reached by a call that an earlier server began."""
        yield Failed(kind=ErrorKind.NOT_INSTALLED, message=f"The agent {self.why}.")


_CONNECTIONS = select(models.AgentConnection).order_by(
    models.AgentConnection.created_at, models.AgentConnection.agent_id
)
