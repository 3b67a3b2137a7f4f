"""The real command line in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import phantom

_SOURCES = str(Path(phantom.__file__).parents[1])


class PhantomCommand:
    """Runs `phantom` with a home, a working directory and an environment of its own.

    `further` variables are given to every command.
    """

    def __init__(self, directory: Path, further: Mapping[str, str] | None = None) -> None:
        self.home = directory / "phantom-home"
        self.directory = directory
        self._further = dict(further or {})

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Nothing of the developer's but the path."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "PYTHONPATH": _SOURCES,
            "PHANTOM_HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "LANG": "C.UTF-8",
            **self._further,
        } | dict(extra or {})

    def __call__(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 60,
        typed: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """The command run to its end, its output piped; `typed` is its standard input."""
        return subprocess.run(
            _argv(args),
            cwd=cwd or self.directory,
            env=self.environment(env),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            input=typed,
        )

    def start(
        self, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """The command started, its output piped; the caller ends it."""
        return subprocess.Popen(
            _argv(args),
            cwd=cwd or self.directory,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def serve(self, *args: str, env: Mapping[str, str] | None = None) -> "RunningServer":
        """A server on a free port, unless it is given a Unix socket; use it in `with`."""
        return RunningServer(self, args, env)

    def in_terminal(self, *args: str, env: Mapping[str, str] | None = None) -> str:
        """What the command prints where standard output is a terminal."""
        master, slave = os.openpty()
        process = subprocess.Popen(
            _argv(args),
            cwd=self.directory,
            env=self.environment({"TERM": "xterm-256color", "COLUMNS": "120", **(env or {})}),
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(slave)
        try:
            return _read_all(master)
        finally:
            os.close(master)
            process.wait(30)


class RunningServer:
    """`phantom serve --json`, as long as the block runs."""

    def __init__(
        self, command: PhantomCommand, args: tuple[str, ...], env: Mapping[str, str] | None
    ) -> None:
        self._command = command
        self._args = args if "--unix-socket" in args else ("--port", "0", *args)
        self._env = env

    def __enter__(self) -> Self:
        self.process = self._command.start("serve", "--json", *self._args, env=self._env)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate(timeout=30)
            raise AssertionError(f"the server did not start: {errors}")
        self.facts: dict[str, str] = json.loads(line)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the server and wait for its end; returns its exit status.

        What it had logged is then in `errors`.
        """
        if self.process.poll() is not None:
            return self.process.returncode
        self.process.send_signal(number)
        try:
            _, self.errors = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Return once `condition` holds; fails the test where it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.05)


def read_until(stream: IO[str], word: str) -> str:
    """The lines of `stream` up to the first that holds `word`."""
    lines = []
    for line in stream:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError(f"{word!r} never came; there was {lines}")


def _argv(args: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "phantom", *args]


def _read_all(descriptor: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # how Linux says that the other end of a terminal is gone
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()
