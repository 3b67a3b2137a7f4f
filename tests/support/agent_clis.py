"""The real command lines of agents, as `./dev test` installs them, ready to be asked something."""

import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from phantom import processes
from phantom.agents.cli import Program, connect
from phantom.agents.cli.runner import CliAgent
from phantom.agents.connections import Connection
from phantom.agents.port import (
    AgentEvent,
    AgentRequest,
    Cancelled,
    Clocks,
    Failed,
    Finished,
)
from phantom.agents.pricing import Prices
from phantom.credentials.keys import KeyStore
from phantom.db.database import Database
from phantom.security.sandbox import Sandbox, Uncaged
from phantom.vocabulary import AgentType, ConnectionType, TaskType

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".dev" / "agent-clis"
KEY = "a-key-of-the-provider"
_MODULES = INSTALLED / "node_modules"
_PLATFORM = f"{platform.system().lower()}-{'arm64' if platform.machine() != 'x86_64' else 'x64'}"


@dataclass(frozen=True)
class Installed:
    """One command line, and how the tests address it.

    Attributes:
        suffix: of the provider's base URL, as the vendor's clients want it.
        model: one for which it offers tools that the provider on loopback knows.
        cost: US dollars of one answer, where it tells them.
    """

    name: str
    agent_type: AgentType
    program: Path
    suffix: str
    model: str
    cost: float | None = None


CLIS = (
    Installed(
        "claude",
        AgentType.CLAUDE,
        _MODULES / f"@anthropic-ai/claude-code-{_PLATFORM}" / "claude",
        "",
        "claude-sonnet-4-5",
        0.00342,
    ),
    Installed("codex", AgentType.OPENAI, _MODULES / ".bin/codex", "/v1", "gpt-5-codex"),
    Installed("copilot", AgentType.COPILOT, _MODULES / ".bin/copilot", "/v1", "loopback"),
    Installed("gemini", AgentType.GEMINI, _MODULES / ".bin/gemini", "", "gemini-2.5-flash"),
    Installed(
        "opencode",
        AgentType.OPENAI,
        _MODULES / f"opencode-{_PLATFORM}" / "bin" / "opencode",
        "/v1",
        "loopback",
    ),
)


@dataclass
class Desk:
    """One command line with a workspace, a home and calls of its own.

    Attributes:
        events: those of the last call.
        program: what is run instead of the command line's own JSON mode.
    """

    cli: Installed
    directory: Path
    homes: Path
    workspace: Path
    events: list[AgentEvent] = field(default_factory=list)
    calls: int = 0
    program: Program | None = None
    sandbox: Sandbox = field(default_factory=Uncaged)

    def agent(self, url: str, *, api_key_id: str | None = "env:LOOPBACK_KEY") -> CliAgent:
        """The agent, with a provider at `url`."""
        connection = Connection(
            agent_id=f"{self.cli.name}_test",
            agent_name="Test",
            agent_type=self.cli.agent_type,
            connection_type=ConnectionType.LOCAL,
            endpoint=url + self.cli.suffix,
            api_key_id=api_key_id,
        )
        # Keys of the environment need no database; this one is never opened.
        keys = KeyStore(Database(f"sqlite:///{self.directory / 'none.db'}"), self.directory)
        return connect(
            connection,
            program=self.program or Program((str(self.cli.program),)),
            keys=keys,
            journals=self.directory / "calls",
            homes=self.homes,
            sandbox=self.sandbox,
            prices=Prices(),
        )

    def request(self, prompt: str, **more: object) -> AgentRequest:
        """A call of its own."""
        self.calls += 1
        scratch = self.directory / f"scratch-{self.cli.name}-{self.calls}"
        scratch.mkdir()
        asked = AgentRequest(
            call_id=f"{self.cli.name}/{self.calls}",
            task_id=self.mark,
            task_type=TaskType.DEBUGGING,
            iteration=1,
            prompt=prompt,
            workspace=self.workspace,
            scratch=scratch,
            model=self.cli.model,
            clocks=Clocks(idle=60.0, wall=90.0),
        )
        return asked.model_copy(update=more)

    @property
    def mark(self) -> str:
        """What its processes carry."""
        return f"{self.directory.name}-{self.cli.name}-{os.getpid()}"

    async def ask(
        self, url: str, prompt: str = "Write the file hello.txt.", **more: object
    ) -> Finished | Failed | Cancelled:
        """The terminal event of a call; asserts that nothing of it is left running."""
        request = self.request(prompt, **more)
        self.events = [event async for event in self.agent(url).run(request)]
        terminal = self.events[-1]
        assert isinstance(terminal, Finished | Failed | Cancelled)
        assert 0 == await processes.sweep(mark=self.mark), f"{self.cli.name} left processes"
        return terminal


Everyone = Callable[[Callable[[Desk], Awaitable[None]]], Awaitable[None]]
"""Has every command line do the same at once."""


@asynccontextmanager
async def swept(desks: Sequence[Desk]) -> AsyncIterator[None]:
    """Whatever a test leaves running is ended."""
    try:
        yield
    finally:
        for desk in desks:
            await processes.sweep(mark=desk.mark)
