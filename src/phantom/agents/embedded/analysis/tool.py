"""Run one analysis tool as a child process of its own, bounded and with nothing inherited."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "PHANTOM_MARK")


class ToolFailed(Exception):
    """The tool gave no usable answer; `str` is the reason, for the report."""


def run(argv: Sequence[str], *, cwd: Path, home: Path, seconds: float) -> str:
    """The tool's stdout, whatever its exit status. Raises ToolFailed.

    Tools are told nothing by the environment but where programs are and a home of their own.
    """
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**env, "HOME": str(home), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    except OSError as error:
        raise ToolFailed(f"it could not be started: {error.strerror}") from None
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ToolFailed(f"it took longer than {seconds:.0f} s") from None
    if not out.strip():
        words = err.decode(errors="replace").strip().splitlines() or ["no output"]
        raise ToolFailed(f"it ended with status {process.returncode}: {words[-1][:200]}")
    return out.decode(errors="replace")
