"""What `go vet` and gofmt say of a Go project, and did not say of the base commit."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from phantom.evaluation.both_sides import Look, Remark, judge_new
from phantom.evaluation.change import Change
from phantom.evaluation.golang.tests import MANIFEST, NOT_INSTALLED
from phantom.evaluation.golang.toolchain import Go, find_go
from phantom.evaluation.judging import unmeasured
from phantom.evaluation.port import Evaluation, FindingSeverity, Subject
from phantom.evaluation.repository import Language

LINT = "lint:go"
_PLACE = re.compile(
    r"^(?P<broken>vet: )?(?:\./)?(?P<path>[^\s:]+\.go):(?P<line>\d+)(?::\d+)?: (?P<words>.+)$",
    re.MULTILINE,
)


class GoLint:
    """Runs `go vet` on all packages of each module, and gofmt on the changed files."""

    measures: tuple[str, ...] = (LINT,)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Go code."""
        return subject.has(Language.GO)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """The new findings; raises ToolBroke or ToolTimedOut."""
        files = [file for file in change.at_head if file.path.endswith(".go")]
        go = await asyncio.to_thread(find_go)
        if go is None or not files:
            return (unmeasured(LINT, "no Go file was changed" if go else NOT_INSTALLED),)

        async def look(side: Look) -> list[Remark]:
            return await _look(go, side)

        return (
            await judge_new(
                subject,
                files,
                look,
                name=LINT,
                what="findings of go vet and gofmt",
                timeout_seconds=timeout_seconds,
            ),
        )


async def _look(go: Go, side: Look) -> list[Remark]:
    remarks: list[Remark] = []
    for root in side.subject.repository.roots(MANIFEST):
        done = await go.run(
            side.subject,
            ["go", "vet", "./..."],
            cwd=side.subject.workspace / root,
            scratch=side.scratch,
            seconds=side.seconds,
        )
        remarks += _vetted(done.error_text, root)
    if side.files:
        done = await go.run(
            side.subject,
            ["gofmt", "-l", *side.files],
            cwd=side.subject.workspace,
            scratch=side.scratch,
            seconds=side.seconds,
        )
        words, low = "is not formatted as gofmt would", FindingSeverity.LOW
        remarks += [Remark("gofmt", path, 0, words, low) for path in done.text.splitlines()]
    return remarks


def _vetted(text: str, root: str) -> Iterator[Remark]:
    for found in _PLACE.finditer(text):
        path = found["path"]
        yield Remark(
            rule="vet",
            path=path if Path(path).is_absolute() else str(PurePosixPath(root) / path),
            line=int(found["line"]),
            message=found["words"],
            severity=FindingSeverity.HIGH if found["broken"] else FindingSeverity.MEDIUM,
        )
