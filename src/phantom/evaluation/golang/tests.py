"""Tests and coverage of Go, from one `go test` of each module."""

import asyncio
import re
import time
from pathlib import Path, PurePosixPath

from phantom.evaluation.change import Change
from phantom.evaluation.children import last_words, own_scratch
from phantom.evaluation.golang.events import Told, covered_lines
from phantom.evaluation.golang.shapes import go_shapes
from phantom.evaluation.golang.toolchain import Go, find_go
from phantom.evaluation.judging import judge_coverage, judge_tests, unmeasured
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import Evaluation, Subject, ToolTimedOut
from phantom.evaluation.repository import Language
from phantom.evaluation.weakening import weakened_tests
from phantom.evaluation.written import text_written

TESTS = "tests:go"
COVERAGE = "coverage:go"
NOT_INSTALLED = "go is not on the server's PATH"
MANIFEST = "go.mod"
_MODULE = re.compile(r'^module\s+"?([^\s"]+)', re.MULTILINE)
_NOT_DOWNLOADED = re.compile(r"disabled by GOPROXY=off|missing go\.sum entry|cannot find module")
_NOT_BUILT = "[build failed]"
_OWN_LIMIT = 0.9
"""Share of the time after which go itself ends a test, and says which one it was."""


class GoTests:
    """Runs the tests of all packages of each module."""

    measures: tuple[str, ...] = (TESTS, COVERAGE)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Go code."""
        return subject.has(Language.GO)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run the tests once; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        go = await asyncio.to_thread(find_go)
        if go is None:
            return unmeasured(TESTS, NOT_INSTALLED), unmeasured(COVERAGE, NOT_INSTALLED)
        changed_tests = [file for file in change.files if file.path.endswith("_test.go")]
        weakened = await weakened_tests(subject, changed_tests, go_shapes)
        total = TestRun(status=0)
        for root in subject.repository.roots(MANIFEST):
            left = max(1.0, timeout_seconds - (time.monotonic() - started))
            run = await _run(subject, change, go, root, left)
            total.results |= run.results
            total.lines |= run.lines
            total.lines_unknown = total.lines_unknown or run.lines_unknown
        seconds = time.monotonic() - started
        if total.lines_unknown and not total.results:
            tests = unmeasured(TESTS, total.lines_unknown)
        else:
            tests = judge_tests(total, weakened, name=TESTS)
        coverage = judge_coverage(subject.workspace, total, name=COVERAGE)
        return tuple(e.model_copy(update={"seconds": seconds}) for e in (tests, coverage))


async def _run(subject: Subject, change: Change, go: Go, root: str, seconds: float) -> TestRun:
    directory = subject.workspace / root
    scratch = await asyncio.to_thread(own_scratch, subject, "-".join(("go", *Path(root).parts)))
    covered = [
        file
        for file in change.at_head
        if file.path.endswith(".go") and file.is_product and Path(file.path).is_relative_to(root)
    ]
    packages = sorted(
        {f"./{PurePosixPath(file.path).relative_to(root).parent}" for file in covered}
    )
    profile = scratch / "cover.out"
    measure = [f"-coverprofile={profile}", f"-coverpkg={','.join(packages)}"] if packages else []
    limit = f"-timeout={max(1, int(seconds * _OWN_LIMIT))}s"
    command = ["go", "test", "-json", "-count=1", limit]
    done = await go.run(
        subject, [*command, *measure, "./..."], cwd=directory, scratch=scratch, seconds=seconds
    )
    if measure and _NOT_BUILT in done.text:
        # A package that cannot be measured would take the others' tests with it.
        done = await go.run(
            subject, [*command, "./..."], cwd=directory, scratch=scratch, seconds=seconds
        )
    if _NOT_DOWNLOADED.search(done.error_text) or _NOT_DOWNLOADED.search(done.text):
        why = "modules that it needs are not downloaded: run `go mod download` as the server's user"
        return TestRun(lines_unknown=why)

    def read() -> TestRun:
        found = _MODULE.search(text_written(directory / MANIFEST))
        module = found[1] if found else ""
        told = Told(
            done.text, done.error_text, module=module, workspace=subject.workspace, root=root
        )
        if told.hanging:
            where = f"{told.hanging} was still running"
            raise ToolTimedOut(f"the tests did not end within {seconds:.0f} s: {where}")
        run = TestRun(results=told.results(), status=done.returncode)
        if text := text_written(profile):
            cover = {str(subject.workspace / f.path): sorted(f.added) for f in covered}
            run.lines = covered_lines(text, module, directory, cover)
        return run

    run = await asyncio.to_thread(read)
    if done.returncode != 0 and not run.ended(Outcome.FAILED, Outcome.ERROR):
        run.results["go test"] = TestResult(
            id="go test",
            outcome=Outcome.ERROR,
            path=str(PurePosixPath(root) / MANIFEST),
            message=last_words(done),
        )
    return run
