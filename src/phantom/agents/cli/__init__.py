"""Agents that are command lines of vendors on this machine."""

from dataclasses import dataclass
from pathlib import Path

from phantom.agents.cli.acp import Acp, bridged
from phantom.agents.cli.claude import Claude
from phantom.agents.cli.codex import Codex
from phantom.agents.cli.command import CommandLine
from phantom.agents.cli.copilot import Copilot
from phantom.agents.cli.gemini import Gemini
from phantom.agents.cli.homes import Home
from phantom.agents.cli.opencode import OpenCode
from phantom.agents.cli.runner import CliAgent
from phantom.agents.connections import Connection
from phantom.agents.pricing import Prices
from phantom.credentials.keys import KeyStore
from phantom.security.sandbox import Sandbox
from phantom.vocabulary import AgentType

_COMMANDS: dict[AgentType, CommandLine] = {
    AgentType.CLAUDE: Claude(),
    AgentType.OPENAI: Codex(),
    AgentType.COPILOT: Copilot(),
    AgentType.GEMINI: Gemini(),
}
_OPENCODE = OpenCode()
COMMANDS = (*_COMMANDS.values(), _OPENCODE)

__all__ = ["COMMANDS", "Program", "command_of", "connect", "type_of"]


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: `argv` before the arguments of a call; `acp` where it speaks that protocol.

    `version` is what it says of itself, None where it was not asked.
    """

    argv: tuple[str, ...]
    acp: bool = False
    version: str | None = None


def command_of(connection: Connection) -> CommandLine | None:
    """Whose command line a local connection is; None for a type that has none of its own.

    opencode has no type of its own: it is that of connections whose id begins with its name.
    """
    if connection.agent_id.startswith(_OPENCODE.name):
        return _OPENCODE
    return _COMMANDS.get(connection.agent_type)


def type_of(command: CommandLine) -> AgentType:
    """Whose agent a command line is; opencode speaks to any provider in OpenAI's manner."""
    types = (kind for kind, each in _COMMANDS.items() if each is command)
    return next(types, AgentType.OPENAI)


def connect(
    connection: Connection,
    *,
    program: Program,
    keys: KeyStore,
    journals: Path,
    homes: Path,
    sandbox: Sandbox,
    prices: Prices,
) -> CliAgent:
    """The agent behind a local connection.

    `journals` is where calls lie, `homes` where each agent has its own home.
    """
    known = command_of(connection)
    if program.acp:
        login = known.login if known is not None else None
        command: CommandLine = Acp(connection.agent_type, program.argv, login)
        argv = bridged()
    else:
        assert known is not None, "a type without a command line of its own needs an ACP command"
        command, argv = known, list(program.argv)
    return CliAgent(
        connection,
        command,
        program=argv,
        version=program.version,
        keys=keys,
        journals=journals,
        home=Home(homes / connection.agent_id),
        sandbox=sandbox,
        prices=prices,
    )
