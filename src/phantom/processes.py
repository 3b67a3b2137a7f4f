"""Child processes under control: own session, hard limits, bounded output, nothing left behind.

Everything Phantom starts goes through here. A child runs in its own session, so that one signal
reaches its whole group, and carries `PHANTOM_MARK` in its environment, so that children which left
the group (a double fork, a new session) are still found and ended.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "PHANTOM_MARK"
_PROC = Path("/proc/self").parent
_GRACE_SECONDS = 1.0

# `ulimit` in a POSIX shell sets the limits before the program starts and without a
# `preexec_fn`, which may deadlock in a threaded process. The argv is passed as positional
# parameters and never interpolated. What has limits is somebody else's program: it gives way to the
# server, which must answer while twenty of them work. Where the kernel shares the processor out by
# sessions first (sched(7), "The autogroup feature"), a nice value counts within a session alone,
# and the session has one of its own. Users who are not root may set ten a second, all together: so
# it is tried again a few times, by a child that the program does not see.
_LIMITED = (
    'ulimit -c 0; [ "$1" = - ] || ulimit -t "$1"; [ "$2" = - ] || ulimit -v "$2"; '
    '[ "$3" = - ] || ulimit -f "$3"; shift 3; '
    "yield() { { echo 10 >/proc/self/autogroup; } 2>/dev/null; }; "
    "again() { for _ in 1 2 3 4 5 6 7 8 9 10; "
    "do sleep 0.$(($$ % 70 + 20)); yield && break; done; }; "
    "[ ! -e /proc/self/autogroup ] || yield || (again >/dev/null 2>&1 &); "
    'exec nice -n 10 "$@"'
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
    loop = asyncio.get_running_loop()
    transport, child = await loop.subprocess_exec(
        lambda: _Child(loop, limits.output_bytes),
        *limited(argv, limits),
        cwd=cwd,
        env=dict(env),
        stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    if stdin:
        _feed(transport, stdin)
    timed_out = False
    try:
        await asyncio.wait({child.exited}, timeout=limits.wall_seconds)
        timed_out = not child.exited.done()
    finally:
        # The caller may be cancelled here, too: no wait may keep the rest from being done.
        try:
            if child.exited.done():
                _signal_group(transport.get_pid(), signal.SIGKILL)  # what it left behind
            else:
                await end_group(transport.get_pid())
                await child.exited
            # A grandchild that left the group may hold the pipes open; what came so far is enough.
            await asyncio.wait({child.drained}, timeout=_GRACE_SECONDS)
        finally:
            transport.close()
    return Completed(
        returncode=transport.get_returncode() or 0,
        stdout=bytes(child.kept[1]),
        stderr=bytes(child.kept[2]),
        truncated=child.truncated,
        timed_out=timed_out,
        seconds=time.monotonic() - started,
    )


def watch_without_threads() -> None:
    """Have asyncio learn of a child's end by a descriptor, as it does by itself since Python 3.12.

    Before, it starts a thread for each child. To be called before the main thread runs its loop;
    no other loop of the process can have children then.
    """
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # a container may forbid it
            os.close(os.pidfd_open(os.getpid()))
            asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


async def end_group(pid: int) -> None:
    """End the process group that `pid` leads: SIGTERM, a short grace, then SIGKILL. Idempotent."""
    try:
        if is_running(pid) and _signal_group(pid, signal.SIGTERM):
            deadline = time.monotonic() + _GRACE_SECONDS
            while is_running(pid) and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
    finally:
        _signal_group(pid, signal.SIGKILL)


async def sweep(*, mark: str, directory: Path | None = None) -> int:
    """End every process that carries `mark`, or one below it (`mark.x`), or works in `directory`.

    Returns how many. Their children end as well, which may have put off the mark: a cage adopts
    what its program leaves. Looks again after each round, since a dying process may have forked: a
    fork bomb needs a few.
    """
    ended: set[int] = set()
    for _ in range(20):
        found = await asyncio.to_thread(_marked, mark, directory)
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.kill()
                ended.add(process.pid)
        if not found:
            break
        await asyncio.sleep(0.02)
    return len(ended)


def is_running(pid: int) -> bool:
    """True where `pid` is a process that has not ended; a zombie has, even if nobody reaps it."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def carries_mark(pid: int, mark: str) -> bool:
    """True where process `pid` is alive and was started with `PHANTOM_MARK=mark`.

    A recycled pid does not carry the mark, so this identifies a process across our own restart.
    """
    try:
        return is_running(pid) and bool(psutil.Process(pid).environ().get(MARK) == mark)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


class _Child(asyncio.SubprocessProtocol):
    """Keeps the first bytes of each output, and tells the exit apart from the pipes' end.

    asyncio's own `wait` waits for both, and a stray grandchild can hold a pipe open for ever.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self.kept = {1: bytearray(), 2: bytearray()}
        self.truncated = False
        self.exited: asyncio.Future[None] = loop.create_future()
        self.drained: asyncio.Future[None] = loop.create_future()
        self._limit = limit
        self._open = set(self.kept)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = self.kept[fd]
        room = self._limit - len(kept)
        kept += data[:room]
        self.truncated = self.truncated or len(data) > room

    def pipe_connection_lost(
        self,
        fd: int,
        exc: Exception | None,  # noqa: ARG002 - a child may close its input early; its right
    ) -> None:
        self._open.discard(fd)
        if not self._open and not self.drained.done():
            self.drained.set_result(None)

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)


def _feed(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    pipe = transport.get_pipe_transport(0)
    assert isinstance(pipe, asyncio.WriteTransport)
    pipe.write(data)
    pipe.write_eof()


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
    signs = (f"{MARK}={mark}\0".encode(), f"{MARK}={mark}.".encode())
    inside = None if directory is None else f"{directory}{os.sep}"
    found = []
    for entry in os.scandir(_PROC):
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            environ = _environ(entry.path)
            if any(sign in environ for sign in signs) or (
                inside and f"{os.readlink(f'{entry.path}/cwd')}/".startswith(inside)  # noqa: PTH115 - see above
            ):
                found.append(psutil.Process(int(entry.name)))
    return _with_children(found)


def _with_children(found: list[psutil.Process]) -> list[psutil.Process]:
    """Those below come first: one whose parent has ended is nobody's child any more."""
    known = {process.pid: process for process in found}
    waiting = list(known)
    while waiting:
        for pid in _children(waiting.pop()):
            if pid not in known and pid != os.getpid():
                with contextlib.suppress(psutil.NoSuchProcess):
                    known[pid] = psutil.Process(pid)
                    waiting.append(pid)
    return list(known.values())[::-1]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for listing in (_PROC / str(pid) / "task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, listing.read_text().split())
    return found


def _environ(process: str) -> bytes:
    # Bare calls, three times as fast as `pathlib`; no environment is longer than this read.
    descriptor = os.open(f"{process}/environ", os.O_RDONLY)
    try:
        return os.read(descriptor, 4_194_304)
    finally:
        os.close(descriptor)


def _marked_anywhere(mark: str, directory: Path | None) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            carried = process.environ().get(MARK, "")
            if (
                carried == mark
                or carried.startswith(f"{mark}.")
                or (directory is not None and Path(process.cwd()).is_relative_to(directory))
            ):
                found.append(process)
    return found
