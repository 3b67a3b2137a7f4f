"""A failing test is run again, here and at the base commit, before it counts against a change."""

from collections.abc import Sequence
from pathlib import Path

from phantom.evaluation import Evaluation, Subject, Verdict
from phantom.evaluation.change import read_change
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.recheck import BaseTests, Recheck
from phantom.evaluation.repository import read_repository
from phantom.evaluation.tests import TestsEvaluator
from tests.support.evaluation import SubjectFactory, evaluate, named

STEADY = "def test_steady():\n    assert True is not False\n"
# Fails in the first run in a tree, and passes in each later one.
FLIPS = """\
from pathlib import Path

def test_flips():
    seen, marker = Path("seen").exists(), Path("seen")
    marker.touch()
    assert seen, "not yet"
"""
CHANGE: dict[str, str | None] = {"calc.py": "x = 2\n"}


async def judged(subject: Subject) -> tuple[Evaluation, bool]:
    report = await evaluate(subject, [TestsEvaluator()], timeout_seconds=90)
    return named(report, "tests"), report.tests_passing


async def test_a_test_that_flips_is_set_apart(make_subject: SubjectFactory) -> None:
    """It passed on the very files that are judged; the others alone decide, and it is named."""
    base = {"calc.py": "x = 1\n", "test_a.py": STEADY, "test_b.py": FLIPS}
    subject = make_subject(base, CHANGE)
    tests, passing = await judged(subject)
    assert (1.0, True, 1.0, 1.0) == (
        tests.score,
        passing,
        tests.metrics["tests_run"],
        tests.metrics["tests_flaky"],
    )
    (finding,) = tests.findings
    assert ("test-flaky", "test_b.py") == (finding.rule, finding.path)
    assert "passed when all tests were run again" in finding.message
    assert "" == make_subject.status(subject)


async def test_a_change_answers_for_a_flaky_test_that_it_brings(
    make_subject: SubjectFactory,
) -> None:
    """Nobody is excused by a test of their own that sometimes passes."""
    base = {"calc.py": "x = 1\n", "test_a.py": STEADY}
    tests, passing = await judged(make_subject(base, {"test_b.py": FLIPS}))
    assert (0.5, False) == (tests.score, passing)
    assert "passes when it is run again, but the change touches it" in tests.findings[0].message


async def test_a_change_cannot_turn_a_failing_test_into_a_flaky_one(
    make_subject: SubjectFactory,
) -> None:
    """What always fails at the base commit is not mended by passing now and then."""
    works_later = FLIPS.replace("def test_flips", "def half").replace(
        'assert seen, "not yet"', "return seen"
    )
    base = {
        "calc.py": "def half():\n    return False\n",
        "test_a.py": STEADY,
        "test_b.py": "from calc import half\n\ndef test_half():\n    assert half()\n",
    }
    tests, passing = await judged(make_subject(base, {"calc.py": works_later}))
    assert (0.5, False) == (tests.score, passing)
    assert "but fails each time at the base commit" in tests.findings[0].message


async def test_a_test_that_a_task_is_there_to_mend_still_counts(
    make_subject: SubjectFactory,
) -> None:
    """Failing at the base commit is said of it, and excuses nothing."""
    base = {
        "calc.py": "def half():\n    return 1\n",
        "test_a.py": "from calc import half\n\ndef test_half():\n    assert half() == 2\n",
        "test_b.py": STEADY,
    }
    tests, passing = await judged(
        make_subject(base, {"calc.py": "def half():\n    return 3\n", "test_b.py": STEADY + "\n"})
    )
    assert (0.5, False, 1.0) == (tests.score, passing, tests.metrics["tests_failing_at_base"])
    (finding,) = tests.findings
    assert "(fails at the base commit too)" in finding.message
    assert not finding.regression


async def test_what_the_change_broke_is_told_as_such(
    make_subject: SubjectFactory, tmp_path: Path
) -> None:
    """The base commit is run as it was, from Phantom's own git directory, beside the new code."""
    base = {
        "src/calc.py": "def half():\n    return 2\n",
        "tests/test_a.py": "from calc import half\n\ndef test_half():\n    assert half() == 2\n",
    }
    made = make_subject(base, {"src/calc.py": "def half():\n    return 3\n"})
    control = (made.workspace / ".git").rename(tmp_path / "control.git")
    tests, passing = await judged(made.model_copy(update={"git_directory": control}))
    assert (0.0, False, 0.0) == (tests.score, passing, tests.metrics["tests_failing_at_base"])
    assert [True] == [finding.regression for finding in tests.findings]


async def test_a_test_that_another_one_breaks_is_not_flaky(make_subject: SubjectFactory) -> None:
    """Run without the others it passes, but among them it fails again."""
    uses = "import calc\n\ndef test_set():\n    assert calc.x == 1\n"
    base = {"calc.py": "x = 1\n", "test_a.py": STEADY, "test_b.py": uses}
    change = {"test_a.py": STEADY + "\n\ndef test_new():\n    import calc\n    calc.x = 5\n"}
    tests, passing = await judged(make_subject(base, change))
    assert not passing
    (finding,) = tests.findings
    assert "(passes when it runs without the others)" in finding.message
    assert finding.regression


async def test_where_every_test_flips_nothing_passes(make_subject: SubjectFactory) -> None:
    """No test says anything, so there is no score, and it is not taken for no tests."""
    tests, passing = await judged(make_subject({"calc.py": "x = 1\n", "test_b.py": FLIPS}, CHANGE))
    assert (Verdict.FAILED, None, False) == (tests.verdict, tests.score, passing)


class Recorded:
    """Stands for a test tool: every test fails, and what was asked of it is kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    async def __call__(
        self,
        subject: Subject,
        ids: Sequence[str] | None,
        timeout_seconds: float,  # noqa: ARG002 - it takes no time
    ) -> TestRun:
        """Fail all of them."""
        self.asked.append((subject.workspace.name, list(ids or ())))
        return failing(*(ids or ()))


def failing(*ids: str) -> TestRun:
    results = {
        each: TestResult(id=each, outcome=Outcome.FAILED, path=each.partition("::")[0])
        for each in ids
    }
    return TestRun(results=results, status=1)


async def test_the_base_commit_is_asked_once_for_each_test(
    make_subject: SubjectFactory, tmp_path: Path
) -> None:
    """What it said is remembered by its tree; a file that it does not have is not looked for."""
    made = make_subject({"calc.py": "x = 1\n", "test_a.py": STEADY}, CHANGE)
    repository = await read_repository(made.workspace, made.base_commit, own=None)
    change = await read_change(made.workspace, made.base_commit)
    tool, known = Recorded(), BaseTests()
    first, second = ["test_a.py::one"], ["test_a.py::one", "test_a.py::two", "test_new.py::three"]
    for number, ids in enumerate((first, second)):
        run = failing(*ids)
        await Recheck(
            subject=made.model_copy(
                update={"repository": repository, "scratch": tmp_path / str(number)}
            ),
            change=change,
            again=tool,
            known=known.of(repository.base_tree),
            deadline=float("inf"),
        ).explain(run)
        assert {True} == {run.results[each].fails_at_base for each in ids if "test_a" in each}
    at_base = [ids for where, ids in tool.asked if where == "tests-base"]
    assert [["test_a.py::one"], ["test_a.py::two"]] == at_base
