"""What clippy, or else the compiler, says of a Rust project and did not say of the base commit."""

import asyncio
from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import BaseModel, ValidationError

from phantom.evaluation.both_sides import Look, Remark, judge_new
from phantom.evaluation.change import Change
from phantom.evaluation.judging import unmeasured
from phantom.evaluation.port import Evaluation, FindingSeverity, Subject, ToolBroke
from phantom.evaluation.repository import Language
from phantom.evaluation.rust.output import lacks_crates
from phantom.evaluation.rust.tests import MANIFEST, NOT_DOWNLOADED, NOT_INSTALLED
from phantom.evaluation.rust.toolchain import Rust, find_rust

LINT = "lint:rust"


class RustLint:
    """Runs clippy where it is installed, else `cargo check`."""

    measures: tuple[str, ...] = (LINT,)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Rust code."""
        return subject.has(Language.RUST)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """The new findings; raises ToolBroke or ToolTimedOut."""
        files = [file for file in change.at_head if file.path.endswith(".rs")]
        rust = await find_rust()
        if rust is None or not files:
            return (unmeasured(LINT, "no Rust file was changed" if rust else NOT_INSTALLED),)
        has_clippy = await asyncio.to_thread(rust.has, "cargo-clippy")

        async def look(side: Look) -> list[Remark]:
            return await _look(rust, "clippy" if has_clippy else "check", side)

        try:
            made = await judge_new(
                subject,
                files,
                look,
                name=LINT,
                what=f"findings of {'clippy' if has_clippy else 'the compiler'}",
                timeout_seconds=timeout_seconds,
            )
        except _CratesMissing as error:
            return (unmeasured(LINT, str(error)),)
        return (made,)


class _CratesMissing(ToolBroke):
    """Nothing that an agent could mend."""


async def _look(rust: Rust, command: str, side: Look) -> list[Remark]:
    remarks: list[Remark] = []
    for root in side.subject.repository.roots(MANIFEST):
        done = await rust.cargo(
            side.subject,
            [command, "--offline", "--workspace", "--all-targets", "--message-format=json"],
            cwd=side.subject.workspace / root,
            scratch=side.scratch,
            seconds=side.seconds,
            cache="rust-lint",
        )
        if lacks_crates(done.error_text):
            raise _CratesMissing(NOT_DOWNLOADED)
        # With all targets a file is told once as a library and once as its own tests.
        remarks += dict.fromkeys(_remarks(done.text, root))
    return remarks


class _Span(BaseModel):
    file_name: str
    line_start: int
    is_primary: bool


class _Code(BaseModel):
    code: str


class _Message(BaseModel):
    level: str
    message: str
    code: _Code | None = None
    spans: tuple[_Span, ...] = ()


class _Line(BaseModel):
    reason: str
    message: _Message


def _remarks(text: str, root: str) -> Iterator[Remark]:
    for line in text.splitlines():
        try:
            told = _Line.model_validate_json(line)
        except ValidationError:
            continue  # of another kind, without a message
        place = next((span for span in told.message.spans if span.is_primary), None)
        if place is not None and told.message.level in {"error", "warning"}:
            rule = told.message.code.code if told.message.code else told.message.level
            yield Remark(
                rule=rule,
                path=str(PurePosixPath(root) / place.file_name),
                line=place.line_start,
                message=told.message.message,
                severity=_severity(told.message.level, rule),
            )


def _severity(level: str, rule: str) -> FindingSeverity:
    if level == "error":
        return FindingSeverity.HIGH
    return FindingSeverity.LOW if rule.startswith("clippy::") else FindingSeverity.MEDIUM
