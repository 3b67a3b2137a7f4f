"""Try candidates in order of their rank until enough of them pass every test."""

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from phantom.agents.embedded.repair.pool import Job, JobResult, run_all
from phantom.agents.embedded.repair.source import Edit, SourceFile
from phantom.agents.embedded.repair.workbench import Baseline, Workbench

_SHORTEST_LIMIT = 0.25
_LONGEST_LIMIT = 5.0
_PATIENCE = 5.0
"""A test may take this many times the processor time of the slowest passing one."""
_MORE_CANDIDATES = 240
_MORE_SECONDS = 4.0
_MORE_COST = 1.2


@dataclass(slots=True)
class Found:
    """What a search did so far.

    Attributes:
        plausible: edits that pass all tests.
        tried: candidates that were run, second chances included.
        hung: candidates that ran out of time.
    """

    plausible: list[Edit] = field(default_factory=list)
    tried: int = 0
    hung: list[Edit] = field(default_factory=list)


class Search:
    """The candidates of one project against its tests.

    A right repair may be slow, and most endless loops are not repairs. So the time limit of a test
    is short, a candidate that runs out of time after it has mended a test is tried again at once
    with four times as much, and again, and all with a long one once everything else has failed.
    """

    def __init__(
        self,
        bench: Workbench,
        baseline: Baseline,
        files: Mapping[str, SourceFile],
        *,
        in_order: bool,
        deadline: float,
        progress: Callable[[Found, Edit], None],
    ) -> None:
        """`in_order` keeps the project's own order of tests; `deadline` is a monotonic time."""
        self._bench = bench
        self._files = files
        self._progress = progress
        self._failing = set(baseline.failing)
        order = sorted(baseline.results) if in_order else [*baseline.failing, *baseline.passing]
        self._tests = tuple(order)
        self._all_seconds = baseline.total
        self._limit = min(_LONGEST_LIMIT, max(_SHORTEST_LIMIT, _PATIENCE * baseline.seconds))
        self._stop_at = deadline
        self._stop_cost = float("inf")
        self._left: int | None = None
        self._retries: deque[Edit] = deque()
        self._found = Found()

    def run(self, edits: Sequence[Edit]) -> Found:
        """Run `edits` until one passes, and some more for better ones; plausible ones by rank."""
        self._pass(edits)
        again = list(dict.fromkeys(self._found.hung))
        if not self._found.plausible and again and self._limit < _LONGEST_LIMIT:
            self._found.hung, self._limit = [], _LONGEST_LIMIT
            self._pass(again)
        self._found.plausible.sort(key=lambda e: (e.cost, e.path, e.line, e.splices))
        return self._found

    def _pass(self, edits: Sequence[Edit]) -> None:
        started = time.monotonic()
        jobs = self._jobs(edits)
        for edit, result in run_all(self._bench.servers, jobs, self._bench.restart):
            self._found.tried += 1
            if self._left is not None:
                self._left -= 1
            if result is not None and self._passes(result):
                self._accept(edit, time.monotonic() - started)
            elif result is None or result.hung:
                self._reject_hung(edit, result)
            self._progress(self._found, edit)

    def _jobs(self, edits: Sequence[Edit]) -> Iterator[tuple[Edit, Job]]:
        for edit in edits:
            while self._retries:
                slow = self._retries.popleft()
                limit = self._limit * 4 ** self._found.hung.count(slow)
                text = self._files[slow.path].apply(slow)
                yield slow, self._job(slow, text, min(_LONGEST_LIMIT, limit))
            if self._left == 0 or edit.cost > self._stop_cost or time.monotonic() > self._stop_at:
                return
            text = self._files[edit.path].apply(edit)
            if _compiles(text):
                yield edit, self._job(edit, text, self._limit)

    def _job(self, edit: Edit, text: str, limit: float) -> Job:
        wall = 4 * (limit + self._all_seconds) + 1.0
        return Job(self._tests, limit, wall, {edit.path: text})

    def _passes(self, result: JobResult) -> bool:
        return len(result.results) == len(self._tests) and all(r.ok for r in result.results)

    def _accept(self, edit: Edit, seconds: float) -> None:
        if not self._found.plausible:
            more = max(_MORE_SECONDS, seconds / 2)
            self._stop_at = min(self._stop_at, time.monotonic() + more)
            self._stop_cost = edit.cost + _MORE_COST
            self._left = _MORE_CANDIDATES
        self._found.plausible.append(edit)

    def _reject_hung(self, edit: Edit, result: JobResult | None) -> None:
        mended = result and any(r.ok and r.test in self._failing for r in result.results)
        if mended and self._limit * 4 ** self._found.hung.count(edit) < _LONGEST_LIMIT:
            self._retries.append(edit)
        self._found.hung.append(edit)


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may well compare with `is`
            compile(text, "candidate", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
