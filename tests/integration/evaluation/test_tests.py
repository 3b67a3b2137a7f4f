"""The tests of a repository are run for real, and told one by one."""

from phantom.evaluation import Verdict
from phantom.evaluation.tests import TestsEvaluator
from tests.support.evaluation import SubjectFactory, evaluate, named

EVALUATORS = (TestsEvaluator(),)
CALC = """\
def half(n):
    return n / 2


def sign(n):
    if n < 0:
        return -1
    return 1
"""
TEST_CALC = """\
from calc import half, sign


def test_half():
    assert half(4) == 2


def test_sign():
    assert sign(3) == 1
"""


async def test_passing_tests_give_full_score_and_coverage_of_changed_lines(
    make_subject: SubjectFactory,
) -> None:
    """Every test passes; one of the two changed lines is run by no test and is named."""
    change = CALC.replace("return -1", "return -1.0").replace("return 1\n", "return 1.0\n")
    subject = make_subject({"calc.py": CALC, "test_calc.py": TEST_CALC}, {"calc.py": change})
    report = await evaluate(subject, EVALUATORS)
    assert (1.0, True) == (report.components.get("tests"), report.tests_passing)
    assert 0.5 == report.components["coverage"]
    (finding,) = named(report, "coverage").findings
    assert ("calc.py", 7) == (finding.path, finding.line)
    assert "" == make_subject.status(subject)


async def test_failing_test_is_told_with_its_place_and_message(
    make_subject: SubjectFactory,
) -> None:
    """A failing test lowers the score and leads the suggestions, with file and line."""
    subject = make_subject(
        {"src/calc.py": CALC, "tests/test_calc.py": TEST_CALC},
        {"src/calc.py": CALC.replace("n / 2", "n / 0")},
    )
    report = await evaluate(subject, EVALUATORS)
    tests = named(report, "tests")
    assert (Verdict.FAILED, 0.5, False) == (tests.verdict, tests.score, report.tests_passing)
    (finding,) = tests.findings
    assert ("tests/test_calc.py", 4) == (finding.path, finding.line)
    assert "ZeroDivisionError" in finding.message
    assert "src/calc.py:2" in report.suggestions[0]


async def test_unittest_suites_are_run_too(make_subject: SubjectFactory) -> None:
    """A repository with unittest's own naming and no configuration is tested."""
    suite = (
        "import unittest, calc\n\n\nclass T(unittest.TestCase):\n"
        "    def test_half(self):\n        self.assertEqual(calc.half(2), 1)\n"
    )
    subject = make_subject({"calc.py": CALC, "tests.py": suite}, {"calc.py": CALC + "\n"})
    assert 1 == named(await evaluate(subject, EVALUATORS), "tests").metrics["tests_run"]


async def test_hanging_test_times_out_and_is_named(make_subject: SubjectFactory) -> None:
    """A test that never ends costs the score, and the summary says which one it was."""
    subject = make_subject({"test_a.py": "def test_x():\n    while True: pass\n"}, {"b.txt": "b"})
    report = await evaluate(subject, EVALUATORS, timeout_seconds=2)
    tests = named(report, "tests")
    assert (Verdict.TIMED_OUT, None) == (tests.verdict, tests.score)
    assert "test_a.py::test_x was still running" in tests.summary
    assert ("tests", "coverage") == report.not_measured
