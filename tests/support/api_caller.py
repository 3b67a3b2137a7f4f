"""A process that makes one API agent's call, to be killed: DIRECTORY DIALECT URL."""

import asyncio
import sys
from pathlib import Path

from tests.support.api_agents import connect, connection, request, surroundings


async def main() -> None:
    """Print every event as a line."""
    directory, dialect, url = Path(sys.argv[1]), *sys.argv[2:]
    async with surroundings(directory) as around:
        agent = connect(connection(dialect, url), around)
        async for event in agent.run(request(directory / "workspace")):
            sys.stdout.write(f"{event.model_dump_json()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
