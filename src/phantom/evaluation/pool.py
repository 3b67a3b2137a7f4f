"""All evaluators of a change at the same time, bounded over the whole server."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from phantom import processes
from phantom.evaluation.change import Change, read_change
from phantom.evaluation.port import (
    Evaluation,
    Evaluator,
    Report,
    Subject,
    ToolBroke,
    ToolTimedOut,
    Verdict,
)
from phantom.evaluation.project_file import ProjectFile, effective_weights, read_project_file
from phantom.evaluation.repository import read_repository
from phantom.evaluation.score import report
from phantom.evaluation.selection import Selection, looked_at
from phantom.evaluation.slots import FairSlots
from phantom.evaluation.untouched import untouched

_GRACE_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class EvaluationPool:
    """Runs evaluators, at most `workers` at a time over all tasks, with fair turns between them."""

    def __init__(self, workers: int) -> None:
        self._slots = FairSlots(workers)

    @property
    def running(self) -> int:
        """How many evaluators are at work."""
        return self._slots.held

    @property
    def waiting(self) -> int:
        """How many evaluators wait for a slot."""
        return self._slots.waiting

    async def evaluate(
        self,
        subject: Subject,
        evaluators: Sequence[Evaluator],
        *,
        timeout_seconds: float,
        at_once: int | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> Report:
        """Measure the change at HEAD of the workspace; what broke or hung costs only its score.

        `timeout_seconds` holds for each evaluator, from when its turn comes. `at_once` bounds how
        many of this evaluation run at the same time, within what the server has. `weights` replaces
        the default weights of the quality score by component, and those of the repository's
        `.phantom.toml`. Raises GitFailed where the workspace has no such base commit, and
        InvalidInput where that commit's `.phantom.toml` is refused.

        Ends every process that carries the subject's mark, before and after: it belongs to this
        evaluation, or to an earlier one of it that was cut off with its server.
        """
        base, control = subject.base_commit, subject.git_directory
        change, repository = await asyncio.gather(
            read_change(subject.workspace, base, own=control),
            read_repository(subject.workspace, base, own=control),
        )
        subject = subject.model_copy(update={"repository": repository})
        file = ProjectFile()
        if not subject.task_type.read_only:
            file = await read_project_file(subject.workspace, repository, own=control)
        selection = Selection.of(evaluators, subject, file)
        seen = looked_at(change, file)
        await processes.sweep(mark=subject.mark)
        async with _own_scratch(subject) as own:
            if subject.task_type.read_only:
                # Possibly the user's own checkout, so that nothing may be undone there.
                results = await self._all(selection, own, seen, timeout_seconds, at_once)
            else:
                async with untouched(subject.workspace, own=subject.git_directory):
                    results = await self._all(selection, own, seen, timeout_seconds, at_once)
        measured = [selection.keep(evaluation) for group in results for evaluation in group]
        made = report([*measured, *selection.dropped], effective_weights(file, weights))
        # A file that was moved is gone where it was: both paths differ.
        paths = dict.fromkeys(path for file in change.files for path in (file.base_path, file.path))
        return made.model_copy(update={"changed_files": tuple(paths)})

    async def _all(
        self,
        selection: Selection,
        subject: Subject,
        change: Change,
        timeout_seconds: float,
        at_once: int | None,
    ) -> list[tuple[Evaluation, ...]]:
        evaluators = selection.evaluators
        turns = asyncio.Semaphore(at_once or max(1, len(evaluators)))

        async def in_turn(evaluator: Evaluator) -> tuple[Evaluation, ...]:
            async with turns:
                return await self._one(evaluator, subject, change, timeout_seconds)

        try:
            return await asyncio.gather(*(in_turn(evaluator) for evaluator in evaluators))
        finally:
            # Before anything is tidied up, nothing may run that could make it untidy again.
            await processes.sweep(mark=subject.mark)

    async def _one(
        self, evaluator: Evaluator, subject: Subject, change: Change, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        async with self._slots.hold(subject.mark):
            started = time.monotonic()
            try:
                # The tools keep the time themselves; this is for an evaluator that hangs.
                async with asyncio.timeout(timeout_seconds + _GRACE_SECONDS):
                    return await evaluator.evaluate(
                        subject, change, timeout_seconds=timeout_seconds
                    )
            except ToolTimedOut as error:
                verdict, summary = Verdict.TIMED_OUT, str(error)
            except TimeoutError:
                verdict, summary = Verdict.TIMED_OUT, f"did not end within {timeout_seconds:.0f} s"
            except ToolBroke as error:
                verdict, summary = Verdict.ERROR, str(error)
            except Exception as error:  # noqa: BLE001 - a bug in one evaluator costs only its score
                # In a thread, since a traceback is rendered with the source files at hand.
                name = evaluator.measures[0]
                await asyncio.to_thread(
                    _log.error, "evaluator broke", evaluator=name, exc_info=error
                )
                verdict, summary = Verdict.ERROR, f"the evaluator broke: {error!r}"
            seconds = time.monotonic() - started
            return tuple(
                Evaluation(evaluator=name, verdict=verdict, summary=summary, seconds=seconds)
                for name in evaluator.measures
            )


@asynccontextmanager
async def _own_scratch(subject: Subject) -> AsyncIterator[Subject]:
    """The subject with a scratch directory of this evaluation alone, removed afterwards."""

    def make() -> Path:
        subject.scratch.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="evaluation-", dir=subject.scratch))

    directory = await asyncio.to_thread(make)
    try:
        yield subject.model_copy(update={"scratch": directory})
    finally:
        # What a test made unremovable stays, and goes with the task's whole scratch.
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
