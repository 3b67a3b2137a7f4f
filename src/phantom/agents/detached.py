"""Agents that are processes of their own and outlive the server.

A call has a directory. The agent's output goes to a file there, never through a pipe, so a server
that dies takes nothing with it: the next one finds the output, and the process by its mark.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import phantom
from phantom import processes
from phantom.agents.caging import cage_of
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

_POLL_SECONDS = 0.02
# An `exec` replaces the environment; a process caught in it shows none for a moment, which on a
# busy machine can be long.
_STRANGE_POLLS = 250
# The largest file is also the most that an agent can print.
_LIMITS = processes.Limits(wall_seconds=3600.0, file_bytes=2**29)
_MAX_LINE = 8_000_000

# The shell writes its pid and then becomes the agent, so the pid is on disk before the agent's
# first instruction; `set -C` makes a second start of the same call fail instead of running twice.
_ONCE = 'set -C; echo $$ > "$1" || exit 75; set +C; shift; exec "$@"'


class DetachedAgent:
    """An agent behind a command that reads a request file and prints events, one JSON a line."""

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
        directory = self._journals / request.call_id
        journal = _Journal(directory, mark=request.task_id)
        if not await asyncio.to_thread(journal.exists):
            await asyncio.to_thread(journal.prepare, request)
            cage = cage_of(request, network=False, readable=(journal.request,))
            argv = self._command(journal.request)
            caged = await asyncio.to_thread(self._sandbox.wrap, argv, cage)
            await journal.spawn(caged, cwd=request.workspace, env=_environment(request))
        async for event in journal.follow():
            yield event
            if isinstance(event, Finished | Failed | Cancelled):
                return


class _Life(Enum):
    RUNNING = auto()
    STRANGE = auto()
    """A process has the pid but not the mark: recycled, or in the middle of its `exec`."""
    GONE = auto()


class _Journal:
    """The directory of one call."""

    def __init__(self, directory: Path, *, mark: str) -> None:
        self.request = directory / "request.json"
        self._directory = directory
        self._output = directory / "output.jsonl"
        self._errors = directory / "errors.txt"
        self._pid = directory / "pid"
        self._mark = mark

    def exists(self) -> bool:
        """True where the call has been started, by whichever server."""
        return self._pid.exists()

    def prepare(self, request: AgentRequest) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        # Renamed into place: the agent of another process may be reading the same request.
        whole = self.request.with_name(f"request.{uuid4()}")
        whole.write_text(request.model_dump_json())
        whole.replace(self.request)

    async def spawn(self, argv: list[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        """Start the agent in a session of its own."""
        once = ["/bin/sh", "-c", _ONCE, "sh", str(self._pid), *argv]
        output, errors = await asyncio.to_thread(self._open_outputs)
        with output, errors:
            await asyncio.create_subprocess_exec(
                *processes.limited(once, _LIMITS),
                cwd=cwd,
                env=dict(env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    async def follow(self) -> AsyncIterator[AgentEvent]:
        """The call's events from its first; ends after a terminal one."""
        position = 0
        strange_polls = 0
        while True:
            # Life is read before the output: what a process wrote last is then never missed.
            life = await asyncio.to_thread(self._life)
            lines, position = await asyncio.to_thread(self._read, position)
            for line in lines:
                if line.strip():
                    yield _parse(line)
            strange_polls = strange_polls + 1 if life is _Life.STRANGE else 0
            ended = life is _Life.GONE or strange_polls > _STRANGE_POLLS
            if ended and not lines:
                yield await asyncio.to_thread(self._last, position)
                return
            await asyncio.sleep(_POLL_SECONDS)

    def _life(self) -> "_Life":
        try:
            written = self._pid.read_text().strip()
        except FileNotFoundError:
            return _Life.RUNNING
        # The file exists before its content: an empty one means that the shell is at work.
        if not written or processes.carries_mark(int(written), self._mark):
            return _Life.RUNNING
        return _Life.STRANGE if processes.is_running(int(written)) else _Life.GONE

    def _read(self, position: int) -> tuple[list[bytes], int]:
        with self._output.open("rb") as output:
            output.seek(position)
            data = output.read(_MAX_LINE)
        end = data.rfind(b"\n") + 1
        return data[:end].splitlines(), position + end

    def _last(self, position: int) -> AgentEvent:
        """The end of one that has died: a last line without its end counts where it is whole."""
        with self._output.open("rb") as output:
            output.seek(position)
            rest = output.read(_MAX_LINE)
        try:
            event = AGENT_EVENT.validate_json(rest)
        except ValueError:
            return self._died()
        return event if isinstance(event, Finished | Failed | Cancelled) else self._died()

    def _died(self) -> Failed:
        words = self._errors.read_text(errors="replace").strip().splitlines()
        last = words[-1] if words else "it printed no error"
        return Failed(
            kind=ErrorKind.ERROR, message=f"The agent ended without a result: {last[:500]}"
        )

    def _open_outputs(self) -> tuple[BinaryIO, BinaryIO]:
        return self._output.open("ab"), self._errors.open("ab")


def _parse(line: bytes) -> AgentEvent:
    try:
        return AGENT_EVENT.validate_json(line)
    except ValueError:
        shown = line[:200].decode(errors="replace")
        return Failed(kind=ErrorKind.ERROR, message=f"The agent printed no event: {shown}")


def _environment(request: AgentRequest) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(request.scratch),
        "TMPDIR": str(request.scratch),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(phantom.__file__).parent.parent),
        processes.MARK: request.task_id,
    }
