"""What eslint and TypeScript's compiler say of a project, and did not say of the base commit.

Each runs where the project configures it and has it installed, from its own packages.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, TypeAdapter, ValidationError

from phantom.evaluation.both_sides import Look, Remark, judge_new
from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.children import last_words, run_tool
from phantom.evaluation.javascript.package import MANIFEST, installed_package
from phantom.evaluation.judging import unmeasured
from phantom.evaluation.port import Evaluation, FindingSeverity, Subject, ToolBroke
from phantom.evaluation.repository import Language

LINT = "lint:javascript"
TYPES = "types:javascript"
_TSC_CONFIG = "tsconfig.json"
_TSC_ERROR = re.compile(
    r"^(?P<path>[^\n(]+)\((?P<line>\d+),\d+\): error (?P<rule>TS\d+): (?P<words>.+)$", re.MULTILINE
)
_TYPESCRIPT = re.compile(r"\.[cm]?tsx?$")


class EslintEvaluator:
    """Runs the project's eslint on the changed files."""

    measures: tuple[str, ...] = (LINT,)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change JavaScript code."""
        return subject.has(Language.JAVASCRIPT)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """The new findings; raises ToolBroke or ToolTimedOut."""
        files = [file for file in change.at_head if file.is_javascript]
        if not files:
            return (unmeasured(LINT, "no JavaScript file was changed"),)
        return (await _judge(subject, files, _ESLINT, timeout_seconds),)


class TypeScriptEvaluator:
    """Runs the project's TypeScript compiler on all that its configuration names."""

    measures: tuple[str, ...] = (TYPES,)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change JavaScript code."""
        return subject.has(Language.JAVASCRIPT)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """The new errors; raises ToolBroke or ToolTimedOut."""
        files = [file for file in change.at_head if _TYPESCRIPT.search(file.path)]
        if not files:
            return (unmeasured(TYPES, "no TypeScript file was changed"),)
        return (await _judge(subject, files, _TSC, timeout_seconds),)


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool of the project's own.

    Attributes:
        name: of the evaluation.
        package: that it is installed as.
        configs: patterns of the files that configure it.
        run: looks at one side of one package, by the directory where the tool is installed.
    """

    name: str
    package: str
    configs: tuple[str, ...]
    run: Callable[[Look, str, Path], Awaitable[list[Remark]]]


async def _judge(
    subject: Subject, files: list[ChangedFile], tool: _Tool, timeout_seconds: float
) -> Evaluation:
    roots = await asyncio.to_thread(_configured, subject, tool)
    if not roots:
        why = f"the project does not have {tool.package} configured and installed"
        return unmeasured(tool.name, why)

    async def look(side: Look) -> list[Remark]:
        remarks = [await tool.run(side, root, place) for root, place in roots.items()]
        return [remark for each in remarks for remark in each]

    return await judge_new(
        subject,
        files,
        look,
        name=tool.name,
        what=f"findings of {tool.package}",
        timeout_seconds=timeout_seconds,
    )


def _configured(subject: Subject, tool: _Tool) -> dict[str, Path]:
    """Where the tool is installed, for each package that configures it; blocks for a look."""
    found = {}
    for root in subject.repository.roots(MANIFEST):
        directory = subject.workspace / root
        place = installed_package(directory, tool.package)
        if place and any(any(directory.glob(pattern)) for pattern in tool.configs):
            found[root] = place
    return found


class _Problem(BaseModel):
    ruleId: str | None  # noqa: N815 - eslint's name
    severity: int
    message: str
    line: int = 1
    fatal: bool = False


class _File(BaseModel):
    filePath: str  # noqa: N815 - eslint's name
    messages: tuple[_Problem, ...]


_REPORT = TypeAdapter(tuple[_File, ...])


async def _eslint(side: Look, root: str, place: Path) -> list[Remark]:
    inside = [file for file in side.files if PurePosixPath(file).is_relative_to(root)]
    if not inside:
        return []
    directory = side.subject.workspace / root
    relative = [str(PurePosixPath(file).relative_to(root)) for file in inside]
    program = place / "bin" / "eslint.js"
    options = ("--format", "json", "--no-error-on-unmatched-pattern", "--")
    text, words = await _node(side, directory, [str(program), *options, *relative])
    try:
        return list(eslint_remarks(text))
    except ValidationError as error:
        raise ToolBroke(f"eslint could not run: {words}") from error


def eslint_remarks(report: str) -> Iterator[Remark]:
    """What eslint's reporter `json` tells; raises ValidationError for anything else."""
    for file in _REPORT.validate_json(report):
        for problem in file.messages:
            if problem.ruleId is None and not problem.fatal:
                continue  # of the file as such: nothing says how to lint it
            severity = FindingSeverity.MEDIUM if problem.severity > 1 else FindingSeverity.LOW
            yield Remark(
                rule=problem.ruleId or "syntax-error",
                path=file.filePath,
                line=problem.line,
                message=problem.message,
                severity=FindingSeverity.HIGH if problem.fatal else severity,
            )


async def _tsc(side: Look, root: str, place: Path) -> list[Remark]:
    directory = side.subject.workspace / root
    options = ("--noEmit", "--pretty", "false", "--project", _TSC_CONFIG)
    text, words = await _node(side, directory, [str(place / "bin" / "tsc"), *options])
    remarks = list(tsc_remarks(text, root))
    if not remarks and "error TS" in text:
        raise ToolBroke(f"tsc could not run: {words}")
    return remarks


def tsc_remarks(text: str, root: str) -> Iterator[Remark]:
    """Each error that TypeScript's compiler tells with a place, for the package in `root`."""
    for found in _TSC_ERROR.finditer(text):
        path = str(PurePosixPath(root) / found["path"])
        words = found["words"]
        yield Remark(found["rule"], path, int(found["line"]), words, FindingSeverity.HIGH)


async def _node(side: Look, directory: Path, arguments: list[str]) -> tuple[str, str]:
    """What a program of node prints, and its last words."""
    done = await run_tool(
        side.subject,
        ["node", *arguments],
        cwd=directory,
        scratch=side.scratch,
        timeout_seconds=side.seconds,
        yielding=True,
        settings={"NO_COLOR": "1"},
        memory_bytes=None,  # node reserves far more than it uses
    )
    return done.text, last_words(done)


_ESLINT = _Tool(LINT, "eslint", ("eslint.config.*", ".eslintrc", ".eslintrc.*"), _eslint)
_TSC = _Tool(TYPES, "typescript", (_TSC_CONFIG,), _tsc)
