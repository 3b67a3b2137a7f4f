"""The tests of a Go module are run for real, and told one by one."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from phantom.evaluation import Report, Subject, Verdict
from phantom.evaluation.golang import GoLint, GoTests
from tests.support import caged
from tests.support.evaluation import SubjectFactory, evaluate, named
from tests.support.tools import needed

EVALUATORS = (GoTests(),)
SIGN = """\
package sign

// Sign is -1 or 1.
func Sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
"""
TEST_SIGN = """\
package sign

import "testing"

func TestPositive(t *testing.T) {
	if got := Sign(3); got != 1 {
		t.Errorf("Sign(3) = %d", got)
	}
}

func TestOthers(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		if got := Sign(0); got != 1 {
			t.Fatalf("Sign(0) = %d", got)
		}
	})
}
"""
BASE = {
    "go.mod": "module example.com/sign\n\ngo 1.19\n",
    "sign/sign.go": SIGN,
    "sign/sign_test.go": TEST_SIGN,
}


_CACHE = TemporaryDirectory(prefix="phantom-go-")


@pytest.fixture(autouse=True)
def go() -> None:
    """The toolchain must be there."""
    needed("go")


async def measured(subject: Subject, timeout_seconds: float = 60) -> Report:
    """The report, with what was built for the tests before."""
    cached = subject.model_copy(update={"cache": Path(_CACHE.name)})
    return await evaluate(cached, EVALUATORS, timeout_seconds=timeout_seconds)


async def test_passing_tests_give_full_score_and_coverage_of_changed_lines(
    make_subject: SubjectFactory,
) -> None:
    """Every test passes; one of the two changed lines is run by no test and is named."""
    change = SIGN.replace("return -1", "return -1 * 1").replace("return 1\n", "return 1 * 1\n")
    subject = make_subject(BASE, {"sign/sign.go": change})
    report = await measured(subject)
    assert "2 of 2 tests passed" == named(report, "tests:go").summary
    assert (1.0, True) == (report.components["tests"], report.tests_passing)
    assert 0.5 == report.components["coverage"]
    (finding,) = named(report, "coverage:go").findings
    assert ("sign/sign.go", 6) == (finding.path, finding.line)
    assert "" == make_subject.status(subject)


async def test_failing_subtest_and_package_that_cannot_be_built_are_told(
    make_subject: SubjectFactory,
) -> None:
    """The subtest by its name and place, the package by the compiler's words; a sum by neither."""
    change = {
        "sign/sign.go": SIGN.replace("n < 0", "n <= 0"),
        "other/other.go": 'package other\n\nvar x int = "a"\n',
        "other/other_test.go": "package other\n",
    }
    report = await measured(make_subject(BASE, change))
    tests = named(report, "tests:go")
    assert (Verdict.FAILED, "1 of 3 tests passed") == (tests.verdict, tests.summary)
    places = {(finding.rule, finding.path, finding.line) for finding in tests.findings}
    assert {("test-failed", "sign/sign_test.go", 14), ("test-error", "other/other.go", 3)} == places
    failed = next(f for f in tests.findings if f.rule == "test-failed")
    assert "TestOthers/nothing fails: Sign(0) = -1" in failed.message
    assert "go test -run '^TestOthers$/^nothing$' ./sign" == failed.reproduce


async def test_hanging_test_times_out(make_subject: SubjectFactory) -> None:
    """It has no score, which is not the same as failing."""
    hanging = TEST_SIGN.replace('import "testing"', 'import (\n\t"testing"\n\t"time"\n)')
    hanging = hanging.replace('t.Errorf("Sign(3) = %d", got)', "_ = got")
    hanging = hanging.replace("got != 1 {\n\t\t_", "got == 1 {\n\t\ttime.Sleep(time.Hour)\n\t\t_")
    subject = make_subject(BASE, {"sign/sign_test.go": hanging})
    tests = named(await measured(subject, 6), "tests:go")
    assert (Verdict.TIMED_OUT, None) == (tests.verdict, tests.score)


async def test_removed_test_counts_against_the_change(make_subject: SubjectFactory) -> None:
    """The rest passes, and yet the tests have failed."""
    change = {"sign/sign_test.go": TEST_SIGN.replace("func TestPositive", "func positive")}
    tests = named(await measured(make_subject(BASE, change)), "tests:go")
    assert (Verdict.FAILED, ["test-removed"]) == (tests.verdict, [f.rule for f in tests.findings])


async def test_modules_that_are_not_downloaded_are_said(make_subject: SubjectFactory) -> None:
    """Nothing is fetched for a test, and nothing is assumed of it."""
    files = BASE | {"go.mod": BASE["go.mod"] + "\nrequire example.com/absent v1.0.0\n"}
    files["sign/use.go"] = 'package sign\n\nimport _ "example.com/absent"\n'
    report = await measured(make_subject(files, {"b": "b"}))
    tests = named(report, "tests:go")
    assert (Verdict.NOT_MEASURED, False) == (tests.verdict, report.tests_passing)
    assert "go mod download" in tests.summary


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_tests_run_in_each_cage(make_subject: SubjectFactory, name: str) -> None:
    """With a build cache outside the workspace."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    subject = make_subject(BASE, {"b": "b"}).model_copy(update={"sandbox": sandbox})
    report = await measured(subject)
    assert "2 of 2 tests passed" == named(report, "tests:go").summary


async def test_only_new_findings_of_vet_and_gofmt_count(make_subject: SubjectFactory) -> None:
    """A wrong format of the base commit is nobody's new fault."""
    old = "package sign\n\nfunc F(x int) {\n\tx = x\n}\n"
    base = {"go.mod": BASE["go.mod"], "sign/old.go": old}
    subject = make_subject(base, {"sign/old.go": old.replace("}\n", "x = +x; x = x\n}\n")})
    report = await evaluate(subject, (GoLint(),), timeout_seconds=60)
    findings = [(f.rule, f.path, f.line) for f in named(report, "lint:go").findings]
    assert [("vet", "sign/old.go", 5), ("gofmt", "sign/old.go", None)] == findings
