"""Runs the project's tests for a model, confined as the caller says."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from phantom import processes
from phantom.agents.api.tools.files import parts_of
from phantom.agents.port import AgentRequest

Confine = Callable[[Sequence[str], AgentRequest], list[str]]
"""Wraps a command so that it can touch nothing but the workspace and the scratch directory."""

SECONDS = 120.0
MAX_OUTPUT = 20_000
"""Characters of the output that a model is shown: its end, where the failures stand."""
_LIMITS = processes.Limits(
    wall_seconds=SECONDS,
    cpu_seconds=int(SECONDS) * 2,
    memory_bytes=4 * 2**30,
    file_bytes=2**29,
    output_bytes=1_000_000,
)


async def run_tests(request: AgentRequest, confine: Confine, only: str = "") -> str:
    """How the tests went, as the runner says it; `only` is a file or a pytest node id.

    Raises InvalidInput where `only` names nothing in the workspace.
    """
    if only:
        parts_of(only.split("::", maxsplit=1)[0])
    argv = [*await asyncio.to_thread(_command, request.workspace), *([only] if only else [])]
    home = request.scratch / "tests"
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    try:
        done = await processes.run(
            confine(argv, request),
            cwd=request.workspace,
            env=_environment(request, home),
            limits=_LIMITS,
        )
    except OSError as error:
        return f"[the tests could not be started: {error.strerror}]"
    said = (done.text + done.error_text).strip()
    shown = said if len(said) <= MAX_OUTPUT else f"[...]\n{said[-MAX_OUTPUT:]}"
    if done.timed_out:
        return f"{shown}\n[stopped after {SECONDS:.0f} s]"
    return f"{shown}\n[exit status {done.returncode}]"


def _command(workspace: Path) -> list[str]:
    """pytest from the workspace's own environment where it is there, else from Phantom's."""
    environment = workspace / ".venv"
    own = any(environment.glob("lib/python3*/site-packages/pytest/__init__.py"))
    python = str(environment / "bin" / "python") if own else sys.executable
    return [
        *(python, "-m", "pytest", "--quiet", "--tb=short", "--color=no"),
        *(f"--rootdir={workspace}", "-p", "no:cacheprovider", "--"),
    ]


def _environment(request: AgentRequest, home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        processes.MARK: request.mark,
    }
