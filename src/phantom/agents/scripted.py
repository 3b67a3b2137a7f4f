"""A deterministic agent: for tests, benchmarks, and to see the loop without a model."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from phantom.agents.port import AgentEvent, AgentRequest
from phantom.vocabulary import AgentType, TaskType

Script = Callable[[AgentRequest], Iterable[AgentEvent]]


class ScriptedAgent:
    """Runs a function in this process, which edits the workspace and yields events."""

    outlives_server = False

    def __init__(
        self, script: Script, *, agent_id: str = "scripted", agent_type: AgentType = AgentType.LOCAL
    ) -> None:
        self.agent_id = agent_id
        self.agent_type = agent_type
        self._script = script

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - a script takes every task
        """Always true."""
        return True

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:
        """The script's events, in order."""
        events = iter(self._script(request))
        # In a thread, since a script edits files and may take its time.
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            yield event
