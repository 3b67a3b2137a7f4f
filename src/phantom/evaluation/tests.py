"""Tests and coverage of the changed lines, both from one run of pytest.

Score of `tests`: `passed / (passed + failed + errors) / (1 + 2 w)`, where `w` is the number of
tests that the change removed or weakened (`weakening.py`). Score of `coverage`: the share of the
changed executable lines, outside the tests themselves, that some test ran.
"""

import asyncio
import time
from pathlib import Path

from phantom.evaluation.change import Change
from phantom.evaluation.contents import read_contents, text_of
from phantom.evaluation.not_installed import set_apart_unloaded
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import (
    Evaluation,
    Finding,
    FindingSeverity,
    Subject,
    Verdict,
)
from phantom.evaluation.pytest_run import run_pytest
from phantom.evaluation.weakening import TestSource, weakenings

NAME = "tests"
COVERAGE = "coverage"
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
        weakened = await _weakened(subject, change)
        covered = [file for file in change.at_head if file.is_python and file.is_product]
        cover = {file.path: sorted(file.added) for file in covered}
        run = await run_pytest(subject, cover, timeout_seconds)
        await asyncio.to_thread(set_apart_unloaded, subject.workspace, change, run)
        seconds = time.monotonic() - started
        return (
            _judge_tests(run, weakened).model_copy(update={"seconds": seconds}),
            _judge_coverage(subject.workspace, run).model_copy(update={"seconds": seconds}),
        )


async def _weakened(subject: Subject, change: Change) -> tuple[Finding, ...]:
    files = [file for file in change.files if file.is_test]
    contents = await read_contents(subject, files)
    sources = [
        TestSource(
            path=file.path,
            before=text_of(contents.before, file.base_path) if file.base_blob else None,
            after=text_of(contents.after, file.path) if file.head_blob else None,
        )
        for file in files
    ]
    return await asyncio.to_thread(weakenings, sources)


def _judge_tests(run: TestRun, weakened: tuple[Finding, ...]) -> Evaluation:
    passed, failed = run.count(Outcome.PASSED), run.count(Outcome.FAILED)
    errors, skipped = run.count(Outcome.ERROR), run.count(Outcome.SKIPPED)
    unloaded = run.ended(Outcome.UNLOADED)
    ran = passed + failed + errors
    metrics = {
        "tests_run": float(ran),
        "tests_passed": float(passed),
        "tests_failed": float(failed),
        "tests_errors": float(errors),
        "tests_skipped": float(skipped),
        "test_files_unloaded": float(len(unloaded)),
        "tests_weakened": float(len(weakened)),
    }
    if ran == 0 and not weakened:
        reason = f"no test ran ({skipped} skipped)" if skipped else "no test ran"
        return _unmeasured(NAME, reason).model_copy(update={"metrics": metrics})
    broken = run.ended(Outcome.FAILED, Outcome.ERROR)
    summary = f"{passed} of {ran} tests passed"
    if unloaded:
        summary += f"; {len(unloaded)} test files need packages that are not installed"
    if weakened:
        summary += f"; the change removed or weakened {len(weakened)}"
    return Evaluation(
        evaluator=NAME,
        verdict=Verdict.FAILED if broken or weakened else Verdict.PASSED,
        summary=summary,
        score=passed / max(1, ran) / (1 + 2 * len(weakened)),
        findings=(
            *map(_finding, broken[:_MAX_FINDINGS]),
            *weakened[:_MAX_FINDINGS],
            *map(_finding, unloaded[:_MAX_FINDINGS]),
        ),
        metrics=metrics,
    )


def _finding(result: TestResult) -> Finding:
    name = result.id.removeprefix(f"{result.path}::")
    unloaded = result.outcome is Outcome.UNLOADED
    where = f", at {result.crash_path}:{result.crash_line}" if result.crash_path else ""
    return Finding(
        rule=f"test-{result.outcome}",
        message=f"{name} {'was not loaded' if unloaded else 'fails'}: {result.message}{where}",
        severity=FindingSeverity.LOW if unloaded else FindingSeverity.HIGH,
        path=result.path,
        line=result.line,
    )


def _judge_coverage(workspace: Path, run: TestRun) -> Evaluation:
    total = sum(len(lines.executable) for lines in run.lines.values())
    if total == 0:
        ended = run.status is not None
        why = "no changed line can be run" if ended else "the tests did not come to their end"
        return _unmeasured(COVERAGE, why)
    missed = {path: sorted(lines.missed) for path, lines in run.lines.items()}
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
