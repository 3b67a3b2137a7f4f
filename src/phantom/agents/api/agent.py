"""An agent behind a provider's API: lives in this process, and in its journal beyond it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from phantom.agents.api.journal import Journal, told
from phantom.agents.api.target import Habits, Line, Target
from phantom.agents.connections import Connection
from phantom.agents.port import (
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
)
from phantom.errors import PhantomError
from phantom.importing import without_collector
from phantom.security.outbound import Outbound
from phantom.vocabulary import TaskType

if TYPE_CHECKING:  # seconds and a hundred megabytes, which only the first call should pay
    from phantom.agents.api.asking import Retries
    from phantom.agents.api.call import GoOn
    from phantom.agents.api.meter import Prices
    from phantom.agents.api.tools.tests import Confine

_importing = Lock()
"""Several first calls at once import once."""


class Keys(Protocol):
    """Where keys are kept."""

    async def resolve(self, reference: str, *, host: str) -> str:
        """The value behind a name, to be sent to `host` alone. Raises PhantomError."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What API agents share.

    Attributes:
        journals: directory below which each call has one of its own.
        confine: how the project's tests are locked in.
        retries: None for the usual policy.
    """

    keys: Keys
    journals: Path
    prices: "Prices"
    outbound: Outbound
    confine: "Confine"
    retries: "Retries | None" = None


class ApiAgent:
    """The agent of one connection."""

    outlives_server = False

    def __init__(self, connection: Connection, target: Target, around: Surroundings) -> None:
        self.agent_id = connection.agent_id
        self.agent_type = connection.agent_type
        self._target = target
        self._around = around
        self._habits = Habits()

    @property
    def fingerprint(self) -> str:
        """What its answers depend on: the protocol, the address and the model."""
        return f"{self._target.dialect} {self._target.base_url} {self._target.model}"

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - a model takes every task
        """Always true."""
        return True

    def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:
        """Tell again what the journal holds, then go on from there.

        Nothing that a journal holds is paid for again. A request that was under way when the
        server died is made again; the provider may charge for both.
        """
        directory = self._around.journals / request.call_id
        return told(directory, lambda journal: self._further(request, journal))

    async def _further(self, request: AgentRequest, journal: Journal) -> AsyncGenerator[AgentEvent]:
        target = self._target.with_model(request.model)
        try:
            key = await self._key()
        except PhantomError as error:
            yield Failed(kind=ErrorKind.AUTH, message=str(error))
            return
        try:
            http = await self._around.outbound.client(target.base_url)
        except PhantomError as error:
            yield Failed(kind=ErrorKind.ERROR, message=str(error))
            return
        await self._around.prices.ready()
        go_on = await asyncio.to_thread(_imported)
        async with aclosing(
            go_on(request, journal, Line(target, key, http, self._habits), self._around)
        ) as events:
            async for event in events:
                yield event

    async def _key(self) -> str | None:
        """Looked up at every call, and kept no longer."""
        if self._target.key_id is None:
            return None
        return await self._around.keys.resolve(self._target.key_id, host=self._target.host)


def _imported() -> "GoOn":
    with _importing:
        return _imported_once()


@cache
def _imported_once() -> "GoOn":
    # A thread does not keep the loop waiting, but the collector does, for as long as it looks.
    with without_collector():
        from phantom.agents.api.call import go_on
        from phantom.agents.api.models import warm_up

        warm_up()
    return go_on
