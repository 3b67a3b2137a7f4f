"""The pool loses only the score of what breaks, and leaves nothing behind."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import psutil
import pytest

from phantom import processes
from phantom.errors import GitFailed
from phantom.evaluation import (
    Evaluation,
    EvaluationPool,
    Subject,
    Verdict,
    default_evaluators,
)
from phantom.evaluation.change import Change
from phantom.evaluation.children import run_tool
from phantom.evaluation.tests import TestsEvaluator
from phantom.vocabulary import TaskType
from tests.support.evaluation import SubjectFactory, evaluate, named

PASSING = {"calc.py": "x = 1\n", "test_calc.py": "def test_a():\n    import calc\n"}
CHANGE = {"calc.py": "x = 2\n"}


class Shell:
    """An evaluator that runs a shell command and passes where it exits with 0."""

    def __init__(self, command: str) -> None:
        self.measures: tuple[str, ...] = ("shell",)
        self._command = command

    def applies(self, subject: Subject) -> bool:
        return not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        assert change.files
        done = await run_tool(
            subject,
            ["/bin/sh", "-c", self._command],
            cwd=subject.workspace,
            scratch=subject.scratch,
            timeout_seconds=timeout_seconds,
        )
        score = float(done.returncode == 0)
        return (
            Evaluation(evaluator="shell", verdict=Verdict.PASSED, summary=done.text, score=score),
        )


class Buggy(Shell):
    """An evaluator with a bug."""

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        del subject, change, timeout_seconds
        raise ZeroDivisionError


async def test_every_default_evaluator_measures_a_change_of_code(
    make_subject: SubjectFactory,
) -> None:
    """Each component is there, and the workspace is as it was."""
    subject = make_subject(PASSING, CHANGE)
    report = await evaluate(subject, default_evaluators())
    expected = {"tests", "coverage", "security", "secrets", "lint", "complexity", "diff"}
    assert (expected, ("types",)) == (set(report.components), report.not_measured)
    assert "" == make_subject.status(subject)


async def test_a_task_without_code_gets_the_analysis_alone(make_subject: SubjectFactory) -> None:
    """Nothing of the repository is run for a task that may only look."""
    subject = make_subject(PASSING, {}, task_type=TaskType.SECURITY, answer="## Summary\nCalm.")
    report = await evaluate(subject, default_evaluators())
    assert ["analysis"] == [evaluation.evaluator for evaluation in report.evaluations]


async def test_what_breaks_costs_only_its_own_score(make_subject: SubjectFactory) -> None:
    """A bug in one evaluator is a verdict; the tests beside it are still counted."""
    report = await evaluate(make_subject(PASSING, CHANGE), [Buggy(""), TestsEvaluator()])
    assert (Verdict.ERROR, ("shell",)) == (named(report, "shell").verdict, report.not_measured)
    assert 1.0 == report.components["tests"]


async def test_killing_one_evaluator_costs_only_its_own_score(
    make_subject: SubjectFactory,
) -> None:
    """SIGKILL to the process of the tests, from outside, leaves the other scores alone."""
    source = "import time\n\ndef test_a():\n    time.sleep(60)\n"
    subject = make_subject(PASSING | {"test_calc.py": source}, CHANGE)
    running = asyncio.create_task(evaluate(subject, [TestsEvaluator(), Shell("true")]))
    while not await asyncio.to_thread(has_started, subject.scratch):
        await asyncio.sleep(0.05)
    for pid in await asyncio.to_thread(marked, subject.mark):
        os.kill(pid, signal.SIGKILL)
    report = await running
    assert (Verdict.ERROR, 1.0) == (named(report, "tests").verdict, report.components["shell"])
    assert "was killed" in named(report, "tests").summary


async def test_time_limit_holds_for_each_evaluator(make_subject: SubjectFactory) -> None:
    """One that hangs is timed out; the other's score stands."""
    report = await evaluate(
        make_subject(PASSING, CHANGE), [Shell("sleep 60"), TestsEvaluator()], timeout_seconds=15
    )
    assert Verdict.TIMED_OUT == named(report, "shell").verdict
    assert 1.0 == report.components["tests"]


async def test_children_get_an_environment_of_our_making(
    make_subject: SubjectFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key and no proxy of the server's reaches a child; home and temporary files are scratch."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary")
    monkeypatch.setenv("HTTPS_PROXY", "http://canary")
    subject = make_subject(PASSING, CHANGE)
    report = await evaluate(subject, [Shell("env")])
    lines = named(report, "shell").summary.splitlines()
    names = {line.partition("=")[0] for line in lines} - {"PWD", "SHLVL", "_", "OLDPWD"}
    assert {
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "PYTHONDONTWRITEBYTECODE",
        "HYPOTHESIS_STORAGE_DIRECTORY",
        "PHANTOM_MARK",
    } == names
    assert any(line.startswith(f"HOME={subject.scratch}/") for line in lines)
    assert "canary" not in report.model_dump_json()


async def test_nothing_is_left_running(make_subject: SubjectFactory) -> None:
    """A daemon that a test started in a session of its own is ended with the evaluation."""
    source = (
        "import subprocess, sys\n\ndef test_a():\n"
        "    subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    )
    subject = make_subject(PASSING | {"test_calc.py": source}, CHANGE)
    report = await evaluate(subject, [TestsEvaluator()])
    assert 1.0 == report.components["tests"]
    assert [] == await asyncio.to_thread(marked, subject.mark)


async def test_what_tests_write_into_the_repository_is_undone(
    make_subject: SubjectFactory,
) -> None:
    """New files go, changed ones are restored, and what was uncommitted before stays."""
    source = (
        "from pathlib import Path\n\ndef test_a():\n"
        "    Path('out/deep').mkdir(parents=True)\n    Path('out/deep/x').write_text('x')\n"
        "    Path('calc.py').write_text('broken')\n    Path('README').unlink()\n"
    )
    subject = make_subject(PASSING | {"test_calc.py": source}, CHANGE)
    (subject.workspace / "notes").write_text("kept")
    await evaluate(subject, [TestsEvaluator()])
    assert "?? notes\n" == make_subject.status(subject)
    assert not (subject.workspace / "out").exists()
    assert "x = 2\n" == (subject.workspace / "calc.py").read_text()


async def test_the_agents_git_directory_is_not_looked_at(
    make_subject: SubjectFactory, tmp_path: Path
) -> None:
    """With a git directory of Phantom's own, the `.git` in the workspace is no matter."""
    subject = make_subject(PASSING, CHANGE)
    control = tmp_path / "control.git"
    (subject.workspace / ".git").rename(control)
    (subject.workspace / ".git").write_text("gitdir: /nowhere\n")
    report = await evaluate(
        subject.model_copy(update={"git_directory": control}), default_evaluators()
    )
    assert ("types",) == report.not_measured
    assert "x = 2\n" == (subject.workspace / "calc.py").read_text()


async def test_scratch_is_empty_afterwards(make_subject: SubjectFactory) -> None:
    """Two evaluations of one subject do not see each other's files, and leave none."""
    subject = make_subject(PASSING, CHANGE)
    for _ in range(2):
        report = await evaluate(subject, default_evaluators())
        assert ("types",) == report.not_measured
    assert [] == list(subject.scratch.iterdir())


async def test_cancelling_an_evaluation_ends_its_children(make_subject: SubjectFactory) -> None:
    """A task that is cancelled in the middle leaves no tool running."""
    subject = make_subject(PASSING, CHANGE)
    running = asyncio.create_task(evaluate(subject, [Shell("sleep 600")]))
    while not await asyncio.to_thread(marked, subject.mark):
        await asyncio.sleep(0.02)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert [] == await asyncio.to_thread(marked, subject.mark)


async def test_unknown_base_commit_is_the_callers_error(make_subject: SubjectFactory) -> None:
    """Nothing is measured against a commit that is not there."""
    subject = make_subject(PASSING, CHANGE).model_copy(update={"base_commit": "0" * 40})
    with pytest.raises(GitFailed):
        await EvaluationPool(1).evaluate(subject, default_evaluators(), timeout_seconds=5)


def has_started(scratch: Path) -> bool:
    """True where a test has begun."""
    return any('"start"' in file.read_text() for file in scratch.glob("*/tests/records.jsonl"))


def marked(mark: str) -> list[int]:
    """The processes that carry the mark, ended ones aside."""
    return [pid for pid in psutil.pids() if processes.carries_mark(pid, mark)]
