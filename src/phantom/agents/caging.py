"""The cage of an agent: its workspace and scratch, what its git reads, and what it needs itself."""

from pathlib import Path

from phantom.agents.port import AgentRequest
from phantom.security.sandbox import CODE_AS_CONFIGURATION, Cage


def cage_of(
    request: AgentRequest,
    *,
    network: bool,
    readable: tuple[Path, ...] = (),
    writable: tuple[Path, ...] = (),
) -> Cage:
    """What the agent that serves `request` may do.

    `readable` is where the agent itself is installed, `writable` where it keeps its login and
    sessions. A task that must not change files cannot; nor, in a project that is not trusted, can
    any change or add configuration that is code.
    """
    kept = (request.scratch, *writable)
    return Cage(
        writable=kept if request.read_only else (request.workspace, *kept),
        readable=(request.workspace, *request.borrowed, *readable),
        read_only_inside=() if request.trusted or request.read_only else CODE_AS_CONFIGURATION,
        temporary=request.scratch,
        network=network,
    )
