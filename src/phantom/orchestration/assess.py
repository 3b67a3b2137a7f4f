"""After a call: record the work tree, measure the change, and ask the gate."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from phantom.engine.faults import fault_point
from phantom.evaluation.pool import EvaluationPool
from phantom.evaluation.port import Evaluator, Report, Subject, Verdict
from phantom.evaluation.project_file import read_project_file
from phantom.evaluation.repository import read_repository
from phantom.hrm.gate import Decision, Evidence, Tests, judge
from phantom.orchestration.calls import CallResult
from phantom.orchestration.run import Run
from phantom.orchestration.workspace import Workspace
from phantom.security.redaction import without_known
from phantom.security.sandbox import Sandbox

_FAILURES = ("tests_failed", "tests_errors")


@dataclass(frozen=True, slots=True)
class Trial:
    """One iteration to be judged.

    Attributes:
        before: the commit that the iteration started from.
        mark: what the processes of the evaluation carry; by default the task's.
        seen: the base, and the commits of all iterations before this one.
    """

    run: Run
    workspace: Workspace
    base_commit: str
    number: int
    planned: int
    call: CallResult
    before: str
    mark: str = ""
    seen: tuple[str, ...] = ()


class IterationResult(BaseModel):
    """An evaluated iteration, as the loop and its end look back on it.

    Attributes:
        tests: what is known of them; None in records of before it was kept.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    commit: str
    changed_files: tuple[str, ...]
    quality: float | None
    tests_passing: bool
    tests: Tests | None = None
    security_issues: int
    suggestions: tuple[str, ...]
    decision: Decision
    call: CallResult
    stalled: bool = False


class Assessment(BaseModel):
    """An iteration's result, and the report behind it.

    Attributes:
        evaluation_seconds: wall time of the evaluation; None in records of before it was taken.
        evaluators_seconds: what the evaluators took one by one, added up.
    """

    model_config = ConfigDict(frozen=True)

    result: IterationResult
    report: Report
    evaluation_seconds: float | None = None
    evaluators_seconds: float | None = None


class Assessor:
    """Measures iterations with a set of evaluators."""

    def __init__(
        self, pool: EvaluationPool, evaluators: Sequence[Evaluator], sandbox: Sandbox
    ) -> None:
        self._pool = pool
        self._sandbox = sandbox
        self._evaluators = tuple(evaluators)

    async def check(self, run: Run, workspace: Workspace, base_commit: str) -> None:
        """Refuse a task early whose change could not be evaluated; raises InvalidInput."""
        if not run.task_type.read_only:
            repository = await read_repository(workspace.tree, base_commit, own=workspace.control)
            await read_project_file(workspace.tree, repository, own=workspace.control)

    async def assess(self, trial: Trial) -> Assessment:
        """Snapshot, evaluate, judge. Doing it again gives the same commit."""
        commit = await trial.workspace.snapshot(f"Iteration {trial.number} by {trial.call.agent}")
        fault_point("evaluate:snapshot")
        started = time.monotonic()
        report = await self._measure(trial)
        took = time.monotonic() - started
        fault_point("evaluate:measured")
        tree, base, *seen = await trial.workspace.trees_of(commit, trial.base_commit, *trial.seen)
        evidence = Evidence(
            iteration=trial.number,
            planned=trial.planned,
            quality=report.quality,
            tests=_tests(report),
            # Its tree may be an earlier one: an agent that goes in a circle stands still, too.
            stalled=commit == trial.before or tree in seen,
            unchanged=tree == base and not trial.run.task_type.read_only,
            demanded=trial.run.require_measured_gate,
        )
        result = IterationResult(
            number=trial.number,
            commit=commit,
            changed_files=report.changed_files,
            quality=report.quality,
            tests_passing=report.tests_passing,
            tests=evidence.tests,
            security_issues=report.security_issues,
            suggestions=report.suggestions,
            decision=judge(evidence, trial.run.config),
            call=trial.call,
            stalled=evidence.stalled,
        )
        return Assessment(
            result=result,
            report=report,
            evaluation_seconds=took,
            evaluators_seconds=self._one_by_one(report),
        )

    def _one_by_one(self, report: Report) -> float:
        """Seconds of every evaluator; one that gives several measures tells its time with each."""
        told = {each.evaluator: each.seconds for each in report.evaluations}
        return sum(
            max((told.get(name, 0.0) for name in evaluator.measures), default=0.0)
            for evaluator in self._evaluators
        )

    async def _measure(self, trial: Trial) -> Report:
        subject = Subject(
            workspace=trial.workspace.tree,
            git_directory=trial.workspace.control,
            scratch=trial.workspace.scratch,
            cache=trial.workspace.cache,
            base_commit=trial.base_commit,
            mark=trial.mark or trial.run.task_id,
            task_type=trial.run.task_type,
            sandbox=self._sandbox,
            answer=trial.call.content,
            deployment=trial.run.deployment,
            installed=await asyncio.to_thread(trial.workspace.installed),
        )
        parallel = trial.run.config.parallel_evaluation
        report = await self._pool.evaluate(
            subject,
            self._evaluators,
            timeout_seconds=parallel.timeout_seconds,
            at_once=parallel.worker_count if parallel.enabled else 1,
            weights=trial.run.quality_weights or None,
        )
        return without_known(report)


def _tests(report: Report) -> Tests:
    if report.tests_passing:
        return Tests.PASSING
    ran = [each for each in report.evaluations if each.component == "tests"]
    verdicts = {each.verdict for each in ran}
    if verdicts & {Verdict.TIMED_OUT, Verdict.ERROR}:
        return Tests.BROKEN
    failed = sum(each.metrics.get(name, 0) for each in ran for name in _FAILURES)
    if not failed and any(each.metrics.get("tests_weakened", 0) for each in ran):
        return Tests.WEAKENED
    return Tests.FAILING if verdicts & {Verdict.FAILED, Verdict.PASSED} else Tests.NONE
