"""Starts a detached agent and follows it until killed, or leaves in peace after the first event.

`python -m tests.support.detached_starter REQUEST JOURNALS PROGRAM leave|stay CAGE`.
"""

import asyncio
import sys
from pathlib import Path

from phantom.agents.detached import DetachedAgent
from phantom.agents.port import AgentRequest
from phantom.security.sandbox import Uncaged
from phantom.security.sandbox.chosen import backend
from phantom.vocabulary import AgentType


def detached(journals: Path, program: Path, cage: str = "none") -> DetachedAgent:
    """The agent behind `program`, which is run by this Python in the sandbox `cage`."""
    source = program.read_text()
    return DetachedAgent(
        "detached",
        AgentType.OPENAI,
        command=lambda request: [sys.executable, "-S", "-c", source, str(request)],
        can=lambda _: True,
        journals=journals,
        sandbox=Uncaged() if cage == "none" else backend(cage, ()),
    )


async def main(request: AgentRequest, agent: DetachedAgent, *, leave: bool) -> None:
    """Say `seen` at each event."""
    async for _ in agent.run(request):
        sys.stdout.write("seen\n")
        sys.stdout.flush()
        if leave:
            return


if __name__ == "__main__":
    asked = AgentRequest.model_validate_json(Path(sys.argv[1]).read_text())
    made = detached(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[5])
    asyncio.run(main(asked, made, leave=sys.argv[4] == "leave"))
