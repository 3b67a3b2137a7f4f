"""The directory of a call: how a process is started once, outlives the server, and is found again.

The process's output goes to files there, never through a pipe, so a server that dies takes nothing
with it: the next one finds the output, the process by its mark, and how it ended.
"""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from phantom import processes

_SHORTEST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.02, 0.1
# An `exec` replaces the environment; a process caught in it shows none for a moment, which on a
# busy machine can be long.
_STRANGE_SECONDS = 5.0
# The largest file is also the most that a runaway can print while nobody watches.
_LIMITS = processes.Limits(wall_seconds=3600.0, file_bytes=2**29)
_MAX_READ = 8_000_000
_LONGEST_LINE = 64_000_000
_MAX_WORDS = 8_000

# The shell writes its pid before the program's first instruction, and its status after the last;
# `set -C` makes a second start of the same call fail instead of running twice. A signal to the
# group reaches the program, too: the shell outlives it, to say how it ended.
_ONCE = (
    'set -C; echo $$ > "$1/pid" || exit 75; set +C; trap : TERM INT HUP; directory=$1; '
    'cd "$2" && shift 2 && "$@"; status=$?; echo $status > "$directory/status.new"; '
    'mv "$directory/status.new" "$directory/status"; exit $status'
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What was printed since the last look.

    Attributes:
        output: whole lines.
        errors: whole lines of standard error.
        printed: bytes of both together, since the beginning.
        quiet: true where not even a part of a line was printed.
    """

    output: tuple[bytes, ...]
    errors: tuple[bytes, ...]
    printed: int
    quiet: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Attributes:
        status: its exit status, 128 and more for a signal; None where it was killed too suddenly
            to tell.
        rest: what stands after the last whole line of its output.
        words: the end of what it wrote to standard error.
    """

    status: int | None
    rest: bytes
    words: str

    @property
    def last_words(self) -> str:
        """The last line of `words`."""
        lines = self.words.strip().splitlines()
        return lines[-1][:500] if lines else "it printed no error"


class _Life(Enum):
    RUNNING = auto()
    STRANGE = auto()
    """A process has the pid but not the mark: recycled, or in the middle of its `exec`."""
    GONE = auto()


class CallDirectory:
    """One call's files, and its process.

    Attributes:
        path: the directory.
        mark: what the process and all its children carry in their environment.
    """

    def __init__(self, path: Path, *, mark: str) -> None:
        self.path = path
        self.mark = mark
        self._output = path / "output.jsonl"
        self._errors = path / "errors.txt"
        self._pid = path / "pid"

    def exists(self) -> bool:
        """True where the call has been started, by whichever server."""
        return self._pid.exists()

    def keep(self, name: str, text: str) -> Path:
        """Write a file of the call, readable for its owner alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Renamed into place: the process of another server may be reading the same file.
        whole = self.path / f"{name}.{uuid4()}"
        whole.touch(mode=0o600)
        whole.write_text(text, encoding="utf-8")
        return whole.replace(self.path / name)

    def kept(self, name: str) -> str | None:
        """A file of the call; None where there is none."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    async def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: Path | None = None,
    ) -> None:
        """Start the process in a session of its own, with the file `stdin` to read from."""
        once = ["/bin/sh", "-c", _ONCE, "sh", str(self.path), str(cwd), *argv]
        streams = await asyncio.to_thread(self._open, stdin or Path("/dev/null"))
        # Not in a thread: a cancelled caller must know that nothing will start after all.
        self._start(processes.limited(once, _LIMITS), streams, env)

    async def follow(self) -> AsyncIterator[Batch]:
        """Whole lines as they are printed, from the first; an empty batch now and then.

        Ends with the process, once everything is read.
        """
        output, errors = _Tail(self._output), _Tail(self._errors)
        strange_since: float | None = None
        pause = _SHORTEST_POLL_SECONDS
        while True:
            life, batch = await asyncio.to_thread(self._look, output, errors)
            yield batch
            if not batch.quiet:
                pause = _SHORTEST_POLL_SECONDS
                continue
            strange_since = (strange_since or time.monotonic()) if life is _Life.STRANGE else None
            stranger = strange_since and time.monotonic() - strange_since > _STRANGE_SECONDS
            if life is _Life.GONE or stranger:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.25, _LONGEST_POLL_SECONDS)

    def ended(self) -> Ended:
        """How the process ended, once `follow` has."""
        status = self.kept("status")
        with self._errors.open("rb") as errors:
            errors.seek(max(0, self._errors.stat().st_size - _MAX_WORDS))
            words = errors.read(_MAX_WORDS).decode(errors="replace")
        rest = _rest(self._output)
        return Ended(int(status) if status else None, rest, words)

    async def stop(self) -> None:
        """End the process and all that it started: its group first, so that it can tidy up."""
        written = (await asyncio.to_thread(self.kept, "pid") or "").strip()
        if written and processes.carries_mark(int(written), self.mark):
            await processes.end_group(int(written))
        await processes.sweep(mark=self.mark)

    def _look(self, output: "_Tail", errors: "_Tail") -> tuple[_Life, Batch]:
        # Life is read before the output: what a process wrote last is then never missed.
        life, before = self._life(), output.position + errors.position
        said, complained = output.lines(), errors.lines()
        printed = output.position + errors.position
        return life, Batch(said, complained, printed, quiet=printed == before)

    def _life(self) -> _Life:
        try:
            written = self._pid.read_text().strip()
        except FileNotFoundError:
            return _Life.RUNNING
        # The file exists before its content: an empty one means that the shell is at work.
        if not written or processes.carries_mark(int(written), self.mark):
            return _Life.RUNNING
        return _Life.STRANGE if processes.is_running(int(written)) else _Life.GONE

    def _start(self, argv: list[str], streams: Sequence[BinaryIO], env: Mapping[str, str]) -> None:
        with contextlib.ExitStack() as opened:
            given, output, errors = map(opened.enter_context, streams)
            pid = os.posix_spawn(
                argv[0],
                argv,
                {**env, processes.MARK: self.mark},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, given.fileno(), 0),
                    (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                    (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
                ],
                setsid=True,
            )
        # No child of the loop, which it may outlive; but what nobody waits for stays a zombie.
        threading.Thread(target=os.waitpid, args=(pid, 0), name="agent reaper", daemon=True).start()

    def _open(self, stdin: Path) -> tuple[BinaryIO, BinaryIO, BinaryIO]:
        return stdin.open("rb"), self._output.open("ab"), self._errors.open("ab")


class _Tail:
    """Reads a growing file line by line; `position` is how far, in bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.position = 0
        self._begun = b""

    def lines(self) -> tuple[bytes, ...]:
        """The whole lines that came since, each in one piece, but for one that is beyond reason."""
        with self._path.open("rb") as file:
            file.seek(self.position)
            data = file.read(_MAX_READ)
        self.position += len(data)
        *whole, self._begun = (self._begun + data).split(b"\n")
        if len(self._begun) > _LONGEST_LINE:
            self._begun = b""
        return tuple(whole)


def _rest(path: Path) -> bytes:
    """What stands after the last line break, of a file whose lines have been read."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MAX_READ))
        return file.read(_MAX_READ).rpartition(b"\n")[2]
