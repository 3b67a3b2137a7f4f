"""The driver's side of the test servers: start them, give them work, read their answers.

Synchronous on purpose: this runs in the agent's own process, which has no event loop.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self, TypeVar, cast

from phantom.agents.embedded.repair.spectrum import Line

Tag = TypeVar("Tag")
_SERVER = Path(__file__).parents[1] / "worker" / "server.py"
_MEMORY = 1_000_000_000
_START_SECONDS = 60.0
_GRACE_SECONDS = 2.0


class ServerLost(Exception):
    """A test server ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Project:
    """How to run the tests of one copy of a project.

    Attributes:
        root: the copy that is worked on.
        python: the interpreter that has what the project needs.
        paths: entries for the front of `sys.path`.
        args: options for pytest.
        targets: what to collect; empty means what the project's configuration says.
        env: the whole environment.
        writable: directories that the tests may write below.
    """

    root: Path
    python: str
    paths: tuple[str, ...]
    args: tuple[str, ...]
    targets: tuple[str, ...]
    env: Mapping[str, str]
    writable: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """Tests to run in one child.

    Attributes:
        tests: their numbers, in the order in which they run.
        test_seconds: processor time of one test, > 0.
        wall_seconds: real time of the whole child, > 0.
        sources: files to change first: path relative to the root, new text.
        stop_first: end at the first test that does not pass.
        trace: record the executed lines.
    """

    tests: tuple[int, ...]
    test_seconds: float
    wall_seconds: float
    sources: Mapping[str, str] = field(default_factory=dict)
    stop_first: bool = True
    trace: bool = False

    def message(self) -> dict[str, object]:
        """The request as the server reads it."""
        return {
            "tests": list(self.tests),
            "test_seconds": self.test_seconds,
            "wall_seconds": self.wall_seconds,
            "sources": dict(self.sources),
            "stop_first": self.stop_first,
            "trace": self.trace,
        }


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended: `passed`, `skipped`, `failed` or `hung`."""

    __test__ = False
    test: int
    outcome: str
    seconds: float
    lines: frozenset[Line] = frozenset()
    raised: tuple[Line, ...] = ()

    @property
    def ok(self) -> bool:
        """True where the test does not speak against the code."""
        return self.outcome in {"passed", "skipped"}


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a child reported; `ended` is `done`, `died` or `timeout`."""

    results: tuple[TestResult, ...]
    ended: str

    def passes(self, job: Job) -> bool:
        """True where every test of `job` ran and none failed."""
        return len(self.results) == len(job.tests) and all(r.ok for r in self.results)

    @property
    def hung(self) -> bool:
        """True where time ran out."""
        return self.ended == "timeout" or any(r.outcome == "hung" for r in self.results)


@dataclass(frozen=True, slots=True)
class Collected:
    """What a server found: tests by number, and what could not be imported."""

    tests: tuple[str, ...]
    test_files: frozenset[str]
    errors: tuple[tuple[str, str], ...]
    modules: Mapping[str, str]
    confined: bool
    usage_error: bool = False


class TestServer:
    """One server process. Use as a context manager: it ends with the block."""

    __test__ = False

    def __init__(self, project: Project) -> None:
        """Start the process; `collect` waits until it is ready."""
        self.project = project
        # Own group, so that all of it can be ended; no shell, nothing inherited.
        self._process = subprocess.Popen(
            [project.python, str(_SERVER)],
            cwd=project.root,
            env=dict(project.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._requests: IO[bytes] = self._process.stdin
        self._answers: IO[bytes] = self._process.stdout
        self._buffer = bytearray()
        self._send(
            {
                "root": str(project.root),
                "paths": list(project.paths),
                "args": list(project.args),
                "targets": list(project.targets),
                "memory_bytes": _MEMORY,
                "writable": [str(path) for path in project.writable],
            }
        )

    def __enter__(self) -> Self:
        """The running server."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """End the server and everything it started."""
        self.close()

    def collect(self) -> Collected:
        """What the project has to run. Raises ServerLost where pytest cannot even start."""
        answer = self.read(_START_SECONDS)
        if "failed" in answer:
            return Collected((), frozenset(), (), {}, False, usage_error=answer["failed"] == 4)
        tests = cast("list[dict[str, str]]", answer["tests"])
        errors = cast("list[dict[str, str]]", answer["errors"])
        return Collected(
            tests=tuple(test["id"] for test in tests),
            test_files=frozenset(test["path"] for test in tests),
            errors=tuple((error["id"], error["text"]) for error in errors),
            modules=cast("dict[str, str]", answer["modules"]),
            confined=bool(answer["confined"]),
        )

    def run(self, job: Job) -> JobResult:
        """Run one job and wait for it. Raises ServerLost."""
        self.submit(job)
        return self.result(job)

    def submit(self, job: Job) -> None:
        """Give the server one job; one at a time. A lost server shows when its answer is read."""
        self._send(job.message())

    def result(self, job: Job) -> JobResult:
        """The answer to the job that was submitted last. Raises ServerLost."""
        answer = self.read(job.wall_seconds + _GRACE_SECONDS)
        found = cast("list[dict[str, object]]", answer["results"])
        return JobResult(tuple(map(_test_result, found)), str(answer["ended"]))

    def fileno(self) -> int:
        """The descriptor that becomes readable when an answer comes."""
        return self._answers.fileno()

    def read(self, seconds: float) -> dict[str, object]:
        """One answer. Raises ServerLost where none comes within `seconds`."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise ServerLost("no answer in time")
                chunk = os.read(self._answers.fileno(), 1 << 20)
                if not chunk:
                    raise ServerLost("the test server ended")
                self._buffer += chunk
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        return cast("dict[str, object]", json.loads(line))

    def close(self) -> None:
        """Kill the server's group; its children die with it. Idempotent."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._answers.close()
        with contextlib.suppress(BrokenPipeError):
            self._requests.close()

    def _send(self, message: dict[str, object]) -> None:
        try:
            self._requests.write(json.dumps(message).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            return  # reading its answer will tell


def run_all(
    servers: list[TestServer],
    jobs: Iterable[tuple[Tag, Job]],
    restart: Callable[[TestServer], TestServer],
) -> Iterator[tuple[Tag, JobResult | None]]:
    """Run jobs on all servers at once and yield each as it ends, until the caller stops.

    A server that is lost is replaced in `servers` by `restart`, and its job yields None. `jobs` is
    read lazily, in order; when this returns or is closed, no job is under way.
    """
    source = iter(jobs)
    busy: dict[int, tuple[Tag, Job]] = {}
    idle = list(range(len(servers)))

    def finish(position: int) -> tuple[Tag, JobResult | None]:
        tag, job = busy.pop(position)
        try:
            return tag, servers[position].result(job)
        except ServerLost:
            servers[position].close()
            servers[position] = restart(servers[position])
            return tag, None

    try:
        while True:
            while idle and (following := next(source, None)):
                position = idle.pop()
                busy[position] = following
                servers[position].submit(following[1])
            if not busy:
                return
            for position in _ready(servers, busy):
                idle.append(position)
                yield finish(position)
    finally:
        for position in list(busy):
            finish(position)


def _ready(servers: list[TestServer], busy: Mapping[int, tuple[Tag, Job]]) -> list[int]:
    """Positions with an answer; all of them where none comes in time."""
    patience = max(job.wall_seconds for _, job in busy.values()) + _GRACE_SECONDS
    with selectors.DefaultSelector() as selector:
        for position in busy:
            selector.register(servers[position], selectors.EVENT_READ, position)
        found = [cast("int", key.data) for key, _ in selector.select(patience)]
    return sorted(found) or list(busy)


def _test_result(found: dict[str, object]) -> TestResult:
    lines = cast("dict[str, list[int]]", found.get("lines", {}))
    raised = cast("list[tuple[str, int]]", found.get("raised", []))
    return TestResult(
        test=cast("int", found["test"]),
        outcome=str(found["outcome"]),
        seconds=cast("float", found["seconds"]),
        lines=frozenset((path, line) for path, numbers in lines.items() for line in numbers),
        raised=tuple((path, line) for path, line in raised),
    )
