"""Tests and coverage of the changed lines, both from one run of pytest.

How they are scored stands in `judging.py`, what counts as weakened in `weakening.py`.
"""

import asyncio
import time

from phantom.evaluation.change import Change
from phantom.evaluation.judging import COVERAGE, TESTS, judge_coverage, judge_tests
from phantom.evaluation.not_installed import set_apart_unloaded
from phantom.evaluation.port import Evaluation, Subject
from phantom.evaluation.pytest_run import run_pytest, run_pytest_again
from phantom.evaluation.python_shapes import python_shapes
from phantom.evaluation.recheck import BaseTests, Recheck
from phantom.evaluation.repository import Language
from phantom.evaluation.weakening import weakened_tests


class TestsEvaluator:
    """Runs the project's Python tests, pytest's and unittest's alike."""

    __test__ = False  # not a test class, whatever its name
    measures: tuple[str, ...] = (TESTS, COVERAGE)

    def __init__(self) -> None:
        self._at_base = BaseTests()

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Python code."""
        return subject.has(Language.PYTHON)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run the tests, and failing ones again; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        changed_tests = [file for file in change.files if file.is_python and file.is_test]
        weakened = await weakened_tests(subject, changed_tests, python_shapes)
        covered = [file for file in change.at_head if file.is_python and file.is_product]
        cover = {file.path: sorted(file.added) for file in covered}
        run = await run_pytest(subject, cover, timeout_seconds)
        await asyncio.to_thread(set_apart_unloaded, subject.workspace, change, run)
        await Recheck(
            subject=subject,
            change=change,
            again=run_pytest_again,
            known=self._at_base.of(subject.repository.base_tree),
            deadline=started + timeout_seconds,
        ).explain(run)
        seconds = time.monotonic() - started
        return (
            judge_tests(run, weakened).model_copy(update={"seconds": seconds}),
            judge_coverage(subject.workspace, run).model_copy(update={"seconds": seconds}),
        )
