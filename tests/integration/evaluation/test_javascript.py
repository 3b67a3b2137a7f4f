"""The tests of a JavaScript package are run by its own script, and told one by one."""

import asyncio
import json
from pathlib import Path

import pytest

from phantom.evaluation import Verdict
from phantom.evaluation.javascript import JavaScriptTests
from tests.support import caged
from tests.support.evaluation import SubjectFactory, evaluate, named

EVALUATORS = (JavaScriptTests(),)
SIGN = """\
export function sign(n) {
  if (n < 0) {
    return -1;
  }
  return 1;
}
"""
TEST_SIGN = """\
import assert from 'node:assert';
import { describe, it, test } from 'node:test';
import { sign } from '../src/sign.js';

test('positive', () => {
  assert.equal(sign(3), 1);
});
describe('others', () => {
  it('of nothing', () => {
    assert.equal(sign(0), 1);
  });
});
"""


def package(script: str = "node --test", **more: object) -> str:
    """A manifest with this test script."""
    return json.dumps({"type": "module", "scripts": {"test": script}, **more})


BASE = {"package.json": package(), "src/sign.js": SIGN, "test/sign.test.js": TEST_SIGN}


async def test_passing_tests_give_full_score_and_coverage_of_changed_lines(
    make_subject: SubjectFactory,
) -> None:
    """Every test passes; one of the two changed lines is run by no test and is named."""
    change = SIGN.replace("return -1", "return -1.0").replace("return 1;", "return 1.0;")
    subject = make_subject(BASE, {"src/sign.js": change})
    report = await evaluate(subject, EVALUATORS)
    assert "2 of 2 tests passed" == named(report, "tests:javascript").summary
    assert (1.0, True) == (report.components.get("tests"), report.tests_passing)
    assert 0.5 == report.components["coverage"]
    (finding,) = named(report, "coverage:javascript").findings
    assert ("src/sign.js", 3) == (finding.path, finding.line)
    assert "" == make_subject.status(subject)


async def test_failing_test_is_told_with_its_place_and_message(
    make_subject: SubjectFactory,
) -> None:
    """A failing test lowers the score and leads the suggestions, with its name, file and line."""
    subject = make_subject(BASE, {"src/sign.js": SIGN.replace("n < 0", "n <= 0")})
    report = await evaluate(subject, EVALUATORS)
    tests = named(report, "tests:javascript")
    assert (Verdict.FAILED, 0.5, False) == (tests.verdict, tests.score, report.tests_passing)
    (finding,) = tests.findings
    assert ("test/sign.test.js", 9) == (finding.path, finding.line)
    assert "others > of nothing fails: AssertionError" in finding.message
    assert "at test/sign.test.js:10" in report.suggestions[0]
    alone = "node --test --test-name-pattern='of nothing$' test/sign.test.js"
    assert alone == finding.reproduce


async def test_new_file_that_no_test_loads_is_not_covered(make_subject: SubjectFactory) -> None:
    """Code that comes without a test counts line by line as missed."""
    subject = make_subject(BASE, {"src/more.js": "export const one = 1;\n\n// two\n"})
    report = await evaluate(subject, EVALUATORS)
    assert 0.0 == report.components["coverage"]
    assert "tests run 0 of 1 changed lines" == named(report, "coverage:javascript").summary


async def test_hanging_test_times_out(make_subject: SubjectFactory) -> None:
    """A test that never ends costs the score."""
    hanging = "import test from 'node:test';\ntest('x', () => { for (;;); });\n"
    subject = make_subject(BASE, {"test/sign.test.js": hanging})
    report = await evaluate(subject, EVALUATORS, timeout_seconds=10)
    tests = named(report, "tests:javascript")
    assert (Verdict.TIMED_OUT, None) == (tests.verdict, tests.score)


async def test_removed_and_skipped_tests_count_against_the_change(
    make_subject: SubjectFactory,
) -> None:
    """Getting rid of the failing test makes the rest pass, and yet it has failed."""
    broken = BASE | {"src/sign.js": SIGN.replace("n < 0", "n <= 0")}
    skipping = TEST_SIGN.replace("  it('of", "  it.skip('of")
    report = await evaluate(make_subject(broken, {"test/sign.test.js": skipping}), EVALUATORS)
    tests = named(report, "tests:javascript")
    assert (Verdict.FAILED, ["test-skipped"]) == (tests.verdict, [f.rule for f in tests.findings])


async def test_script_that_no_longer_runs_the_tests_is_told(make_subject: SubjectFactory) -> None:
    """A script of `true` ends with 0, and is neither a passing test nor unnoticed."""
    report = await evaluate(make_subject(BASE, {"package.json": package("true")}), EVALUATORS)
    tests = named(report, "tests:javascript")
    assert (0.0, False) == (tests.score, report.tests_passing)
    assert "the test script no longer runs node --test" == tests.findings[0].message


async def test_script_without_countable_tests_is_judged_by_its_failure_alone(
    make_subject: SubjectFactory,
) -> None:
    """A status of 0 says nothing of how many tests ran; another one says that some failed."""
    good = make_subject({"package.json": package("node ok.js"), "ok.js": ""}, {"b": "b"}, name="a")
    report = await evaluate(good, EVALUATORS)
    assert Verdict.NOT_MEASURED == named(report, "tests:javascript").verdict
    throws = {"package.json": package("node a.js"), "a.js": "throw new Error('too bad');"}
    report = await evaluate(make_subject(throws, {"b": "b"}, name="b"), EVALUATORS)
    tests = named(report, "tests:javascript")
    assert (Verdict.FAILED, 0.0) == (tests.verdict, tests.score)
    assert "too bad" in tests.findings[0].message


async def test_tap_on_standard_output_is_counted(make_subject: SubjectFactory) -> None:
    """A script that speaks TAP is told test by test, whatever speaks it."""
    tap = "console.log('TAP version 13\\nok 1 adds\\nnot ok 2 takes\\n1..2'); process.exit(1);"
    subject = make_subject({"package.json": package("node a.js"), "a.js": tap}, {"b": "b"})
    tests = named(await evaluate(subject, EVALUATORS), "tests:javascript")
    assert "1 of 2 tests passed" == tests.summary
    assert "takes fails" in tests.findings[0].message


async def test_packages_that_are_not_installed_are_said(make_subject: SubjectFactory) -> None:
    """Without node_modules nothing is measured, and the sentence says what to do."""
    manifest = package("jest", devDependencies={"jest": "30"})
    report = await evaluate(make_subject({"package.json": manifest}, {"b": "b"}), EVALUATORS)
    tests = named(report, "tests:javascript")
    assert (Verdict.NOT_MEASURED, ("tests:javascript", "coverage:javascript")) == (
        tests.verdict,
        report.not_measured,
    )
    assert "run `npm install`" in tests.summary


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_tests_run_in_a_cage(make_subject: SubjectFactory, tmp_path: Path, name: str) -> None:
    """A repository's script is code: it can neither read nor write beside its workspace."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    (tmp_path / "secret.txt").write_text("canary")
    script = f"cat {tmp_path}/secret.txt; echo x > {tmp_path}/planted.txt; node --test"
    subject = make_subject(BASE | {"package.json": package(script)}, {"b": "b"})
    report = await evaluate(subject.model_copy(update={"sandbox": sandbox}), EVALUATORS)
    assert "2 of 2 tests passed" == named(report, "tests:javascript").summary
    assert "canary" not in report.model_dump_json()
    assert not (tmp_path / "planted.txt").exists()


@pytest.mark.parametrize("trap", ["ln -s /dev/zero", "mkfifo", "ln -s {secret}"])
async def test_a_report_that_was_replaced_is_not_read(
    make_subject: SubjectFactory, tmp_path: Path, trap: str
) -> None:
    """By something without an end, without a beginning, or of the user's: it is no report."""
    (tmp_path / "secret.txt").write_text("canary")
    made = trap.format(secret=tmp_path / "secret.txt")
    script = f'rm -f "$PHANTOM_TEST_RECORDS"; {made} "$PHANTOM_TEST_RECORDS"; true node --test'
    subject = make_subject(BASE | {"package.json": package(script)}, {"src/sign.js": SIGN + "\n"})
    report = await evaluate(subject, EVALUATORS)
    assert not report.tests_passing
    assert Verdict.NOT_MEASURED is named(report, "tests:javascript").verdict
    assert "canary" not in report.model_dump_json()
