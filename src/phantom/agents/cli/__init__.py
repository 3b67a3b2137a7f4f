"""Agents that are command lines of vendors on this machine."""

from collections.abc import Sequence

from phantom.agents.cli.claude import Claude
from phantom.agents.cli.codex import Codex
from phantom.agents.cli.command import CommandLine
from phantom.agents.cli.copilot import Copilot
from phantom.agents.cli.gemini import Gemini
from phantom.agents.cli.opencode import OpenCode
from phantom.agents.cli.runner import CliAgent, Places
from phantom.agents.connections import Connection
from phantom.credentials.keys import KeyStore
from phantom.vocabulary import AgentType

_COMMANDS: dict[AgentType, CommandLine] = {
    AgentType.CLAUDE: Claude(),
    AgentType.OPENAI: Codex(),
    AgentType.COPILOT: Copilot(),
    AgentType.GEMINI: Gemini(),
}
_OPENCODE = OpenCode()
COMMANDS = (*_COMMANDS.values(), _OPENCODE)

__all__ = ["COMMANDS", "Places", "command_of", "connect"]


def command_of(connection: Connection) -> CommandLine | None:
    """Whose command line a local connection is; None for a type that has none of its own.

    opencode has no type of its own: it is that of connections whose id begins with its name.
    """
    if connection.agent_id.startswith(_OPENCODE.name):
        return _OPENCODE
    return _COMMANDS.get(connection.agent_type)


def connect(
    connection: Connection, *, program: Sequence[str], keys: KeyStore, places: Places
) -> CliAgent:
    """The agent behind a local connection, whose command line begins with `program`."""
    command = command_of(connection)
    assert command is not None
    return CliAgent(connection, command, program=program, keys=keys, places=places)
