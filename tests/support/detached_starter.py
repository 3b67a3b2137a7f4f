"""Starts a detached agent and follows it until killed, or leaves in peace after the first event.

`python -m tests.support.detached_starter REQUEST JOURNALS PROGRAM leave|stay`.
"""

import asyncio
import sys
from pathlib import Path

from phantom.agents.detached import DetachedAgent
from phantom.agents.port import AgentRequest
from phantom.vocabulary import AgentType


def detached(journals: Path, program: Path) -> DetachedAgent:
    """The agent behind `program`, which is run by this Python."""
    return DetachedAgent(
        "detached",
        AgentType.OPENAI,
        command=lambda request: [sys.executable, "-S", str(program), str(request)],
        can=lambda _: True,
        journals=journals,
    )


async def main(request: AgentRequest, journals: Path, program: Path, *, leave: bool) -> None:
    """Say `seen` at each event."""
    async for _ in detached(journals, program).run(request):
        sys.stdout.write("seen\n")
        sys.stdout.flush()
        if leave:
            return


if __name__ == "__main__":
    asked = AgentRequest.model_validate_json(Path(sys.argv[1]).read_text())
    asyncio.run(main(asked, Path(sys.argv[2]), Path(sys.argv[3]), leave=sys.argv[4] == "leave"))
