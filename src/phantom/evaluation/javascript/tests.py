"""Tests and coverage of JavaScript and TypeScript, from one run of each package's `npm test`."""

import asyncio
import re
import shutil
import time
from pathlib import Path

from phantom.evaluation.change import Change, is_test_path
from phantom.evaluation.javascript.package import (
    MANIFEST,
    Package,
    Runner,
    installed_package,
    parse_package,
    read_package,
)
from phantom.evaluation.javascript.run import Job, run_package
from phantom.evaluation.javascript.shapes import javascript_shapes
from phantom.evaluation.judging import judge_coverage, judge_tests, unmeasured
from phantom.evaluation.outcomes import Outcome, TestRun
from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Subject
from phantom.evaluation.repository import Language
from phantom.evaluation.weakening import weakened_tests
from phantom.git import blobs

TESTS = "tests:javascript"
COVERAGE = "coverage:javascript"
_SOURCE = re.compile(r"\.[cm]?[jt]sx?$")
_ABSENT = re.compile(r"Cannot find (?:module|package) '(?P<name>@[^'/]+/[^'/]+|[^'./][^'/]*)")


class JavaScriptTests:
    """Runs the test script of each package, whatever runner it starts."""

    measures: tuple[str, ...] = (TESTS, COVERAGE)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change JavaScript code."""
        return subject.has(Language.JAVASCRIPT)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run the tests once; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        changed_tests = [file for file in change.files if file.is_javascript and file.is_test]
        weakened = list(await weakened_tests(subject, changed_tests, javascript_shapes))
        total, reasons = TestRun(status=0), list[str]()
        for root in subject.repository.roots(MANIFEST):
            package = await asyncio.to_thread(read_package, subject.workspace / root)
            weakened += await _weakened_script(subject, root, package)
            why = await asyncio.to_thread(_why_not, subject.workspace / root, root, package)
            if why or package is None:
                reasons.append(why)
                continue
            left = timeout_seconds - (time.monotonic() - started)
            run = await run_package(subject, _job(subject, change, root, package), max(1.0, left))
            await asyncio.to_thread(_set_apart_unloaded, subject.workspace / root, change, run)
            _add(total, run)
        seconds = time.monotonic() - started
        if reasons and not total.results and not weakened:
            why = "; ".join(dict.fromkeys(reasons))
            tests = unmeasured(TESTS, why)
            coverage = unmeasured(COVERAGE, why)
        else:
            tests = judge_tests(total, tuple(weakened), name=TESTS)
            coverage = judge_coverage(subject.workspace, total, name=COVERAGE)
        return tuple(e.model_copy(update={"seconds": seconds}) for e in (tests, coverage))


def _why_not(directory: Path, root: str, package: Package | None) -> str:
    """Why the package's tests cannot be run, or nothing."""
    where = str(Path(root) / MANIFEST)
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "node and npm are not on the server's PATH"
    if package is None:
        return f"{where} cannot be read"
    if not package.test_script:
        return f"{where} has no test script"
    if package.names_dependencies and installed_package(directory, "") is None:
        return (
            f"the packages of {where} are not installed: run `npm install` in the repository "
            "that the task is cut from, whose node_modules its evaluations use"
        )
    return ""


def _job(subject: Subject, change: Change, root: str, package: Package) -> Job:
    def inside(path: str) -> bool:
        return Path(path).is_relative_to(root)

    covered = [f for f in change.at_head if f.is_javascript and f.is_product and inside(f.path)]
    return Job(
        root=root,
        package=package,
        cover={str(subject.workspace / file.path): sorted(file.added) for file in covered},
        sources=frozenset(
            str(subject.workspace / path)
            for path in subject.repository.paths
            if _SOURCE.search(path) and not is_test_path(path)
        ),
    )


async def _weakened_script(
    subject: Subject, root: str, package: Package | None
) -> tuple[Finding, ...]:
    """A finding where the change lets `npm test` run less than a test runner."""
    path = str(Path(root) / MANIFEST)
    blob = subject.repository.blobs.get(path)
    found = await blobs(subject.workspace, [blob] if blob else [], own=subject.git_directory)
    before = parse_package(found[blob]) if blob in found else None
    if before is None or before.runner is Runner.OTHER:
        return ()
    if package is not None and package.runner is not Runner.OTHER:
        return ()
    message = f"the test script no longer runs {before.runner}"
    return (
        Finding(rule="test-weakened", message=message, severity=FindingSeverity.HIGH, path=path),
    )


def _set_apart_unloaded(directory: Path, change: Change, run: TestRun) -> None:
    """A file that needs a package which nobody installed is not the change's fault.

    Unless the change brings in the name. Blocks for a few looks at the disk.
    """
    for result in run.ended(Outcome.ERROR):
        absent = _ABSENT.search(result.message)
        if absent and installed_package(directory, absent["name"]) is None:
            added = (line for file in change.files for line in file.added.values())
            if not any(absent["name"] in line for line in added):
                run.results[result.id] = result.model_copy(update={"outcome": Outcome.UNLOADED})


def _add(total: TestRun, run: TestRun) -> None:
    total.results |= run.results
    total.lines |= run.lines
    total.lines_unknown = total.lines_unknown or run.lines_unknown
