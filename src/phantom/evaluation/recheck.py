"""What failing tests say about the change: run again where they failed, and at the base commit.

A test is set apart as flaky, and counts neither way, only where it was seen to pass on the very
files that are judged, in a run of all tests; where the base commit was seen to pass it too; and
where the change left its file alone. Failing at the base commit excuses nothing, since a task may
be there to mend just that; it is said. Why: `docs/adr/0008-flaky-tests.md`.
"""

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from phantom.errors import GitFailed
from phantom.evaluation.base_tree import write_base
from phantom.evaluation.change import Change
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import Subject, ToolBroke, ToolTimedOut

MOST_TESTS = 50
"""Where more fail, it is no matter of chance, and nothing is run again."""
_LEAST_SECONDS = 1.0
_MOST_TREES = 200
_FAILURES = (Outcome.FAILED, Outcome.ERROR)

Seen = dict[str, tuple[bool, ...]]
"""By id of a test whether it passed, run by run; empty where it did not run."""


class RunAgain(Protocol):
    """Runs tests of one language in one more process of its own."""

    async def __call__(
        self, subject: Subject, ids: Sequence[str] | None, timeout_seconds: float
    ) -> TestRun:
        """Run those of `ids` that are in the workspace, or all; raises ToolBroke, ToolTimedOut."""
        ...


class BaseTests:
    """How single tests ended at base commits, by the hash of their tree; in memory alone."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Seen] = OrderedDict()

    def of(self, tree: str) -> Seen:
        """What is known of a tree; what is written into it is remembered."""
        self._known.setdefault(tree, {})
        self._known.move_to_end(tree)
        while len(self._known) > _MOST_TREES:
            self._known.popitem(last=False)
        return self._known[tree]


@dataclass(frozen=True, slots=True)
class Recheck:
    """One look at the failing tests of one run.

    Attributes:
        known: what earlier looks saw at the same base commit.
        deadline: by the monotonic clock, when the evaluator's time ends.
    """

    subject: Subject
    change: Change
    again: RunAgain
    known: Seen
    deadline: float

    async def explain(self, run: TestRun) -> None:
        """Set flaky tests apart in `run`, and note of the others what the base commit says.

        Where the tests cannot be run again, or no time is left for it, all failures count.
        """
        broken = run.ended(*_FAILURES)
        if run.status is None or not 0 < len(broken) <= MOST_TESTS:
            return
        try:
            alone, flips = await self._flips([result.id for result in broken])
            await self._look_at_base([result.id for result in broken], flips)
        except (ToolBroke, ToolTimedOut, GitFailed):
            return
        for result in broken:
            run.results[result.id] = self._told(result, alone, flips)

    async def _flips(self, ids: Sequence[str]) -> tuple[set[str], set[str]]:
        """Those that pass when only failing ones run, and of them those that pass among all."""
        alone = _passed(await self._run(self.subject, ids), ids)
        if not alone:
            return alone, set()
        # Another test may be what breaks it: only the same order of all shows that it flips.
        return alone, _passed(await self._run(self.subject, None), alone)

    async def _look_at_base(self, ids: Sequence[str], flips: Collection[str]) -> None:
        there = self.subject.repository.blobs
        fresh = [each for each in ids if each not in self.known and _file(each) in there]
        doubtful = [each for each in flips if self.known.get(each) == (False,)]
        if not fresh and not doubtful:
            return
        base = await write_base(self.subject, self.subject.scratch / "tests-base")
        if fresh:
            self._remember(fresh, await self._run(base, fresh))
        doubtful = [each for each in flips if self.known.get(each) == (False,)]
        if doubtful:
            self._remember(doubtful, await self._run(base, doubtful))

    def _remember(self, ids: Sequence[str], run: TestRun) -> None:
        for each in ids:
            result = run.results.get(each)
            seen = self.known.get(each, ())
            if each in _passed(run, [each]):
                self.known[each] = (*seen, True)
            elif result is not None and result.outcome in _FAILURES:
                self.known[each] = (*seen, False)
            else:
                self.known.setdefault(each, ())

    async def _run(self, subject: Subject, ids: Sequence[str] | None) -> TestRun:
        left = self.deadline - time.monotonic()
        if left < _LEAST_SECONDS:
            raise ToolTimedOut("no time is left to run tests again")
        return await self.again(subject, ids, left)

    def _told(
        self, result: TestResult, alone: Collection[str], flips: Collection[str]
    ) -> TestResult:
        before = self.known.get(result.id, ())
        if result.id in flips:
            if why := self._blame(result, before):
                return _noted(result, f"passes when it is run again, but {why}")
            noted = _noted(result, "passed when all tests were run again")
            return noted.model_copy(update={"outcome": Outcome.FLAKY})
        if before and not any(before):
            return _noted(result, "fails at the base commit too", fails_at_base=True)
        if before and not all(before):
            return _noted(result, "flips at the base commit")
        words = "passes when it runs without the others" if result.id in alone else ""
        return _noted(result, words, regression=bool(before))

    def _blame(self, result: TestResult, before: tuple[bool, ...]) -> str:
        """Why the change has to answer for a test that flips; empty where it has not."""
        paths = {path for file in self.change.files for path in (file.path, file.base_path)}
        if result.path in paths or any(Path(path).name == "conftest.py" for path in paths):
            return "the change touches it"
        if not before:
            return "the base commit does not have it"
        return "" if any(before) else "fails each time at the base commit"


def _file(test: str) -> str:
    return test.partition("::")[0]


def _passed(run: TestRun, ids: Collection[str]) -> set[str]:
    """Those of `ids` that passed; a file that could not be loaded, where it now can."""
    return {each for each in ids if _has_passed(each, run.results)}


def _has_passed(test: str, results: Mapping[str, TestResult]) -> bool:
    result = results.get(test)
    if result is None:
        return test == _file(test)
    return result.outcome is Outcome.PASSED


def _noted(result: TestResult, note: str, **told: bool) -> TestResult:
    return result.model_copy(update={"note": note, **told})
