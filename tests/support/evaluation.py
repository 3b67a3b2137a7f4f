"""Subjects for the evaluators: a real repository whose HEAD holds a change."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from phantom.evaluation import (
    Evaluation,
    EvaluationPool,
    Evaluator,
    Report,
    Subject,
)
from phantom.vocabulary import TaskType
from tests.support.caged import best
from tests.support.repositories import GitRepoFactory

# Looked for before any event loop runs, which must not wait for the trial.
_SANDBOX = best()


class SubjectFactory:
    """Commits a base and then a change; call it with the files of both."""

    def __init__(self, git_repo: GitRepoFactory, directory: Path) -> None:
        self._git_repo = git_repo
        self._directory = directory

    def __call__(
        self,
        base: Mapping[str, str],
        change: Mapping[str, str | None],
        *,
        task_type: TaskType = TaskType.DEBUGGING,
        answer: str = "",
        name: str = "workspace",
    ) -> Subject:
        """A subject; a file that is None in `change` is removed by it."""
        root = self._git_repo({"README": "base\n", **base}, name=name)
        base_commit = self._git_repo.git(root, "rev-parse", "HEAD").strip()
        for path, text in change.items():
            if text is None:
                (root / path).unlink()
        written = {path: text for path, text in change.items() if text is not None}
        if change:
            self._git_repo.commit(root, written)
        scratch = self._directory / f"{name}-scratch"
        scratch.mkdir()
        return Subject(
            workspace=root,
            scratch=scratch,
            base_commit=base_commit,
            mark=f"test-{uuid.uuid4()}",
            task_type=task_type,
            sandbox=_SANDBOX,
            answer=answer,
        )

    def commit(self, subject: Subject) -> None:
        """Commit what the workspace holds."""
        self._git_repo.commit(subject.workspace, {})

    def status(self, subject: Subject) -> str:
        """What git says has changed in the workspace, ignored files included."""
        return self._git_repo.git(
            subject.workspace, "status", "--porcelain", "--untracked-files=all", "--ignored"
        )


async def evaluate(
    subject: Subject, evaluators: Sequence[Evaluator], timeout_seconds: float = 20
) -> Report:
    """The report of a pool of two workers."""
    return await EvaluationPool(2).evaluate(subject, evaluators, timeout_seconds=timeout_seconds)


def named(report: Report, name: str) -> Evaluation:
    """The evaluation of that name."""
    return next(e for e in report.evaluations if e.evaluator == name)
