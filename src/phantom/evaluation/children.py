"""How every evaluator starts its tools: marked, limited, and with an environment of our making."""

import asyncio
import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from phantom import processes
from phantom.evaluation.port import Subject, ToolBroke, ToolTimedOut
from phantom.git import borrowed_objects
from phantom.security.sandbox import Cage

MEMORY_BYTES = 4 * 2**30
"""Address space of one child; generous, since interpreters map far more than they use."""
_FILE_BYTES = 2**29
_YIELDING = ("nice", "-n", "5")
_CORES = os.cpu_count() or 1


async def run_tool(
    subject: Subject,
    argv: Sequence[str],
    *,
    cwd: Path,
    scratch: Path,
    timeout_seconds: float,
    yielding: bool = False,
    settings: Mapping[str, str] | None = None,
    memory_bytes: int | None = MEMORY_BYTES,
    writable: tuple[Path, ...] = (),
    readable: tuple[Path, ...] = (),
) -> processes.Completed:
    """Run one tool to its end, caged; `scratch` is its home and temporary directory.

    `settings` are added to its environment. `memory_bytes` bounds its address space; None is for
    a tool that reserves far more than it uses, and bounds itself. `writable` are directories that
    it may change besides the workspace and `scratch`, `readable` what it may read besides these.
    A `yielding` tool leaves the processor to others first: what is short does not delay what is
    long, on which the whole evaluation waits.
    Raises ToolTimedOut where it took longer than `timeout_seconds`, and ToolBroke where it could
    not be started.
    """
    limits = processes.Limits(
        wall_seconds=timeout_seconds,
        # A second line behind the wall clock, for a child that escaped its group.
        cpu_seconds=int(timeout_seconds * _CORES) + 10,
        memory_bytes=memory_bytes,
        file_bytes=_FILE_BYTES,
        output_bytes=20_000_000,
    )
    command = [*_YIELDING, *argv] if yielding else argv
    try:
        caged = await asyncio.to_thread(_caged, subject, command, scratch, writable, readable)
        env = environment(subject, scratch) | dict(settings or {})
        done = await processes.run(caged, cwd=cwd, env=env, limits=limits)
    except OSError as error:
        raise ToolBroke(f"{argv[0]} could not be started: {error.strerror}") from error
    if done.timed_out:
        raise ToolTimedOut(f"did not end within {timeout_seconds:.0f} s")
    return done


def _caged(
    subject: Subject,
    command: Sequence[str],
    scratch: Path,
    writable: tuple[Path, ...],
    readable: tuple[Path, ...],
) -> list[str]:
    # Only of a git directory that the agent cannot write: what it lists becomes readable.
    borrowed = borrowed_objects(subject.git_directory) if subject.git_directory else ()
    cage = Cage(
        writable=(subject.workspace, scratch, *writable),
        readable=(*borrowed, *subject.installed, *readable),
        temporary=scratch,
    )
    return subject.sandbox.wrap(command, cage)


def own_scratch(subject: Subject, name: str) -> Path:
    """A new directory of one evaluator's own; blocks for a moment."""
    directory = subject.scratch / name
    directory.mkdir(parents=True)
    return directory


def own_cache(subject: Subject, name: str, scratch: Path) -> Path:
    """Where a compiler keeps what it built: for the task, or else for this evaluation alone.

    Blocks for a moment.
    """
    directory = (subject.cache or scratch) / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def environment(subject: Subject, scratch: Path) -> dict[str, str]:
    """The whole environment of an evaluator's child: no key, no proxy, nothing of the server's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
        processes.MARK: subject.mark,
    }


def module_command(module: str) -> list[str]:
    """A tool of our own environment as a Python module, deaf to what lies in its directory."""
    return [sys.executable, "-I", "-m", module]


def program_command(name: str) -> list[str]:
    """A tool of our own environment as a program, which starts faster than as a module."""
    program = Path(sysconfig.get_path("scripts")) / name
    return [str(program)] if program.exists() else module_command(name)


def last_words(done: processes.Completed) -> str:
    """What a tool said last, for an error: its last line with the word "error" if there is one.

    At most 300 characters.
    """
    for text in (done.error_text, done.text):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            errors = [line for line in lines if "error" in line.lower()]
            return (errors or lines)[-1][:300]
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}"
    return f"exit status {done.returncode}, no output"
