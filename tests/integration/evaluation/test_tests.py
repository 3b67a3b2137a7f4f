"""The tests of a repository are run for real, and told one by one."""

import asyncio
import os
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from phantom import processes
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
    assert finding.excerpt.splitlines()[-1] in report.suggestions[0]
    assert "    return n / 0\nE   ZeroDivisionError: division by zero" == finding.excerpt
    command = "PYTHONPATH=src python -m pytest tests/test_calc.py::test_half"
    assert command == finding.reproduce
    again = await processes.run(
        ["sh", "-c", command],
        cwd=subject.workspace,
        env={"PATH": f"{Path(sys.executable).parent}:{os.defpath}"},
        limits=processes.Limits(wall_seconds=60.0),
    )
    assert (1, True) == (again.returncode, "1 failed" in again.text)


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
    report = await evaluate(subject, EVALUATORS, timeout_seconds=8)
    tests = named(report, "tests")
    assert (Verdict.TIMED_OUT, None) == (tests.verdict, tests.score)
    assert "test_a.py::test_x was still running" in tests.summary
    assert ("tests", "coverage") == report.not_measured


async def test_removed_test_costs_more_than_it_can_gain(make_subject: SubjectFactory) -> None:
    """Deleting the failing test makes the rest pass, and yet the score falls below half."""
    broken = {"calc.py": CALC.replace("n / 2", "n / 0"), "test_calc.py": TEST_CALC}
    without = TEST_CALC.replace("def test_half():\n    assert half(4) == 2\n", "")
    report = await evaluate(make_subject(broken, {"test_calc.py": without}), EVALUATORS)
    tests = named(report, "tests")
    assert (Verdict.FAILED, ["test-removed"]) == (tests.verdict, [f.rule for f in tests.findings])
    assert tests.score == pytest.approx(1 / 3)


async def test_removing_all_tests_scores_nothing(make_subject: SubjectFactory) -> None:
    """Where no test is left to run, that is the change's doing and measured as such."""
    subject = make_subject({"calc.py": CALC, "test_calc.py": TEST_CALC}, {"test_calc.py": None})
    report = await evaluate(subject, EVALUATORS)
    assert (0.0, False) == (report.components["tests"], report.tests_passing)


async def test_no_test_at_all_is_not_measured(make_subject: SubjectFactory) -> None:
    """A repository without tests has no score for them and is not said to pass."""
    report = await evaluate(make_subject({}, {"calc.py": CALC}), EVALUATORS)
    assert (("tests", "coverage"), None) == (report.not_measured, report.quality)
    assert not report.tests_passing


async def test_options_of_absent_plugins_do_no_harm(make_subject: SubjectFactory) -> None:
    """A project that sets coverage and parallel options is tested, and all failures are counted."""
    config = (
        "[tool.pytest.ini_options]\n"
        'addopts = "-x --strict-config -n 2 --cov=calc --cov-report term --cov-fail-under=100"\n'
        'testpaths = ["checks"]\ntimeout = 60\n'
    )
    failing = TEST_CALC.replace("== 2", "== 3").replace("== 1", "== 2")
    subject = make_subject(
        {"pyproject.toml": config, "calc.py": CALC, "checks/test_calc.py": failing}, {"b": "b"}
    )
    report = await evaluate(subject, EVALUATORS)
    assert "0 of 2 tests passed" == named(report, "tests").summary


async def test_broken_configuration_is_an_error_with_pytests_words(
    make_subject: SubjectFactory,
) -> None:
    """An option that nobody knows costs the score and is told, not taken for failing tests."""
    files = {"pytest.ini": "[pytest]\naddopts = --no-such-option\n", "test_calc.py": TEST_CALC}
    tests = named(await evaluate(make_subject(files, {"b": "b"}), EVALUATORS), "tests")
    assert (Verdict.ERROR, None) == (tests.verdict, tests.score)
    assert "--no-such-option" in tests.summary


async def test_configuration_above_the_workspace_is_not_read(
    make_subject: SubjectFactory, tmp_path: Path
) -> None:
    """A workspace below another project's directory is tested by its own rules."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    subject = make_subject({"calc.py": CALC, "test_calc.py": TEST_CALC}, {"b": "b"})
    assert 1.0 == (await evaluate(subject, EVALUATORS)).components["tests"]


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGSEGV)"])
async def test_test_that_ends_the_process_has_failed(
    make_subject: SubjectFactory, end: str
) -> None:
    """Leaving with status 0 in the middle is no way to pass; the test that did it is named."""
    source = f"import os, signal\n\ndef test_a():\n    pass\n\ndef test_b():\n    {end}\n"
    tests = named(
        await evaluate(make_subject({"test_a.py": source}, {"b": "b"}), EVALUATORS), "tests"
    )
    assert (Verdict.FAILED, 0.5) == (tests.verdict, tests.score)
    assert "test_b" in tests.findings[0].message


async def test_missing_dependency_is_told_apart_from_failing(make_subject: SubjectFactory) -> None:
    """Tests that need a package which is not installed are an error of the set-up."""
    source = "import no_such_package\n\ndef test_a():\n    pass\n"
    tests = named(
        await evaluate(make_subject({"test_a.py": source}, {"b": "b"}), EVALUATORS), "tests"
    )
    assert (Verdict.ERROR, None) == (tests.verdict, tests.score)
    assert "no_such_package is not installed" in tests.summary


async def test_files_that_need_what_is_not_installed_are_listed_and_not_counted(
    make_subject: SubjectFactory,
) -> None:
    """The other tests are scored; the file that was not loaded is a finding of low severity."""
    files = {"calc.py": CALC, "test_calc.py": TEST_CALC, "test_b.py": "import no_such_package\n"}
    report = await evaluate(make_subject(files, {"b": "b"}), EVALUATORS)
    tests = named(report, "tests")
    assert (1.0, True) == (tests.score, report.tests_passing)
    assert [("test-unloaded", "test_b.py")] == [(f.rule, f.path) for f in tests.findings]


async def test_project_that_pytest_itself_uses_is_tested_and_not_the_installed_one(
    make_subject: SubjectFactory,
) -> None:
    """A repository of `iniconfig` tests its own code, although pytest has loaded another."""
    test = "import iniconfig\n\ndef test_own():\n    assert iniconfig.MINE\n"
    subject = make_subject(
        {"src/iniconfig/__init__.py": "MINE = 1\n", "test_a.py": test}, {"b": "b"}
    )
    assert 1.0 == (await evaluate(subject, EVALUATORS)).components["tests"]


async def test_import_of_nothing_that_the_change_adds_is_a_failure(
    make_subject: SubjectFactory,
) -> None:
    """The same error brought by the change itself is its fault."""
    subject = make_subject(
        {"calc.py": CALC, "test_calc.py": TEST_CALC}, {"calc.py": "import no_such_package\n" + CALC}
    )
    tests = named(await evaluate(subject, EVALUATORS), "tests")
    assert (Verdict.FAILED, 0.0) == (tests.verdict, tests.score)


async def test_file_that_cannot_be_collected_does_not_stop_the_others(
    make_subject: SubjectFactory,
) -> None:
    """One broken test file is one error beside the tests that pass."""
    subject = make_subject(
        {"calc.py": CALC, "test_calc.py": TEST_CALC}, {"test_b.py": "def test_b(:\n"}
    )
    tests = named(await evaluate(subject, EVALUATORS), "tests")
    assert (2, 1) == (tests.metrics["tests_passed"], tests.metrics["tests_errors"])
    assert "test_b.py" == tests.findings[0].path


async def test_greedy_test_meets_its_limit(make_subject: SubjectFactory) -> None:
    """Memory beyond the limit is an error of that test alone."""
    source = "def test_a():\n    bytearray(8 * 2**30)\n\ndef test_b():\n    pass\n"
    tests = named(
        await evaluate(make_subject({"test_a.py": source}, {"b": "b"}), EVALUATORS), "tests"
    )
    assert (1, 1) == (tests.metrics["tests_passed"], tests.metrics["tests_failed"])
    assert "MemoryError" in tests.findings[0].message


async def test_module_named_as_one_of_the_library_does_no_harm(
    make_subject: SubjectFactory,
) -> None:
    """A file such as `calendar.py` in the root breaks neither the interpreter nor pytest."""
    subject = make_subject(
        {"types.py": "x", "calc.py": CALC, "test_calc.py": TEST_CALC}, {"b": "b"}
    )
    assert 1.0 == (await evaluate(subject, EVALUATORS)).components["tests"]


async def test_the_projects_own_interpreter_is_preferred(make_subject: SubjectFactory) -> None:
    """Where the workspace has a `.venv` with pytest, the tests run in it, without our packages."""
    source = "import sys\n\ndef test_a():\n    assert '.venv' in sys.prefix\n"
    subject = make_subject({"test_a.py": source, ".gitignore": ".venv\n"}, {"calc.py": CALC})
    await asyncio.to_thread(make_environment, subject.workspace / ".venv")
    report = await evaluate(subject, EVALUATORS)
    assert "1 of 1 tests passed" == named(report, "tests").summary
    # Coverage needs nothing of that environment; no test loads the changed file.
    assert 0.0 == report.components["coverage"]


def make_environment(directory: Path) -> None:
    """A virtual environment that has pytest and what it needs, and nothing else."""
    venv.create(directory, with_pip=False, symlinks=True)
    packages = next(directory.glob("lib/python3*/site-packages"))
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py.py"):
        (packages / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
