"""What a run of tests is worth, whichever language the tests are in.

Score of `tests`: `passed / (passed + failed + errors) / (1 + 2 w)`, where `w` is the number of
tests that the change removed or weakened. Score of `coverage`: the share of the changed executable
lines, outside the tests themselves, that some test ran.
"""

from collections.abc import Mapping
from pathlib import Path

from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Verdict

TESTS = "tests"
COVERAGE = "coverage"
_MAX_FINDINGS = 50


def judge_tests(run: TestRun, weakened: tuple[Finding, ...], *, name: str = TESTS) -> Evaluation:
    """The evaluation of a run, given the findings on tests that the change removed or weakened."""
    passed, failed = run.count(Outcome.PASSED), run.count(Outcome.FAILED)
    errors, skipped = run.count(Outcome.ERROR), run.count(Outcome.SKIPPED)
    unloaded, flaky = run.ended(Outcome.UNLOADED), run.ended(Outcome.FLAKY)
    ran = passed + failed + errors
    metrics = {
        "tests_run": float(ran),
        "tests_passed": float(passed),
        "tests_failed": float(failed),
        "tests_errors": float(errors),
        "tests_skipped": float(skipped),
        "tests_flaky": float(len(flaky)),
        "tests_failing_at_base": float(sum(each.fails_at_base for each in run.results.values())),
        "test_files_unloaded": float(len(unloaded)),
        "tests_weakened": float(len(weakened)),
    }
    if ran == 0 and flaky:
        return Evaluation(
            evaluator=name,
            verdict=Verdict.FAILED,
            summary="no test ended twice in the same way",
            findings=tuple(map(_finding, flaky[:_MAX_FINDINGS])),
            metrics=metrics,
        )
    if ran == 0 and not weakened:
        reason = f"no test ran ({skipped} skipped)" if skipped else "no test ran"
        return unmeasured(name, reason).model_copy(update={"metrics": metrics})
    broken = run.ended(Outcome.FAILED, Outcome.ERROR)
    summary = f"{passed} of {ran} tests passed"
    if unloaded:
        summary += f"; {len(unloaded)} test files need packages that are not installed"
    if flaky:
        summary += f"; {len(flaky)} failed and passed on the same files and are not counted"
    if weakened:
        summary += f"; the change removed or weakened {len(weakened)}"
    return Evaluation(
        evaluator=name,
        verdict=Verdict.FAILED if broken or weakened else Verdict.PASSED,
        summary=summary,
        score=passed / max(1, ran) * weakening_factor(len(weakened)),
        findings=(
            *map(_finding, broken[:_MAX_FINDINGS]),
            *weakened[:_MAX_FINDINGS],
            *map(_finding, flaky[:_MAX_FINDINGS]),
            *map(_finding, unloaded[:_MAX_FINDINGS]),
        ),
        metrics=metrics,
    )


def weakening_factor(weakened: int) -> float:
    """What the score of tests is multiplied by: 1 for none, a third for one, then falling."""
    return 1 / (1 + 2 * weakened)


_SAID: Mapping[Outcome, tuple[str, FindingSeverity]] = {
    Outcome.UNLOADED: ("was not loaded", FindingSeverity.LOW),
    Outcome.FLAKY: ("is flaky", FindingSeverity.LOW),
}


def _finding(result: TestResult) -> Finding:
    name = result.id.removeprefix(f"{result.path}::")
    said, severity = _SAID.get(result.outcome, ("fails", FindingSeverity.HIGH))
    where = f", at {result.crash_path}:{result.crash_line}" if result.crash_path else ""
    note = f" ({result.note})" if result.note else ""
    return Finding(
        rule=f"test-{result.outcome}",
        message=f"{name} {said}: {result.message}{where}{note}",
        severity=severity,
        path=result.path or None,
        line=result.line,
        cause=f"{result.message}{where}",
        excerpt=result.excerpt,
        reproduce=result.reproduce,
        regression=result.regression,
    )


def judge_coverage(workspace: Path, run: TestRun, *, name: str = COVERAGE) -> Evaluation:
    """The evaluation of the changed lines that the run noted, by absolute path."""
    total = sum(len(lines.executable) for lines in run.lines.values())
    if total == 0:
        if run.lines_unknown:
            return unmeasured(name, run.lines_unknown)
        ended = run.status is not None
        why = "no changed line can be run" if ended else "the tests did not come to their end"
        return unmeasured(name, why)
    missed = {path: sorted(lines.missed) for path, lines in run.lines.items()}
    covered = total - sum(map(len, missed.values()))
    summary = f"tests run {covered} of {total} changed lines"
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
        evaluator=name,
        verdict=Verdict.PASSED if covered == total else Verdict.FAILED,
        summary="; ".join(filter(None, (summary, run.lines_unknown))),
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


def unmeasured(name: str, why: str) -> Evaluation:
    """An evaluation without a score, and the reason."""
    return Evaluation(evaluator=name, verdict=Verdict.NOT_MEASURED, summary=why)
