"""Agents that are programs of ours: they read a request file and print events, one JSON a line."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import phantom
from phantom.agents.caging import cage_of
from phantom.agents.call_directory import CallDirectory, Ended
from phantom.agents.port import (
    AGENT_EVENT,
    AgentEvent,
    AgentRequest,
    Cancelled,
    ErrorKind,
    Failed,
    Finished,
)
from phantom.security.sandbox import Sandbox
from phantom.vocabulary import AgentType, TaskType

MAX_PRINTED_BYTES = 256_000_000
_TOO_MUCH = f"it printed more than {MAX_PRINTED_BYTES // 1_000_000} MB"


class DetachedAgent:
    """An agent behind a command that takes the request's file, and that outlives the server."""

    outlives_server = True

    def __init__(
        self,
        agent_id: str,
        agent_type: AgentType,
        *,
        command: Callable[[Path], list[str]],
        can: Callable[[TaskType], bool],
        journals: Path,
        sandbox: Sandbox,
    ) -> None:
        """`command` gives the argv for a request's file; it runs caged, with the network off."""
        self.agent_id = agent_id
        self.agent_type = agent_type
        self._command = command
        self._can = can
        self._journals = journals
        self._sandbox = sandbox

    def can(self, task_type: TaskType) -> bool:
        """True where the agent takes this kind of task."""
        return self._can(task_type)

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:
        """Start the call, or find the one that an earlier server started, and follow it."""
        call = CallDirectory(self._journals / request.call_id, mark=request.mark)
        if not await asyncio.to_thread(call.exists):
            asked = await asyncio.to_thread(call.keep, "request.json", request.model_dump_json())
            cage = cage_of(request, network=False, readable=(asked,))
            caged = await asyncio.to_thread(self._sandbox.wrap, self._command(asked), cage)
            await call.spawn(caged, cwd=request.workspace, env=environment(request))
        async for event in events(call):
            yield event


async def events(call: CallDirectory) -> AsyncIterator[AgentEvent]:
    """The events that a program of ours prints, up to the terminal one."""
    async for batch in call.follow():
        if batch.printed > MAX_PRINTED_BYTES:
            yield Failed(kind=ErrorKind.ERROR, message=f"The agent was stopped: {_TOO_MUCH}.")
            return
        for line in batch.output:
            if line.strip():
                event = _parse(line)
                yield event
                if isinstance(event, Finished | Failed | Cancelled):
                    return
    yield _last(await asyncio.to_thread(call.ended))


def environment(request: AgentRequest) -> Mapping[str, str]:
    """What a program of ours gets of the environment."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(request.scratch),
        "TMPDIR": str(request.scratch),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(phantom.__file__).parent.parent),
    }


def _parse(line: bytes) -> AgentEvent:
    try:
        return AGENT_EVENT.validate_json(line)
    except ValueError:
        shown = line[:200].decode(errors="replace")
        return Failed(kind=ErrorKind.ERROR, message=f"The agent printed no event: {shown}")


def _last(ended: Ended) -> AgentEvent:
    """The end of one that has died: a last line without its end counts where it is whole."""
    died = Failed(
        kind=ErrorKind.ERROR, message=f"The agent ended without a result: {ended.last_words}"
    )
    try:
        event = AGENT_EVENT.validate_json(ended.rest)
    except ValueError:
        return died
    return event if isinstance(event, Finished | Failed | Cancelled) else died
