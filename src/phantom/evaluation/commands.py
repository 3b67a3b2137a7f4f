"""Commands that a repository's `.phantom.toml` sets, run in the cage like every tool.

Score of a command: 1 where its exit status is 0, else 0; or what the last line of its output says;
or that of the tests in the JUnit report that it writes. One that measures something else than tests
counts only against the change: where it fails at the base commit too, nothing is measured.
"""

import asyncio
import math
import time
from pathlib import Path

from phantom import processes
from phantom.errors import GitFailed
from phantom.evaluation.base_tree import write_base
from phantom.evaluation.change import Change
from phantom.evaluation.children import last_words, own_scratch, run_tool
from phantom.evaluation.judging import TESTS, judge_tests, unmeasured, weakening_factor
from phantom.evaluation.junit import read_junit
from phantom.evaluation.port import (
    Evaluation,
    Finding,
    FindingSeverity,
    Subject,
    ToolBroke,
    ToolTimedOut,
    Verdict,
)
from phantom.evaluation.project_file import JUNIT, Command, ProjectFile
from phantom.evaluation.weakened_anywhere import weakened_anywhere
from phantom.evaluation.written import read_written

_MAX_REPORT = 20_000_000
_LEAST_SECONDS = 1.0
_NOT_STARTED = {126, 127}
"""What shells and cages return where there is no such program, or none that may be run."""


class CommandEvaluator:
    """Runs one configured command at HEAD, and where it fails at the base commit as well."""

    def __init__(self, name: str, command: Command) -> None:
        self.measures: tuple[str, ...] = (name,)
        self._name = name
        self._command = command

    def applies(self, subject: Subject) -> bool:
        """True for every task that may change code."""
        return not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run it; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        limit = min(timeout_seconds, self._command.timeout_seconds or timeout_seconds)
        scratch = await asyncio.to_thread(own_scratch, subject, f"command-{self._name}")
        evaluation = await self._run(subject, scratch, limit)
        left = timeout_seconds - (time.monotonic() - started)
        if self._name == TESTS:
            evaluation = _less(evaluation, await weakened_anywhere(subject, change))
        elif evaluation.score == 0 and left >= _LEAST_SECONDS:
            evaluation = await self._against_base(evaluation, subject, scratch, min(left, limit))
        return (evaluation.model_copy(update={"seconds": time.monotonic() - started}),)

    async def _against_base(
        self, evaluation: Evaluation, subject: Subject, scratch: Path, limit: float
    ) -> Evaluation:
        try:
            base = await write_base(subject, scratch / "base")
            before = await self._run(base, scratch, limit)
        except (ToolBroke, ToolTimedOut, GitFailed):
            return evaluation  # nothing is known of the base, so nothing is excused by it
        if before.score:
            return evaluation
        return unmeasured(self._name, f"fails at the base commit too: {evaluation.summary}")

    async def _run(self, subject: Subject, scratch: Path, limit: float) -> Evaluation:
        # Outside of the repository, where a report of another run could lie.
        report = scratch / "junit.xml"
        await asyncio.to_thread(report.unlink, missing_ok=True)
        done = await run_tool(
            subject,
            [word.replace(JUNIT, str(report)) for word in self._command.run],
            cwd=subject.workspace,
            scratch=scratch,
            timeout_seconds=limit,
        )
        if done.returncode in _NOT_STARTED:
            raise ToolBroke(f"`{_line(self._command)}` could not be started: {last_words(done)}")
        if self._command.reports_junit:
            return await self._by_report(report, done)
        if self._command.score_from_output:
            return self._by_output(done)
        return self._by_status(done)

    def _by_status(self, done: processes.Completed) -> Evaluation:
        passed = done.returncode == 0
        words = "exit status 0" if passed else last_words(done)
        finding = Finding(
            rule=f"{self._name}-command",
            message=f"`{_line(self._command)}` fails: {words}",
            severity=FindingSeverity.HIGH,
        )
        return Evaluation(
            evaluator=self._name,
            verdict=Verdict.PASSED if passed else Verdict.FAILED,
            summary=f"`{_line(self._command)}`: {words}",
            score=float(passed),
            findings=() if passed else (finding,),
            metrics={"exit_status": float(done.returncode)},
        )

    def _by_output(self, done: processes.Completed) -> Evaluation:
        if done.returncode != 0:
            raise ToolBroke(f"`{_line(self._command)}` failed: {last_words(done)}")
        last = (done.text.strip().splitlines() or [""])[-1].strip()
        try:
            score = float(last)
        except ValueError:
            score = math.nan
        if not 0 <= score <= 1:
            raise ToolBroke(f"its last line is {last[:100]!r}, which is no score from 0 to 1")
        return Evaluation(
            evaluator=self._name,
            verdict=Verdict.PASSED,
            summary=f"`{_line(self._command)}` says {score:g}",
            score=score,
        )

    async def _by_report(self, report: Path, done: processes.Completed) -> Evaluation:
        try:
            content = await asyncio.to_thread(read_written, report, _MAX_REPORT)
        except OSError as error:
            raise ToolBroke(f"it wrote no JUnit report: {last_words(done)}") from error
        run = await asyncio.to_thread(read_junit, content)
        found = judge_tests(run, ()).model_copy(update={"evaluator": self._name})
        if done.returncode != 0 and found.verdict is not Verdict.FAILED:
            # Its report says that all is well and it itself does not: nobody knows what failed.
            raise ToolBroke(f"no test failed in its report, but it failed: {last_words(done)}")
        return found


def _less(evaluation: Evaluation, weakened: tuple[Finding, ...]) -> Evaluation:
    """The evaluation of tests of which the change removed or weakened some."""
    if not weakened or evaluation.score is None:
        return evaluation
    return evaluation.model_copy(
        update={
            "verdict": Verdict.FAILED,
            "summary": f"{evaluation.summary}; the change removed or weakened {len(weakened)}",
            "score": evaluation.score * weakening_factor(len(weakened)),
            "findings": (*evaluation.findings, *weakened),
            "metrics": {**evaluation.metrics, "tests_weakened": float(len(weakened))},
        }
    )


def command_evaluators(file: ProjectFile) -> tuple[CommandEvaluator, ...]:
    """One evaluator for each command of the file."""
    return tuple(CommandEvaluator(name, each) for name, each in file.commands.items())


def _line(command: Command) -> str:
    return " ".join(command.run)[:120]
