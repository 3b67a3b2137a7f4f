"""The workbench of one repair: copies of the project, and a test server in each."""

import contextlib
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from phantom.agents.embedded.repair.pool import (
    Collected,
    Job,
    JobResult,
    Project,
    ServerLost,
    TestResult,
    TestServer,
)
from phantom.agents.embedded.repair.spectrum import Line, Observation
from phantom.agents.embedded.repair.tree import copy_tree, project_in

_FIRST_LIMIT = 1.0
_SECOND_LIMIT = 10.0
_SLOW = 0.1
_TRACED_HUNG = 3
_TRACE_SLOWDOWN = 30.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the project's tests end before anything is changed.

    Attributes:
        results: one for each test that ran, by number.
        seconds: processor time of the slowest passing test.
        total: processor time of all passing tests.
    """

    results: dict[int, TestResult]
    seconds: float
    total: float

    @property
    def failing(self) -> list[int]:
        """Numbers of the tests that fail, the quick ones first, hung ones last."""
        bad = [r for r in self.results.values() if not r.ok]
        # Rounded, so that the order is the same in each run.
        return [
            r.test
            for r in sorted(bad, key=lambda r: (r.outcome == "hung", round(r.seconds, 2), r.test))
        ]

    @property
    def passing(self) -> list[int]:
        """Numbers of the tests that pass or are skipped."""
        return [r.test for r in self.results.values() if r.ok]


class Workbench:
    """Use as a context manager: the servers end and the copies go with the block."""

    def __init__(self, workspace: Path, scratch: Path, servers: int) -> None:
        """Copy the project once per server, and start them all."""
        self.workspace = workspace
        self._directory = Path(tempfile.mkdtemp(prefix="repair-", dir=scratch))
        self._bare = False
        self.servers = [self._start(f"copy-{n}") for n in range(servers)]
        self.collected = Collected((), frozenset(), (), {}, False)

    def __enter__(self) -> Self:
        """The workbench, with the tests collected. Raises ServerLost."""
        self.collected = self.servers[0].collect()
        if self.collected.usage_error:
            self._bare = True
            self.servers = [self._again(server) for server in self.servers]
            self.collected = self.servers[0].collect()
        for server in self.servers[1:]:
            server.collect()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End every server and remove every copy."""
        for server in self.servers:
            server.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def restart(self, server: TestServer) -> TestServer:
        """A server in place of one that was lost, in a fresh copy, ready for jobs."""
        fresh = self._again(server)
        fresh.collect()
        return fresh

    def baseline(self, wall_seconds: float) -> Baseline:
        """Run every test once, unchanged.

        Where passing tests are slow, a hung one may be slow too, and gets a second, longer chance;
        where they take milliseconds, it is in an endless loop.
        """
        server = self.servers[0]
        found = self._complete(server, list(range(len(self.collected.tests))), wall_seconds)
        hung = [number for number, result in found.items() if result.outcome == "hung"]
        slowest = max((r.seconds for r in found.values() if r.ok), default=0.0)
        for number in hung[:1] if slowest > _SLOW else ():
            job = Job((number,), _SECOND_LIMIT, 2 * _SECOND_LIMIT)
            again = server.run(job).results
            if again and again[0].ok:
                found[number] = again[0]
        passed = [r.seconds for r in found.values() if r.ok]
        return Baseline(dict(sorted(found.items())), max(passed, default=0.0), sum(passed))

    def observe(
        self, baseline: Baseline, wall_seconds: float
    ) -> tuple[dict[int, Observation], bool]:
        """Trace the tests, failing ones first.

        Also says whether each test ends as it does in the project's own order: where one depends
        on another that ran before it, candidates have to run them all in that order.
        """
        hung = [r.test for r in baseline.results.values() if r.outcome == "hung"]
        left_out = set(hung[_TRACED_HUNG:])  # each costs its full time, and they look alike
        order = [n for n in (*baseline.failing, *baseline.passing) if n not in left_out]
        limit = min(_SECOND_LIMIT, max(0.5, _TRACE_SLOWDOWN * baseline.seconds))
        job = Job(tuple(order), limit, wall_seconds, stop_first=False, trace=True)
        results = {r.test: r for r in self.servers[0].run(job).results}
        independent = all(
            result.ok == baseline.results[number].ok
            for number, result in results.items()
            if result.outcome != "hung"
        )
        seen = {
            number: Observation(not baseline.results[number].ok, result.lines, result.raised)
            for number, result in results.items()
        }
        return seen, independent

    def passes_afresh(self, sources: dict[str, str], wall_seconds: float) -> int | None:
        """Run everything in a new process with `sources` in place, in the project's own order.

        Returns how many tests passed, or None where one did not, or could not be collected.
        """
        with contextlib.closing(self._start("fresh", sources)) as server:
            try:
                collected = server.collect()
                if len(collected.tests) < len(self.collected.tests) or collected.errors:
                    return None
                job = Job(tuple(range(len(collected.tests))), _SECOND_LIMIT, wall_seconds)
                result = server.run(job)
            except ServerLost:
                return None
            finally:
                shutil.rmtree(server.project.root, ignore_errors=True)
        if not result.passes(job):
            return None
        return sum(r.outcome == "passed" for r in result.results)

    def _complete(
        self, server: TestServer, numbers: list[int], wall_seconds: float
    ) -> dict[int, TestResult]:
        """Run tests until each has a result; one that takes the whole child down failed."""
        deadline = time.monotonic() + wall_seconds
        found: dict[int, TestResult] = {}
        while (left := [n for n in numbers if n not in found]) and time.monotonic() < deadline:
            job = Job(tuple(left), _FIRST_LIMIT, deadline - time.monotonic(), stop_first=False)
            answer: JobResult = server.run(job)
            found |= {result.test: result for result in answer.results}
            if answer.ended != "done" and (missing := [n for n in left if n not in found]):
                outcome = "hung" if answer.ended == "timeout" else "failed"
                found[missing[0]] = TestResult(missing[0], outcome, 0.0)
        return found

    def _again(self, server: TestServer) -> TestServer:
        server.close()
        shutil.rmtree(server.project.root, ignore_errors=True)
        return self._start(server.project.root.name)

    def _start(self, name: str, sources: dict[str, str] | None = None) -> TestServer:
        root = self._directory / name
        copy_tree(self.workspace, root)
        for path, text in (sources or {}).items():
            (root / path).write_bytes(text.encode())
        project: Project = project_in(root, self._directory, self.workspace, bare=self._bare)
        return TestServer(project)


def raised_lines(observations: dict[int, Observation], files: set[str]) -> list[Line]:
    """Where exceptions of failing tests last were inside the project's own files."""
    last = []
    for seen in observations.values():
        inside = [line for line in seen.raised if line[0] in files]
        if seen.failed and inside:
            last.append(inside[-1])
    return sorted(set(last))
