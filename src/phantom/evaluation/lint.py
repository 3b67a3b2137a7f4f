"""Lint: what ruff says about the changed Python files and did not say before.

The project's own configuration holds, in its state at HEAD, for both sides; a change to it is
flagged by the `diff` evaluator. Score: `newness.finding_score`.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from phantom.evaluation.change import Change
from phantom.evaluation.children import last_words, own_scratch, program_command, run_tool
from phantom.evaluation.contents import read_contents, text_of, write_mirror
from phantom.evaluation.newness import Sighting, judge, line_fingerprint, new_sightings
from phantom.evaluation.port import Evaluation, FindingSeverity, Subject, ToolBroke, Verdict
from phantom.evaluation.repository import Language

NAME = "lint"
_RUFF = program_command("ruff")
# What makes a program fail when it runs, then what is likely a mistake; the rest is style.
_BREAKS = ("F821", "F822", "F823", "F7", "E9")
_MISTAKES = ("F", "B", "PLE", "ASYNC", "RUF006")


class LintEvaluator:
    """Runs ruff on the changed Python files, before and after, in one process."""

    measures: tuple[str, ...] = (NAME,)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Python code."""
        return subject.has(Language.PYTHON)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Lint both sides and keep what is new; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        files = [file for file in change.at_head if file.is_python]
        if not files:
            why = "no Python file was changed"
            return (Evaluation(evaluator=NAME, verdict=Verdict.NOT_MEASURED, summary=why),)
        contents = await read_contents(subject, files)
        # Under the path at HEAD, where the same per-file rules hold.
        texts = {
            f.path: contents.before[f.base_path] for f in files if f.base_path in contents.before
        }
        scratch = await asyncio.to_thread(own_scratch, subject, NAME)
        mirror = scratch / "base"
        await asyncio.to_thread(write_mirror, mirror, subject.workspace, texts)
        targets = [subject.workspace / path for path in contents.after]
        targets += [mirror / path for path in texts]
        done = await run_tool(
            subject,
            [
                *_RUFF,
                *("check", "--no-cache", "--force-exclude", "--exit-zero", "--no-fix"),
                *("--output-format=json", "--", *map(str, targets)),
            ],
            cwd=subject.workspace,
            scratch=scratch,
            timeout_seconds=timeout_seconds,
            yielding=True,
        )
        try:
            diagnostics = _DIAGNOSTICS.validate_json(done.stdout)
        except ValidationError as error:
            raise ToolBroke(f"ruff could not run: {last_words(done)}") from error
        after = _sightings(diagnostics, subject.workspace, contents.after)
        before = _sightings(diagnostics, mirror, texts)
        evaluation = judge(NAME, "lint findings", new_sightings(after, before), len(contents.after))
        return (evaluation.model_copy(update={"seconds": time.monotonic() - started}),)


class _Location(BaseModel):
    row: int


class _Diagnostic(BaseModel):
    code: str | None
    message: str
    filename: str
    location: _Location


_DIAGNOSTICS = TypeAdapter(list[_Diagnostic])


def _sightings(
    diagnostics: list[_Diagnostic], root: Path, contents: Mapping[str, bytes]
) -> Iterator[Sighting]:
    for diagnostic in diagnostics:
        if Path(diagnostic.filename).is_relative_to(root):
            path = str(Path(diagnostic.filename).relative_to(root))
            line = diagnostic.location.row
            yield Sighting(
                rule=diagnostic.code or "syntax-error",
                path=path,
                line=line,
                message=diagnostic.message,
                severity=_severity(diagnostic.code),
                fingerprint=line_fingerprint(text_of(contents, path), line),
            )


def _severity(code: str | None) -> FindingSeverity:
    if code is None or code == "invalid-syntax" or code.startswith(_BREAKS):
        return FindingSeverity.HIGH
    return FindingSeverity.MEDIUM if code.startswith(_MISTAKES) else FindingSeverity.LOW
