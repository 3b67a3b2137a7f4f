"""Child processes under control: own session, hard limits, bounded output, nothing left behind.

Everything Phantom starts goes through here. A child runs in its own session, so that one signal
reaches its whole group, and carries `PHANTOM_MARK` in its environment, so that children which left
the group (a double fork, a new session) are still found and ended.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "PHANTOM_MARK"
_PROC = Path("/proc/self").parent
_GRACE_SECONDS = 1.0
_CHUNK = 65_536

# `ulimit` in a POSIX shell sets the limits before the program starts and without a
# `preexec_fn`, which may deadlock in a threaded process. The argv is passed as positional
# parameters and never interpolated.
_LIMITED = (
    'ulimit -c 0; [ "$1" = - ] || ulimit -t "$1"; [ "$2" = - ] || ulimit -v "$2"; '
    '[ "$3" = - ] || ulimit -f "$3"; shift 3; exec "$@"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one child may use.

    Attributes:
        wall_seconds: real time until the whole group is killed, > 0.
        cpu_seconds: processor time of one process, >= 1, or None for no limit.
        memory_bytes: address space of one process, or None for no limit.
        file_bytes: size of the largest file a process may write, or None for no limit.
        output_bytes: how much of stdout and of stderr is kept; the rest is read and dropped.
    """

    wall_seconds: float
    cpu_seconds: int | None = None
    memory_bytes: int | None = None
    file_bytes: int | None = None
    output_bytes: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Completed:
    """How a child ended: `returncode` is negative for a signal, as in `subprocess`."""

    returncode: int
    stdout: bytes
    stderr: bytes
    truncated: bool
    timed_out: bool
    seconds: float

    @property
    def text(self) -> str:
        """Stdout as text; bytes that are not UTF-8 are replaced."""
        return self.stdout.decode(errors="replace")

    @property
    def error_text(self) -> str:
        """Stderr as text; bytes that are not UTF-8 are replaced."""
        return self.stderr.decode(errors="replace")


def limited(argv: Sequence[str], limits: Limits) -> list[str]:
    """`argv` wrapped so that the kernel enforces the CPU, memory and file limits."""

    def blocks(size: int | None, unit: int) -> str:
        return "-" if size is None else str(max(1, size // unit))

    if (limits.cpu_seconds, limits.memory_bytes, limits.file_bytes) == (None, None, None):
        return list(argv)
    cpu = "-" if limits.cpu_seconds is None else str(limits.cpu_seconds)
    return [
        "/bin/sh",
        "-c",
        _LIMITED,
        "sh",
        cpu,
        blocks(limits.memory_bytes, 1024),
        blocks(limits.file_bytes, 512),
        *argv,
    ]


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limits: Limits,
    stdin: bytes = b"",
) -> Completed:
    """Run one program to its end, within `limits`, and leave nothing of it running.

    `env` is the child's whole environment; nothing is inherited. Cancelling the caller ends the
    group first. Raises FileNotFoundError or PermissionError where the program cannot be started.
    """
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *limited(argv, limits),
        cwd=cwd,
        env=dict(env),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    out, err = _Capture(limits.output_bytes), _Capture(limits.output_bytes)
    pumps = [
        asyncio.create_task(pump)
        for pump in (
            out.read(process.stdout),
            err.read(process.stderr),
            _feed(process.stdin, stdin),
        )
    ]
    timed_out = False
    try:
        async with asyncio.timeout(limits.wall_seconds):
            await _exited(process)
    except TimeoutError:
        timed_out = True
    finally:
        await end_group(process.pid)
        await _exited(process)
        # A grandchild that left the group may hold the pipes open; what came so far is enough.
        await asyncio.wait(pumps, timeout=_GRACE_SECONDS)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        # asyncio closes the pipes when their other end does, which a stray grandchild never may.
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
    assert process.returncode is not None
    return Completed(
        returncode=process.returncode,
        stdout=bytes(out.kept),
        stderr=bytes(err.kept),
        truncated=out.truncated or err.truncated,
        timed_out=timed_out,
        seconds=time.monotonic() - started,
    )


async def end_group(pid: int) -> None:
    """End the process group that `pid` leads: SIGTERM, a short grace, then SIGKILL. Idempotent."""
    if _alive(pid) and _signal_group(pid, signal.SIGTERM):
        deadline = time.monotonic() + _GRACE_SECONDS
        while _alive(pid) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
    _signal_group(pid, signal.SIGKILL)


async def sweep(*, mark: str, directory: Path | None = None) -> int:
    """End every process that carries `mark` or works inside `directory`; returns how many.

    Looks again after each round, since a dying process may have forked: a fork bomb needs a few.
    """
    ended = 0
    for _ in range(20):
        found = await asyncio.to_thread(_marked, mark, directory)
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.kill()
                ended += 1
        if not found:
            break
        await asyncio.sleep(0.02)
    return ended


def carries_mark(pid: int, mark: str) -> bool:
    """True where process `pid` is alive and was started with `PHANTOM_MARK=mark`.

    A recycled pid does not carry the mark, so this identifies a process across our own restart.
    """
    try:
        return _alive(pid) and bool(psutil.Process(pid).environ().get(MARK) == mark)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


class _Capture:
    """Reads a stream to its end and keeps the first `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.kept = bytearray()
        self.truncated = False
        self._limit = limit

    async def read(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(_CHUNK):
            room = self._limit - len(self.kept)
            self.kept += chunk[:room]
            self.truncated = self.truncated or len(chunk) > room


async def _exited(process: asyncio.subprocess.Process) -> None:
    # `process.wait()` also waits for the pipes, which a stray grandchild can hold open for ever.
    delay = 0.001
    while process.returncode is None:
        await asyncio.sleep(delay)
        delay = min(delay * 1.2, 0.02)


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    # The child may exit without reading its input; that is its right.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
        stream.close()
        await stream.wait_closed()


def _alive(pid: int) -> bool:
    # A zombie has ended; where nobody reaps it, its group would look alive for ever.
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal_group(pid: int, number: int) -> bool:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _marked(mark: str, directory: Path | None) -> list[psutil.Process]:
    return _marked_in_proc(mark, directory) if _PROC.is_dir() else _marked_anywhere(mark, directory)


def _marked_in_proc(mark: str, directory: Path | None) -> list[psutil.Process]:
    """Reads /proc itself: a sweep looks at every process, and psutil's parsing costs ten times."""
    sign = f"{MARK}={mark}\0".encode()
    inside = None if directory is None else f"{directory}{os.sep}"
    found = []
    for entry in os.scandir(_PROC):
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            marked = sign in Path(entry.path, "environ").read_bytes()
            if marked or (inside and f"{Path(entry.path, 'cwd').readlink()}/".startswith(inside)):
                found.append(psutil.Process(int(entry.name)))
    return found


def _marked_anywhere(mark: str, directory: Path | None) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            if process.environ().get(MARK) == mark or (
                directory is not None and Path(process.cwd()).is_relative_to(directory)
            ):
                found.append(process)
    return found
