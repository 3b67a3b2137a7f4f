"""Try candidates in order of their rank until enough of them pass every test."""

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from phantom.agents.embedded.repair.pool import Job, JobResult, run_all
from phantom.agents.embedded.repair.source import Edit, SourceFile
from phantom.agents.embedded.repair.workbench import Baseline, Workbench

_SHORTEST_LIMIT = 0.25
_LONGEST_LIMIT = 5.0
_PATIENCE = 5.0
_MORE_CANDIDATES = 240
_MORE_SECONDS = 4.0
_MORE_COST = 1.2


@dataclass(slots=True)
class Search:
    """What a search did.

    Attributes:
        plausible: edits that pass all tests, in order of rank.
        tried: candidates that were run.
        hung: candidates that ran out of time.
        seconds: time until the first plausible one, or in all where there is none.
    """

    plausible: list[Edit] = field(default_factory=list)
    tried: int = 0
    hung: list[Edit] = field(default_factory=list)
    seconds: float = 0.0


def search(
    bench: Workbench,
    baseline: Baseline,
    files: dict[str, SourceFile],
    edits: Sequence[Edit],
    *,
    in_order: bool,
    deadline: float,
    progress: Callable[[Search, Edit], None],
) -> Search:
    """Run `edits` against the tests until one passes, and some time longer for better ones.

    `in_order` keeps the project's own order of tests; else failing ones run first. `deadline` is a
    `time.monotonic` time. Edits that ran out of time are tried again, with more of it, once
    everything else has failed: a right but slow repair is not lost, and endless loops stay cheap.
    """
    tests = sorted(baseline.results) if in_order else [*baseline.failing, *baseline.passing]
    limit = min(_LONGEST_LIMIT, max(_SHORTEST_LIMIT, _PATIENCE * baseline.seconds))
    found = Search()
    pass_over(bench, files, edits, tuple(tests), limit, baseline, deadline, found, progress)
    if not found.plausible and found.hung and limit < _LONGEST_LIMIT:
        again, found.hung = found.hung, []
        pass_over(
            bench, files, again, tuple(tests), _LONGEST_LIMIT, baseline, deadline, found, progress
        )
    found.plausible.sort(key=lambda edit: (edit.cost, edit.path, edit.line, edit.splices))
    return found


def pass_over(
    bench: Workbench,
    files: dict[str, SourceFile],
    edits: Sequence[Edit],
    tests: tuple[int, ...],
    limit: float,
    baseline: Baseline,
    deadline: float,
    found: Search,
    progress: Callable[[Search, Edit], None],
) -> None:
    """One pass; adds to `found`."""
    started = time.monotonic()
    wall = 4 * (limit + baseline.total) + 1.0
    stop_at = deadline
    stop_cost = float("inf")
    left = _MORE_CANDIDATES

    retries: deque[Edit] = deque()
    failing = set(baseline.failing)

    def jobs() -> Iterator[tuple[Edit, Job]]:
        for edit in edits:
            while retries:
                slow = retries.popleft()
                text = files[slow.path].apply(slow)
                yield slow, Job(tests, _LONGEST_LIMIT, wall + _LONGEST_LIMIT, {slow.path: text})
            if time.monotonic() > stop_at or edit.cost > stop_cost or left <= 0:
                return
            text = files[edit.path].apply(edit)
            if _compiles(text):
                yield edit, Job(tests, limit, wall, {edit.path: text})

    for edit, result in run_all(bench.servers, jobs(), bench.restart):
        found.tried += 1
        left -= bool(found.plausible)
        if _plausible(result, len(tests)):
            if not found.plausible:
                found.seconds = time.monotonic() - started
                stop_at = min(deadline, time.monotonic() + max(_MORE_SECONDS, found.seconds / 2))
                stop_cost = edit.cost + _MORE_COST
            found.plausible.append(edit)
        elif result is None or result.hung:
            mended = result and any(r.ok and r.test in failing for r in result.results)
            if mended and edit not in found.hung and limit < _LONGEST_LIMIT:
                retries.append(edit)  # it is right as far as it came: slow rather than endless
            found.hung.append(edit)
        progress(found, edit)
    found.seconds = found.seconds or time.monotonic() - started


def _plausible(result: JobResult | None, tests: int) -> bool:
    return result is not None and len(result.results) == tests and all(r.ok for r in result.results)


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may well compare with `is`
            compile(text, "candidate", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
