"""The embedded agent, type `local`: works offline, costs nothing, and never makes up text.

It runs as a child process of its own, so that it outlives the server that started it:
`python -m phantom.agents.embedded REQUEST.json` reads an `AgentRequest` and writes its events, one
JSON object a line, to standard output; the last line is the only terminal event.
"""

import sys
from pathlib import Path

from phantom.vocabulary import TaskType

EMBEDDED_AGENT_ID = "local"


def command(request_file: Path) -> list[str]:
    """The argv that serves the request in `request_file`."""
    return [sys.executable, "-m", "phantom.agents.embedded", str(request_file)]


def can(task_type: TaskType) -> bool:  # noqa: ARG001 - the port asks per type; it takes all
    """True for every type: what it cannot do it refuses with a sentence, once it has looked."""
    return True
