"""Agents that are command lines of vendors on this machine."""

from collections.abc import Sequence

from phantom.agents.cli.claude import Claude
from phantom.agents.cli.command import CommandLine
from phantom.agents.cli.runner import CliAgent, Places
from phantom.agents.connections import Connection
from phantom.agents.port import Agent
from phantom.credentials.keys import KeyStore
from phantom.vocabulary import AgentType

COMMANDS: dict[AgentType, CommandLine] = {AgentType.CLAUDE: Claude()}

__all__ = ["Places", "connect"]


def connect(
    connection: Connection, *, program: Sequence[str], keys: KeyStore, places: Places
) -> Agent:
    """The agent behind a local connection, whose command line begins with `program`."""
    command = COMMANDS[connection.agent_type]
    return CliAgent(connection, command, program=program, keys=keys, places=places)
