"""A tool that looks at a whole checkout: what it finds at HEAD and did not find at the base commit.

Both sides are looked at by their own configuration; a change of it is flagged by the `diff`
evaluator. The base is looked at only where HEAD has findings. Score: `newness.finding_score`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from phantom.evaluation.base_tree import write_base
from phantom.evaluation.change import ChangedFile
from phantom.evaluation.children import own_scratch
from phantom.evaluation.newness import Sighting, judge, line_fingerprint, new_sightings
from phantom.evaluation.port import Evaluation, FindingSeverity, Subject
from phantom.evaluation.written import text_written


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding of a tool, before it is known whether it is new.

    Attributes:
        path: relative to the workspace, or absolute within it.
    """

    rule: str
    path: str
    line: int
    message: str
    severity: FindingSeverity


@dataclass(frozen=True, slots=True)
class Look:
    """One side that a tool is to look at.

    Attributes:
        files: the changed files that there are on this side, relative to the workspace.
        scratch: of this side alone.
    """

    subject: Subject
    files: Sequence[str]
    scratch: Path
    seconds: float


async def judge_new(
    subject: Subject,
    files: Sequence[ChangedFile],
    look: Callable[[Look], Awaitable[list[Remark]]],
    *,
    name: str,
    what: str,
    timeout_seconds: float,
) -> Evaluation:
    """The evaluation of what `look` finds, `what` in words; raises what `look` does."""
    started = time.monotonic()
    scratch = await asyncio.to_thread(own_scratch, subject, name.replace(":", "-"))

    def side(of: Subject, paths: Sequence[str], directory: str) -> Look:
        (scratch / directory).mkdir()
        left = timeout_seconds - (time.monotonic() - started)
        return Look(of, paths, scratch / directory, max(1.0, left))

    head = await asyncio.to_thread(side, subject, [file.path for file in files], "head")
    remarks = await look(head)
    after = await asyncio.to_thread(_sightings, remarks, subject.workspace, {})
    before: list[Sighting] = []
    if after:
        base = await write_base(subject, scratch / "tree")
        paths = [file.base_path for file in files if file.base_blob]
        remarks = await look(await asyncio.to_thread(side, base, paths, "base"))
        moved = {file.base_path: file.path for file in files}
        before = await asyncio.to_thread(_sightings, remarks, base.workspace, moved)
    made = judge(name, what, new_sightings(after, before), len(files))
    return made.model_copy(update={"seconds": time.monotonic() - started})


def _sightings(remarks: Sequence[Remark], workspace: Path, moved: dict[str, str]) -> list[Sighting]:
    """The remarks on files in the workspace, under their paths at HEAD."""
    found = []
    root = workspace.resolve()
    for remark in remarks:
        file = (root / remark.path).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            continue
        path = str(file.relative_to(root))
        text = text_written(file)
        found.append(
            Sighting(
                rule=remark.rule,
                path=moved.get(path, path),
                line=remark.line,
                message=remark.message[:300],
                severity=remark.severity,
                fingerprint=line_fingerprint(text, remark.line),
            )
        )
    return found
