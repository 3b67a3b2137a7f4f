"""What the `.phantom.toml` of the base commit says is done, in the cage like everything else."""

from pathlib import Path

import pytest

from phantom.errors import InvalidInput
from phantom.evaluation import PROTECTED_RULE, Verdict, default_evaluators
from phantom.evaluation.diff import DiffEvaluator
from phantom.evaluation.lint import LintEvaluator
from phantom.evaluation.tests import TestsEvaluator
from phantom.vocabulary import TaskType
from tests.support.evaluation import SubjectFactory, evaluate, named

CODE = {"calc.py": "x = 1\n"}
CHANGE: dict[str, str | None] = {"calc.py": "import os\nx = 2\n"}
JUNIT = """\
import sys
from pathlib import Path
Path(sys.argv[1]).write_text('''<testsuites><testsuite>
<testcase classname="calc" name="adds" file="calc.test" line="3"/>
<testcase classname="calc" name="halves" file="calc.test" line="9">
<failure message="2 != 3"/></testcase>
</testsuite></testsuites>''')
sys.exit(1)
"""


def toml(text: str) -> dict[str, str]:
    return {".phantom.toml": text}


async def test_the_file_of_the_change_has_no_say(make_subject: SubjectFactory) -> None:
    """An agent that switches its judge off is judged as before, and the attempt is flagged."""
    change = CHANGE | toml('off = ["lint"]')
    report = await evaluate(make_subject(CODE, change), [LintEvaluator(), DiffEvaluator()])
    assert report.components["lint"] < 1
    flagged = [f.path for f in named(report, "diff").findings if f.rule == PROTECTED_RULE]
    assert [".phantom.toml"] == flagged


async def test_what_is_off_is_listed_with_the_reason(make_subject: SubjectFactory) -> None:
    """One that shares its run with another still does not count."""
    base = (
        CODE
        | {"test_calc.py": "def test_a():\n    import calc\n"}
        | toml('off = ["lint", "coverage"]\n[weights]\ntests = 3')
    )
    subject = make_subject(base, CHANGE)
    report = await evaluate(subject, [TestsEvaluator(), LintEvaluator()])
    assert ({"tests": 1.0}, ("coverage", "lint")) == (
        report.components,
        tuple(sorted(report.not_measured)),
    )
    assert "switched off in .phantom.toml" == named(report, "lint").summary


async def test_excluded_files_are_not_looked_at(make_subject: SubjectFactory) -> None:
    """Neither linted nor counted in the size; what configures programs is seen all the same."""
    base = {"made/calc.py": "x = 1\n"} | toml('exclude = ["made/*"]')
    change = {"made/calc.py": "import os\n", "made/.mcp.json": "{}"}
    report = await evaluate(make_subject(base, change), [LintEvaluator(), DiffEvaluator()])
    assert Verdict.NOT_MEASURED == named(report, "lint").verdict
    assert 1.0 == named(report, "diff").metrics["files"]
    assert ("made/.mcp.json", "made/calc.py") == tuple(sorted(report.changed_files))


@pytest.mark.parametrize(("status", "passing"), [(0, True), (3, False)])
async def test_a_command_takes_the_place_of_the_tests(
    make_subject: SubjectFactory, status: int, *, passing: bool
) -> None:
    """Its exit status is the word on the tests; coverage, which came with ours, is not measured."""
    base = CODE | toml(f'[commands.tests]\nrun = ["sh", "-c", "exit {status}"]')
    report = await evaluate(make_subject(base, CHANGE), [TestsEvaluator()])
    assert ({"tests": float(passing)}, passing) == (report.components, report.tests_passing)
    assert ("coverage",) == report.not_measured


async def test_a_report_names_the_failing_tests(make_subject: SubjectFactory) -> None:
    """With `{junit}` the tests are counted, and each failure has its name and place."""
    base = CODE | {"run.py": JUNIT}
    base |= toml('[commands.tests]\nrun = ["python3", "run.py", "{junit}"]')
    report = await evaluate(make_subject(base, CHANGE), [TestsEvaluator()])
    tests = named(report, "tests")
    assert (0.5, 2.0, 1.0) == (
        tests.score,
        tests.metrics["tests_run"],
        tests.metrics["tests_failed"],
    )
    (finding,) = tests.findings
    assert ("calc.test", 9, "calc.halves fails: 2 != 3") == (
        finding.path,
        finding.line,
        finding.message,
    )


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("test_calc.py", "def test_a():\n    assert 1 == 1 + 0\n"),
        ("calc.test.js", "test('a', () => { expect(half(4)).toBe(2); });\n"),
        (
            "calc_test.go",
            "func TestA(t *testing.T) {\n\tif half(4) != 2 {\n\t\tt.Fatal()\n\t}\n}\n",
        ),
        ("src/lib.rs", "#[test]\nfn a() {\n    assert_eq!(half(4), 2);\n}\n"),
    ],
)
async def test_weakened_tests_count_against_a_command_too(
    make_subject: SubjectFactory, path: str, before: str
) -> None:
    """A command that passes does not hide that a test is gone, in whatever language."""
    base = CODE | {path: before} | toml('[commands.tests]\nrun = ["true"]')
    report = await evaluate(make_subject(base, {path: "\n"}), [])
    assert 1 / 3 == pytest.approx(report.components["tests"])


async def test_a_check_that_failed_before_is_not_the_changes_fault(
    make_subject: SubjectFactory,
) -> None:
    """A command other than the tests counts only where the base commit passed it."""
    check = '[commands.{0}]\nrun = ["grep", "-q", "{1}", "calc.py"]\nweight = 1\n'
    base = CODE | toml(check.format("old", "nowhere") + check.format("new", "x = 1"))
    report = await evaluate(make_subject(base, CHANGE), [])
    assert ({"new": 0.0}, ("old",)) == (report.components, report.not_measured)
    assert named(report, "old").summary.startswith("fails at the base commit too: ")
    assert 0.0 == report.quality


@pytest.mark.parametrize(
    ("printed", "verdict", "score"),
    [("0.25", Verdict.PASSED, 0.25), ("7", Verdict.ERROR, None), ("much", Verdict.ERROR, None)],
)
async def test_the_last_line_can_be_the_score(
    make_subject: SubjectFactory, printed: str, verdict: Verdict, score: float | None
) -> None:
    """A number from 0 to 1; anything else is an error and not a score."""
    command = f'[commands.size]\nrun = ["echo", "{printed}"]\nscore_from_output = true\nweight = 1'
    report = await evaluate(make_subject(CODE | toml(command), CHANGE), [])
    assert (verdict, score) == (named(report, "size").verdict, report.quality)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('run = ["no-such-program"]', "could not be started"),
        ('run = ["true", "{junit}"]', "it wrote no JUnit report"),
        ('run = ["ln", "-s", "/etc/hostname", "{junit}"]', "it wrote no JUnit report"),
        ('run = ["sh", "-c", "echo \'<!DOCTYPE x>\' > {junit}"]', "has a document type"),
        (
            'run = ["sh", "-c", "echo \'<a><testcase name=\\"a\\"/></a>\' > {junit}; exit 2"]',
            "no test failed in its report, but it failed",
        ),
        ('run = ["sleep", "60"]\ntimeout_seconds = 1', "did not end within 1 s"),
    ],
)
async def test_a_command_that_breaks_costs_its_own_score(
    make_subject: SubjectFactory, command: str, words: str
) -> None:
    """It is listed with the reason, does not pass, and the others are measured."""
    base = CODE | toml(f"[commands.tests]\n{command}")
    report = await evaluate(make_subject(base, CHANGE), [DiffEvaluator()])
    assert (("tests",), False) == (report.not_measured, report.tests_passing)
    assert words in named(report, "tests").summary
    assert {"diff"} == set(report.components)


async def test_a_faulty_file_is_refused(make_subject: SubjectFactory) -> None:
    """Nothing is measured by a file that says nothing certain; who only looks needs none."""
    subject = make_subject(CODE | toml("off = 1"), CHANGE)
    with pytest.raises(InvalidInput, match=r"\.phantom\.toml at the base commit is refused: off: "):
        await evaluate(subject, default_evaluators())
    looks = subject.model_copy(update={"task_type": TaskType.SECURITY, "answer": "## Summary\nx"})
    assert {"analysis"} == set((await evaluate(looks, default_evaluators())).components)


async def test_a_command_sees_nothing_outside(make_subject: SubjectFactory, tmp_path: Path) -> None:
    """It runs in the cage: what another user's file holds is out of its reach."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    base = CODE | toml(f'[commands.tests]\nrun = ["cat", "{secret}"]')
    report = await evaluate(make_subject(base, CHANGE), [])
    assert not report.tests_passing
    assert "No such file" in named(report, "tests").summary or "denied" in (
        named(report, "tests").summary
    )
