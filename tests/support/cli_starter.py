"""Starts a command line's call and follows it until it is killed.

`python -m tests.support.cli_starter REQUEST DIRECTORY PROGRAM`.
"""

import asyncio
import sys
from pathlib import Path

from phantom.agents.cli import Program, connect
from phantom.agents.cli.runner import CliAgent
from phantom.agents.connections import Connection
from phantom.agents.port import AgentRequest
from phantom.agents.pricing import Prices
from phantom.credentials.keys import KeyStore
from phantom.db.database import Database
from phantom.security.sandbox import Uncaged
from phantom.vocabulary import AgentType, ConnectionType

CLAUDE = Connection(
    agent_id="claude_main",
    agent_name="Claude",
    agent_type=AgentType.CLAUDE,
    connection_type=ConnectionType.LOCAL,
)


def agent(connection: Connection, directory: Path, *program: str) -> CliAgent:
    """The agent behind `program`, with everything below `directory`."""
    return connect(
        connection,
        program=Program(program),
        # Keys of the environment need no database; this one is never opened.
        keys=KeyStore(Database(f"sqlite:///{directory / 'phantom.db'}"), directory),
        journals=directory / "calls",
        homes=directory / "homes",
        sandbox=Uncaged(),
        prices=Prices(),
    )


async def main(request: AgentRequest, directory: Path, program: Path) -> None:
    """Say `seen` at each event."""
    started = agent(CLAUDE, directory, sys.executable, "-S", str(program))
    async for _ in started.run(request):
        sys.stdout.write("seen\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asked = AgentRequest.model_validate_json(Path(sys.argv[1]).read_text())
    asyncio.run(main(asked, Path(sys.argv[2]), Path(sys.argv[3])))
