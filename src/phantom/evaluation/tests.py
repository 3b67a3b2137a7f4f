"""Tests and coverage of the changed lines, both from one run of pytest.

Score of `tests`: `passed / (passed + failed + errors)`. Score of `coverage`: the share of the
changed executable lines, outside the tests themselves, that some test ran.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from phantom.evaluation import outcomes, probe
from phantom.evaluation.change import Change
from phantom.evaluation.children import last_words, run_tool
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import (
    Evaluation,
    Finding,
    FindingSeverity,
    Subject,
    ToolBroke,
    ToolTimedOut,
    Verdict,
)
from phantom.git import git

NAME = "tests"
COVERAGE = "coverage"
_SCRIPT = Path(probe.__file__).with_name("run_pytest.py")
_CONFIGS = {
    "pytest.toml": "[pytest",
    ".pytest.toml": "[pytest",
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest",
    "setup.cfg": "[tool:pytest",
}
_USAGE_ERROR, _NO_TESTS = 4, 5
_MAX_FINDINGS = 50


class TestsEvaluator:
    """Runs the project's Python tests, pytest's and unittest's alike."""

    __test__ = False  # not a test class, whatever its name
    measures: tuple[str, ...] = (NAME, COVERAGE)

    def applies(self, subject: Subject) -> bool:
        """True for every task that may change code."""
        return not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run the tests once; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        plan = await asyncio.to_thread(_Plan.of, subject)
        if not plan.configured and not await _has_tests(subject.workspace):
            return (
                _unmeasured(NAME, "no Python test was found"),
                _unmeasured(COVERAGE, "no test ran"),
            )
        covered = [file for file in change.at_head if file.is_python and not file.is_test]
        run = await _run(subject, plan, [file.path for file in covered], timeout_seconds)
        seconds = time.monotonic() - started
        added = {str(subject.workspace / file.path): frozenset(file.added) for file in covered}
        return (
            _judge_tests(run).model_copy(update={"seconds": seconds}),
            _judge_coverage(subject.workspace, run, added).model_copy(update={"seconds": seconds}),
        )


class _Plan:
    """With which interpreter and configuration the tests are run."""

    def __init__(self, python: str, configured: bool) -> None:
        self.python = python
        self.configured = configured

    @classmethod
    def of(cls, subject: Subject) -> "_Plan":
        """Look into the workspace; blocks for a few file reads."""
        environment = subject.workspace / ".venv"
        has_pytest = any(environment.glob("lib/python3*/site-packages/pytest/__init__.py"))
        python = str(environment / "bin" / "python") if has_pytest else sys.executable
        return cls(python, any(_mentions(subject.workspace / n, w) for n, w in _CONFIGS.items()))

    def arguments(self, workspace: Path) -> list[str]:
        """What pytest is told on its command line, after the project's own `addopts`."""
        ours = [
            f"--rootdir={workspace}",
            f"--confcutdir={workspace}",
            "--quiet",
            "--tb=short",
            "--maxfail=0",
            "--continue-on-collection-errors",
            *("-p", "no:cacheprovider", "-p", "no:pytest_cov", "-p", "no:xdist"),
            *("-p", "no:xdist.looponfail"),
        ]
        if self.configured:
            return ours
        # Without configuration of its own the project must not get that of a directory above it.
        # unittest's habit is `test*.py`, wider than pytest's.
        return [*ours, "-c", "/dev/null", "-o", "python_files=test*.py *_test.py"]


def _mentions(file: Path, words: str) -> bool:
    try:
        return words in file.read_text(errors="replace")
    except OSError:
        return False


async def _has_tests(workspace: Path) -> bool:
    patterns = (":(glob)**/test*.py", ":(glob)**/*_test.py")
    return bool(await git(workspace, "ls-files", "-z", "--", *patterns))


async def _run(subject: Subject, plan: _Plan, cover: list[str], timeout_seconds: float) -> TestRun:
    scratch = subject.scratch / NAME
    records, request = scratch / "records.jsonl", scratch / "request.json"
    body = {
        "workspace": str(subject.workspace),
        "records": str(records),
        "cover": [str(subject.workspace / path) for path in cover],
        "args": plan.arguments(subject.workspace),
    }

    def prepare() -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        records.write_text("")
        request.write_text(json.dumps(body))

    def read() -> TestRun:
        return outcomes.read_run(records.read_text(errors="replace"))

    await asyncio.to_thread(prepare)
    try:
        done = await run_tool(
            subject,
            [plan.python, str(_SCRIPT), str(request)],
            cwd=subject.workspace,
            scratch=scratch,
            timeout_seconds=timeout_seconds,
        )
    except ToolTimedOut as error:
        raise ToolTimedOut(_hang(await asyncio.to_thread(read), timeout_seconds)) from error
    run = await asyncio.to_thread(read)
    if run.status is None:
        _broke_off(run, done.returncode, last_words(done))
    elif run.status == _USAGE_ERROR or (run.status not in {0, 1, _NO_TESTS} and not run.results):
        raise ToolBroke(f"pytest could not run: {last_words(done)}")
    return run


def _hang(run: TestRun, timeout_seconds: float) -> str:
    where = f"{run.running} was still running" if run.running else "no test was running"
    done = f"{len(run.results)} of {len(run.collected)} tests had ended"
    return f"the tests did not end within {timeout_seconds:.0f} s: {where}, {done}"


def _broke_off(run: TestRun, returncode: int, words: str) -> None:
    """The process ended in the middle: the test it was in is to blame, unless it was killed."""
    if run.running is None or returncode == -9:
        during = f" during {run.running}" if run.running else ""
        how = "was killed" if returncode == -9 else f"ended early: {words}"
        raise ToolBroke(f"pytest {how}{during}")
    how = f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
    run.results[run.running] = TestResult(
        id=run.running,
        outcome=Outcome.ERROR,
        path=run.running.split("::")[0],
        message=f"the whole test process ended during this test ({how})",
    )


def _judge_tests(run: TestRun) -> Evaluation:
    passed, failed = run.count(Outcome.PASSED), run.count(Outcome.FAILED)
    errors, skipped = run.count(Outcome.ERROR), run.count(Outcome.SKIPPED)
    ran = passed + failed + errors
    metrics = {
        "tests_run": float(ran),
        "tests_passed": float(passed),
        "tests_failed": float(failed),
        "tests_errors": float(errors),
        "tests_skipped": float(skipped),
    }
    if ran == 0:
        reason = f"no test ran ({skipped} skipped)" if skipped else "no test ran"
        return _unmeasured(NAME, reason).model_copy(update={"metrics": metrics})
    broken = run.ended(Outcome.FAILED, Outcome.ERROR)
    return Evaluation(
        evaluator=NAME,
        verdict=Verdict.FAILED if broken else Verdict.PASSED,
        summary=f"{passed} of {ran} tests passed",
        score=passed / ran,
        findings=tuple(_finding(result) for result in broken[:_MAX_FINDINGS]),
        metrics=metrics,
    )


def _finding(result: TestResult) -> Finding:
    where = f" ({result.crash_path}:{result.crash_line})" if result.crash_path else ""
    return Finding(
        rule=f"test-{result.outcome}",
        message=f"{result.id}: {result.message}{where}",
        severity=FindingSeverity.HIGH,
        path=result.path,
        line=result.line,
    )


def _judge_coverage(workspace: Path, run: TestRun, added: dict[str, frozenset[int]]) -> Evaluation:
    executable = {path: lines.executable & added[path] for path, lines in run.lines.items()}
    total = sum(map(len, executable.values()))
    if total == 0:
        return _unmeasured(
            COVERAGE, "no changed line can be run" if run.lines or not added else "not traced"
        )
    missed = {path: sorted(executable[path] & run.lines[path].missed) for path in executable}
    covered = total - sum(map(len, missed.values()))
    findings = [
        Finding(
            rule="uncovered",
            message=f"no test runs {'line' if first == last else 'lines'} {_span(first, last)}",
            severity=FindingSeverity.LOW,
            path=str(Path(path).relative_to(workspace)),
            line=first,
        )
        for path, lines in missed.items()
        for first, last in spans(lines)
    ]
    return Evaluation(
        evaluator=COVERAGE,
        verdict=Verdict.PASSED if covered == total else Verdict.FAILED,
        summary=f"tests run {covered} of {total} changed lines",
        score=covered / total,
        findings=tuple(findings[:_MAX_FINDINGS]),
        metrics={"changed_lines": float(total), "changed_lines_covered": float(covered)},
    )


def spans(lines: list[int]) -> list[tuple[int, int]]:
    """Runs of consecutive numbers in a sorted list, as (first, last)."""
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1] = (found[-1][0], line)
        else:
            found.append((line, line))
    return found


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _unmeasured(name: str, why: str) -> Evaluation:
    return Evaluation(evaluator=name, verdict=Verdict.NOT_MEASURED, summary=why)
