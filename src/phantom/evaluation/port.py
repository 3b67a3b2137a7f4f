"""What an evaluator is given, and what it may say.

How a language is added: a package of its own beside `tests.py` with one class for each tool, each
an `Evaluator`. Its `applies` asks `subject.has(Language.X)`; its `measures` are named
`component:language`, such as `tests:javascript` or `lint:go`. All evaluations of one component
become one score (`score.py`), so nothing else has to know the language. One that measures `tests`
tells `tests_run`, `tests_passed`, `tests_failed` and `tests_errors` in its metrics, since
`tests_passing` is judged by them. Tools are started by `children.run_tool` alone. The evaluators
are entered in `default_evaluators`, and what they measure in `docs/quality.md`.
"""

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from phantom.errors import PhantomError
from phantom.evaluation.change import Change
from phantom.evaluation.components import component_of
from phantom.evaluation.repository import NOTHING, Language, Repository
from phantom.security.sandbox import Sandbox
from phantom.vocabulary import TaskType

_LONGEST_TARGETS = 200


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(StrEnum):
    """How one evaluator ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_MEASURED = "not_measured"
    """It ran, but there was nothing to measure (no tests, no changed lines)."""
    TIMED_OUT = "timed_out"
    ERROR = "error"
    """The tool itself broke; its score is lost, nothing else is."""


class FindingSeverity(StrEnum):
    """How bad a finding is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Finding(_Frozen):
    """One thing to look at: a failing test, a new security issue, a lint error.

    Attributes:
        cause: the same for findings that one change would mend; empty for the message itself.
        excerpt: lines that show it, such as what an assertion compared; may be empty.
        reproduce: a command for a shell in the root of the workspace that shows it again.
        regression: the base commit is known to be without it, as where a test passed there.
    """

    rule: str
    message: str
    severity: FindingSeverity = FindingSeverity.MEDIUM
    path: str | None = None
    """Relative to the workspace."""
    line: int | None = None
    cause: str = ""
    excerpt: str = ""
    reproduce: str | None = None
    regression: bool = False


class Evaluation(_Frozen):
    """What one evaluator measured.

    Attributes:
        evaluator: a component of the quality score, `tests`, or one language's part of it,
            `tests:javascript`.
        score: in [0, 1], or None where nothing was measured.
        metrics: figures of this evaluator, such as `tests_run` or `changed_lines_covered`.
    """

    evaluator: str
    verdict: Verdict
    summary: str
    score: float | None = Field(default=None, ge=0, le=1)
    findings: tuple[Finding, ...] = ()
    metrics: dict[str, float] = {}
    seconds: float = Field(default=0.0, ge=0)

    @property
    def component(self) -> str:
        """The part of the quality score that this belongs to."""
        return component_of(self.evaluator)


class Deployment(BaseModel):
    """Where the project's result runs, by its configuration; evaluators are chosen by it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    targets: tuple[str, ...] = ()
    docker_enabled: bool = False
    kubernetes_enabled: bool = False

    @property
    def constraints(self) -> tuple[str, ...]:
        """What an agent is told of it, in sentences."""
        told = []
        if self.targets:
            told.append(f"It runs on {', '.join(self.targets)[:_LONGEST_TARGETS]}.")
        if self.docker_enabled:
            told.append("It runs in a Docker container: keep the Dockerfile in step with the code.")
        if self.kubernetes_enabled:
            told.append("It runs on Kubernetes: keep the manifests in step with the code.")
        return tuple(told)


class Report(_Frozen):
    """All evaluations of one iteration, and what follows from them.

    Attributes:
        changed_files: what differs from the base commit, a renamed file by both its paths.
        quality: weighted mean over what was measured, in [0, 1]; None where nothing was.
        components: score of each measured component.
        not_measured: evaluators without a score; listed, never assumed. Left out is one that had
            nothing to measure where another one measured the same component.
        tests_passing: True only where at least one test ran, none failed, the change removed or
            weakened none, and no language's tests
            broke.
        security_issues: security findings that the base commit does not have.
        suggestions: what the agent's next iteration is told, most useful first (`suggestions.py`).
    """

    evaluations: tuple[Evaluation, ...] = ()
    changed_files: tuple[str, ...] = ()
    quality: float | None = Field(default=None, ge=0, le=1)
    components: dict[str, float] = {}
    not_measured: tuple[str, ...] = ()
    tests_passing: bool = False
    security_issues: int = Field(default=0, ge=0)
    suggestions: tuple[str, ...] = ()


class Subject(_Frozen):
    """What is evaluated: a workspace whose HEAD holds the iteration's change."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    workspace: Path
    git_directory: Path | None = None
    """Git directory whose HEAD holds the change; by default the workspace's own."""
    scratch: Path
    """Temporary directory outside the workspace."""
    base_commit: str
    """The commit the task was cut from."""
    mark: str
    """Value of `PHANTOM_MARK` for every child, so that all of them can be swept."""
    task_type: TaskType
    sandbox: Sandbox
    """What cages the tools, which run the code that is judged."""
    cache: Path | None = None
    """Directory outside the workspace that outlives the evaluation: what compilers keep of a task.

    No agent can write there. The tests can, so that a task can deceive itself and no other one."""
    installed: tuple[Path, ...] = ()
    """Directories outside the workspace with the packages that its programs import."""
    answer: str = ""
    """The agent's text, judged where the task has no code."""
    deployment: Deployment = Deployment()
    repository: Repository = NOTHING
    """What the workspace holds; the pool looks before it asks any evaluator."""

    def has(self, language: Language) -> bool:
        """True where the task may change code and the repository has this language.

        Python is also taken where no language is known, so that its evaluators say what was not
        measured.
        """
        known = self.repository.languages or {Language.PYTHON}
        return not self.task_type.read_only and language in known


class ToolBroke(PhantomError):
    """A tool ended without a usable result; the sentence says why, in its last words."""


class ToolTimedOut(PhantomError):
    """A tool did not end within its time."""


class Evaluator(Protocol):
    """One way to measure a change.

    Attributes:
        measures: names of the evaluations that it gives, in their order; one run of the tests
            gives both their outcome and the coverage of the changed lines.
    """

    measures: tuple[str, ...]

    def applies(self, subject: Subject) -> bool:
        """True where the evaluator is meant for this kind of task."""
        ...

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Measure, in children of its own; one evaluation for each name in `measures`.

        Raises ToolBroke or ToolTimedOut, which the pool turns into a verdict; never anything
        else for what the repository contains.
        """
        ...
