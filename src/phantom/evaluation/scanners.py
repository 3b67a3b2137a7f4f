"""A scanner of single files, run on both sides of a change in one process."""

import asyncio
import importlib.metadata
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from phantom import processes
from phantom.evaluation.base_cache import BaseCache, Findings
from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.children import last_words, own_scratch, run_tool
from phantom.evaluation.contents import Contents, read_contents, write_copies
from phantom.evaluation.newness import Sighting, judge, new_sightings
from phantom.evaluation.port import Evaluation, Subject, ToolBroke, Verdict

_SIDES = ("base", "head")


@dataclass(frozen=True, slots=True)
class Tool:
    """A scanner of single files.

    Attributes:
        command: what starts it, before the directories to scan.
        read: its report, as (side, sighting) pairs; raises ValidationError where it is none.
    """

    name: str
    package: str
    command: tuple[str, ...]
    what: str
    nothing: str
    takes: Callable[[ChangedFile], bool]
    read: Callable[[bytes, Contents], Iterable[tuple[str, Sighting]]]

    @property
    def version(self) -> str:
        """Part of the key of what is remembered; blocks for a look at the installed packages."""
        return f"{self.package}-{importlib.metadata.version(self.package)}"


class ScanEvaluator:
    """Runs one scanner on the changed files, before and after, in one process."""

    def __init__(self, tool: Tool, cache: BaseCache) -> None:
        self.measures: tuple[str, ...] = (tool.name,)
        self._tool = tool
        self._cache = cache

    def applies(self, subject: Subject) -> bool:
        """True for every task that may change code."""
        return not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Scan both sides and keep what is new; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        tool = self._tool
        files = [file for file in change.at_head if tool.takes(file) and file.added]
        if not files:
            why = tool.nothing
            return (Evaluation(evaluator=tool.name, verdict=Verdict.NOT_MEASURED, summary=why),)
        contents = await read_contents(subject, files)
        known = await asyncio.to_thread(self._known, subject.repository.base_tree)
        hits = len(contents.before.keys() & known.keys())
        self._cache.count(hits=hits, misses=len(contents.before) - hits)
        found = await self._scan(subject, contents, known, timeout_seconds)
        if fresh := {path: found["base"][path] for path in found["base"] if path not in known}:
            await asyncio.to_thread(self._keep, subject.repository.base_tree, fresh)
        after = [sighting for each in found["head"].values() for sighting in each]
        before = [
            # Where the file is now, so that a renamed one is compared with itself.
            sighting.model_copy(update={"path": file.path})
            for file in files
            if file.base_blob
            for sighting in (known | fresh).get(file.base_path, ())
        ]
        new = new_sightings(after, before)
        evaluation = judge(tool.name, tool.what, new, len(contents.after))
        return (evaluation.model_copy(update={"seconds": time.monotonic() - started}),)

    def _known(self, tree: str) -> Findings:
        return self._cache.get(self._tool.version, tree)

    def _keep(self, tree: str, findings: Findings) -> None:
        self._cache.add(self._tool.version, tree, findings)

    async def _scan(
        self, subject: Subject, contents: Contents, known: Findings, timeout_seconds: float
    ) -> dict[str, Findings]:
        scratch = await asyncio.to_thread(own_scratch, subject, self._tool.name)
        before = {path: text for path, text in contents.before.items() if path not in known}

        def prepare() -> None:
            for side, texts in zip(_SIDES, (before, contents.after), strict=True):
                (scratch / side).mkdir(parents=True, exist_ok=True)
                write_copies(scratch / side, texts)

        await asyncio.to_thread(prepare)
        done = await run_tool(
            subject,
            [*self._tool.command, *_SIDES],
            cwd=scratch,
            scratch=scratch,
            timeout_seconds=timeout_seconds,
            yielding=True,
        )
        found: dict[str, Findings] = {
            "base": {path: [] for path in before},
            "head": {path: [] for path in contents.after},
        }
        for side, sighting in self._read(done, contents):
            found[side].setdefault(sighting.path, []).append(sighting)
        return found

    def _read(
        self, done: processes.Completed, contents: Contents
    ) -> Iterable[tuple[str, Sighting]]:
        try:
            return list(self._tool.read(done.stdout, contents))
        except ValidationError as error:
            raise ToolBroke(f"{self._tool.package} could not run: {last_words(done)}") from error


def side_and_path(name: str) -> tuple[str, str]:
    """`./head/src/a.py` is (`head`, `src/a.py`)."""
    side, *rest = PurePosixPath(name).parts
    return side, str(Path(*rest))


def of_side(contents: Contents, side: str) -> Mapping[str, bytes]:
    """The contents of that side."""
    return contents.before if side == "base" else contents.after
