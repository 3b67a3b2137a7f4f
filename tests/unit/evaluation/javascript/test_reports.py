"""What the runners of JavaScript wrote is read test by test."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation.javascript.package import Runner, parse_package
from phantom.evaluation.javascript.reports import REPORT, JestReport, read_tap
from phantom.evaluation.outcomes import Outcome, TestResult

RECORDED = Path(__file__).parent / "recorded"
PROJECT = Path("/project")


def read(name: str) -> dict[str, TestResult]:
    """The results of a recorded report by their ids."""
    report = REPORT.validate_json((RECORDED / name).read_bytes())
    return {result.id: result for result in report.results(PROJECT)}


@pytest.mark.parametrize(("name", "suffix", "line"), [("jest", "js", 8), ("vitest", "ts", 9)])
def test_reports_of_jest_and_vitest_are_read(name: str, suffix: str, line: int) -> None:
    """Each test with its place, and a file that could not be loaded as an error."""
    results = read(f"{name}.json")
    file = f"test/sign.test.{suffix}"
    assert {
        f"{file}::one": Outcome.PASSED,
        f"{file}::group > bad": Outcome.FAILED,
        f"{file}::group > later": Outcome.SKIPPED,
        f"{file}::group > some day": Outcome.SKIPPED,
        f"test/broken.test.{suffix}": Outcome.ERROR,
    } == {result.id: result.outcome for result in results.values()}
    bad = results[f"{file}::group > bad"]
    assert (file, line, file, line + 1) == (bad.path, bad.line, bad.crash_path, bad.crash_line)
    assert "Error: " in bad.message
    assert "nowhere" in results[f"test/broken.test.{suffix}"].message


def test_coverage_in_the_report_tells_where_statements_begin() -> None:
    """Lines without a statement are not asked for; of files that are absent nothing is said."""
    report = REPORT.validate_json((RECORDED / "jest.json").read_bytes())
    assert isinstance(report, JestReport)
    lines = report.lines({"/project/src/sign.js": [2, 3, 4, 10], "/project/absent.js": [1]})
    assert ["/project/src/sign.js"] == list(lines)
    assert ({2, 3, 10}, {3, 10}) == (
        set(lines["/project/src/sign.js"].executable),
        set(lines["/project/src/sign.js"].missed),
    )


def test_report_of_mocha_is_read() -> None:
    """A hook that breaks counts as a failure, a test without a function as skipped."""
    results = read("mocha.json")
    assert {"one": "passed", "group bad": "failed"}.items() <= {
        result.id.partition("::")[2]: str(result.outcome) for result in results.values()
    }.items()
    hook = results['test/sign.test.js::hooks "before all" hook for "never begun"']
    assert (Outcome.FAILED, 16, 16) == (hook.outcome, hook.line, hook.crash_line)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tape.tap", {"passed": 1, "failed": 1}),
        # Groups are told by those within them; files that do not load are one failure each.
        ("node.tap", {"passed": 3, "failed": 3, "skipped": 2}),
    ],
)
def test_tap_is_read(name: str, expected: dict[str, int]) -> None:
    """Flat as tape writes it, and nested as node does."""
    results = read_tap((RECORDED / name).read_text())
    counted = {str(o): sum(r.outcome is o for r in results) for o in Outcome}
    assert expected == {outcome: count for outcome, count in counted.items() if count}


def test_what_is_not_tap_has_no_tests() -> None:
    """A line that begins with `ok` is no test by itself."""
    assert [] == read_tap("ok then\nnot ok either\n")


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_tap_tells_as_many_tests_as_were_written(passed: list[bool]) -> None:
    """Equal names do not hide one another."""
    lines = [f"{'ok' if each else 'not ok'} {n} - same" for n, each in enumerate(passed, 1)]
    results = read_tap("\n".join(["TAP version 13", *lines, f"1..{len(passed)}"]))
    assert len(passed) == len({result.id for result in results})
    assert passed == [result.outcome is Outcome.PASSED for result in results]


@pytest.mark.parametrize(
    ("script", "runner"),
    [
        ("vitest", Runner.VITEST),
        ("tsc && vitest run", Runner.VITEST),
        ("NODE_OPTIONS=--experimental-vm-modules jest --verbose", Runner.JEST),
        ("mocha -r ts-node/register 'test/**/*.ts'", Runner.MOCHA),
        ("node --import tsx --test src/", Runner.NODE),
        ("node --test && eslint .", Runner.NODE),
        # Arguments for the runner would reach eslint.
        ("jest && eslint .", Runner.OTHER),
        ("tape test/*.js | tap-spec", Runner.OTHER),
        ("", Runner.OTHER),
    ],
)
def test_runner_is_known_by_the_script(script: str, runner: Runner) -> None:
    """The last command decides, since npm adds arguments there."""
    package = parse_package(json.dumps({"scripts": {"test": script}}))
    assert package is not None
    assert runner is package.runner


def test_placeholder_of_npm_is_no_script() -> None:
    """What `npm init` writes runs no test."""
    script = 'echo "Error: no test specified" && exit 1'
    package = parse_package(json.dumps({"scripts": {"test": script}}))
    assert package is not None
    assert "" == package.test_script
    assert parse_package("{") is None
