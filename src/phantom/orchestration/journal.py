"""What the loop writes: the rows and events of each step, in the step's own transaction."""

from sqlalchemy import bindparam, func, select, update

from phantom.clock import utc_now
from phantom.db import models
from phantom.events.store import Transaction
from phantom.events.types import (
    AgentActivity,
    Checkpoint,
    CheckpointReached,
    FeedbackLoop,
    HrmImpactUpdate,
    ImpactMetrics,
    TaskResult,
)
from phantom.hrm.estimator import Progress, forecast
from phantom.hrm.gate import Action
from phantom.hrm.plan import Plan
from phantom.hrm.switching import Move
from phantom.ledger import ledger, rollups
from phantom.orchestration.assess import Assessment, IterationResult
from phantom.orchestration.finish import Ending
from phantom.orchestration.run import Run
from phantom.orchestration.telling import emit_update
from phantom.orchestration.workspace import Origin
from phantom.security.redaction import redacted
from phantom.vocabulary import TaskStatus


async def workspace_ready(transaction: Transaction, run: Run, origin: Origin) -> None:
    """Keep what the workspace was cut from."""
    base = origin.base_commit if origin.repository else None
    await _set(transaction, run, base_commit=base)


_BEST_QUALITY = select(func.max(models.Iteration.quality)).where(
    models.Iteration.task_id == bindparam("task_id"),
    models.Iteration.attempt == bindparam("attempt"),
)


async def planned(transaction: Transaction, run: Run, plan: Plan) -> None:
    """Keep what is foreseen."""
    micros = round(plan.estimated_cost * models.MICROS)
    await _set(transaction, run, max_iterations=plan.iterations, estimated_cost_micros=micros)


async def _set(transaction: Transaction, run: Run, **columns: str | int | None) -> None:
    """Change columns of the task that nothing is counted by, without reading its row first."""
    changed = update(models.Task).where(models.Task.id == run.task_id).values(columns)
    await transaction.session.execute(changed)


async def iteration_evaluated(
    transaction: Transaction, run: Run, plan: Plan, made: Assessment
) -> None:
    """Keep the evaluation and the gate's word, and tell both, and where the run will end."""
    session, report, result = transaction.session, made.report, made.result
    row = await _iteration(transaction, run, result.number)
    row.commit = result.commit
    row.agent = result.call.agent
    row.changed_files = len(result.changed_files)
    row.quality = report.quality
    row.components = report.components
    row.not_measured = list(report.not_measured)
    row.tests_passing = report.tests_passing
    row.security_issues = report.security_issues
    row.suggestions = list(report.suggestions)
    row.gate = result.decision.model_dump(mode="json")
    row.tokens = result.call.tokens
    row.cost_micros = ledger.micros(result.call.cost)
    row.evaluation_seconds = made.evaluation_seconds
    row.evaluators_seconds = made.evaluators_seconds
    row.completed_at = utc_now()
    for evaluation in report.evaluations:
        session.add(
            models.Evaluation(
                iteration_id=row.id,
                evaluator=evaluation.evaluator,
                verdict=evaluation.verdict,
                score=evaluation.score,
                summary=evaluation.summary,
                findings=[finding.model_dump(mode="json") for finding in evaluation.findings],
                metrics=evaluation.metrics,
                seconds=evaluation.seconds,
            )
        )
    task = await session.get_one(models.Task, run.task_id)
    task.current_quality = report.quality or 0.0
    task.tests_passing = report.tests_passing
    task.security_issues = report.security_issues
    task.tokens += result.call.tokens
    await rollups.add(session, rollups.of_iteration(row, run.project_id, result.call.agent_type))
    _tell_evaluation(transaction, run, made)
    await _tell_forecast(transaction, run, plan, made.result, task.tokens)
    emit_update(transaction, task)


async def sampled(
    transaction: Transaction, run: Run, number: int, *, agent: str, many: int
) -> None:
    """Tell that several candidates of an iteration are made at the same time, where they are."""
    if not many:
        return
    transaction.emit(
        AgentActivity(
            task_id=run.task_id,
            iteration=number,
            agent=agent,
            message=f"{many} candidates are made at the same time; the best goes on.",
            detail={"kind": "sampling", "candidates": many},
        ),
        task_id=run.task_id,
        project_id=run.project_id,
    )


async def set_back(
    transaction: Transaction, run: Run, best: IterationResult, worse: IterationResult
) -> None:
    """Tell that the files were set back to the best iteration's."""
    transaction.emit(
        AgentActivity(
            task_id=run.task_id,
            iteration=worse.number,
            agent=worse.call.agent,
            message=f"Taken back: it was worse than iteration {best.number}, which goes on.",
            detail={"kind": "set_back", "iteration": best.number},
        ),
        task_id=run.task_id,
        project_id=run.project_id,
    )


async def turned(transaction: Transaction, run: Run, number: int, move: Move) -> None:
    """Keep what follows an iteration, and why."""
    row = await _iteration(transaction, run, number)
    row.turn = move.model_dump(mode="json")


async def ended(transaction: Transaction, task_id: str, ending: Ending) -> None:
    """End the task and tell the result; a task that has ended stays as it is."""
    task = await transaction.session.get_one(models.Task, task_id, with_for_update=True)
    if task.status not in {TaskStatus.PENDING, TaskStatus.IN_PROGRESS}:
        return
    # Asked before the row changes, which would else be written twice.
    await ledger.abandon(transaction.session, task_id)
    task.actual_cost_micros = await ledger.spent(transaction.session, task_id)
    for field, value in ending.changes.items():
        setattr(task, field, value)
    task.failure_detail = task.failure_detail and redacted(task.failure_detail)
    task.question = None
    task.status = ending.status
    task.completed_at = utc_now()
    await rollups.add(transaction.session, await rollups.task_addition(transaction.session, task))
    transaction.emit(
        TaskResult(
            task_id=task.id,
            attempt=task.attempt,
            status=ending.status,
            failure_reason=task.failure_reason,
            branch=task.branch,
            gate=str((task.result or {}).get("gate", "not_reached")),
            final_quality=task.final_quality,
            cost=ledger.dollars(task.actual_cost_micros),
        ),
        task_id=task.id,
        project_id=task.project_id,
    )
    emit_update(transaction, task)


def _tell_evaluation(transaction: Transaction, run: Run, made: Assessment) -> None:
    report, decision = made.report, made.result.decision
    suggestions = list(report.suggestions)
    where = {"task_id": run.task_id, "project_id": run.project_id}
    transaction.emit(
        FeedbackLoop(
            task_id=run.task_id,
            iteration=made.result.number,
            quality_score=report.quality,
            suggestions=suggestions,
        ),
        **where,
    )
    if decision.checkpoint is not None:
        checkpoint = Checkpoint(
            progress=decision.checkpoint,
            quality=report.quality,
            passed=decision.passed,
            suggestions=suggestions,
        )
        transaction.emit(CheckpointReached(task_id=run.task_id, checkpoint=checkpoint), **where)


async def _tell_forecast(
    transaction: Transaction, run: Run, plan: Plan, result: IterationResult, tokens: int
) -> None:
    decision = result.decision
    best = await transaction.session.scalar(
        _BEST_QUALITY, {"task_id": run.task_id, "attempt": run.attempt}
    )
    spent = ledger.dollars(await ledger.spent(transaction.session, run.task_id)) or 0.0
    progress = Progress(
        rounds=result.number,
        planned=plan.iterations,
        dollars=spent,
        # An accepted result is delivered, though an earlier one may have had a higher score.
        best_quality=result.quality if decision.action is Action.ACCEPT else best,
        over=decision.action is not Action.CONTINUE,
    )
    end = forecast(progress, run.config, plan.pass_chance)
    transaction.emit(
        HrmImpactUpdate(
            task_id=run.task_id,
            metrics=ImpactMetrics(
                current_cost=spent,
                predicted_final_cost=end.final_dollars,
                tokens_used=tokens,
                quality_trajectory=end.final_quality,
            ),
        ),
        task_id=run.task_id,
        project_id=run.project_id,
    )


async def _iteration(transaction: Transaction, run: Run, number: int) -> models.Iteration:
    found = await transaction.session.scalars(
        models.ITERATION, {"task_id": run.task_id, "attempt": run.attempt, "number": number}
    )
    return found.one()
