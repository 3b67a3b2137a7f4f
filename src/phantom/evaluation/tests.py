"""Tests and coverage of the changed lines, both from one run of pytest.

How they are scored stands in `judging.py`, what counts as weakened in `weakening.py`.
"""

import asyncio
import time

from phantom.evaluation.change import Change
from phantom.evaluation.contents import read_contents, text_of
from phantom.evaluation.judging import COVERAGE, TESTS, judge_coverage, judge_tests
from phantom.evaluation.not_installed import set_apart_unloaded
from phantom.evaluation.port import Evaluation, Finding, Subject
from phantom.evaluation.pytest_run import run_pytest
from phantom.evaluation.repository import Language
from phantom.evaluation.weakening import TestSource, weakenings


class TestsEvaluator:
    """Runs the project's Python tests, pytest's and unittest's alike."""

    __test__ = False  # not a test class, whatever its name
    measures: tuple[str, ...] = (TESTS, COVERAGE)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Python code."""
        return subject.has(Language.PYTHON)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run the tests once; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        weakened = await _weakened(subject, change)
        covered = [file for file in change.at_head if file.is_python and file.is_product]
        cover = {file.path: sorted(file.added) for file in covered}
        run = await run_pytest(subject, cover, timeout_seconds)
        await asyncio.to_thread(set_apart_unloaded, subject.workspace, change, run)
        seconds = time.monotonic() - started
        return (
            judge_tests(run, weakened).model_copy(update={"seconds": seconds}),
            judge_coverage(subject.workspace, run).model_copy(update={"seconds": seconds}),
        )


async def _weakened(subject: Subject, change: Change) -> tuple[Finding, ...]:
    files = [file for file in change.files if file.is_test]
    contents = await read_contents(subject, files)
    sources = [
        TestSource(
            path=file.path,
            before=text_of(contents.before, file.base_path) if file.base_blob else None,
            after=text_of(contents.after, file.path) if file.head_blob else None,
        )
        for file in files
    ]
    return await asyncio.to_thread(weakenings, sources)
