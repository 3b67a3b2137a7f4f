"""Types: what mypy says about a Python project that uses it, and did not say of the base commit.

Whether mypy is used is told by the base commit's configuration; each side is checked by its own,
and a change of it is flagged by the `diff` evaluator. Where the configuration names no files, the
changed ones are checked. Errors in other files count as well: a changed signature breaks its
callers. Score: `newness.finding_score`.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from phantom import processes
from phantom.evaluation.base_cache import BaseCache, Findings
from phantom.evaluation.base_tree import write_base
from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.children import last_words, module_command, own_scratch, run_tool
from phantom.evaluation.judging import unmeasured
from phantom.evaluation.newness import Sighting, judge, new_sightings
from phantom.evaluation.port import (
    Evaluation,
    FindingSeverity,
    Subject,
    ToolBroke,
    ToolTimedOut,
)
from phantom.evaluation.repository import Language
from phantom.git import blobs

NAME = "types"
_CONFIGS = {
    "mypy.ini": "[mypy",
    ".mypy.ini": "[mypy",
    "pyproject.toml": "[tool.mypy",
    "setup.cfg": "[mypy",
}
"""Where mypy may be configured, and the words that show it."""
_NAMES_FILES = re.compile(r"^\s*(files|packages|modules)\s*=", re.MULTILINE)
_ERROR = re.compile(
    r"(?P<path>[^:\n]+):(?P<line>\d+): error: (?P<text>.*?)(?:  \[(?P<rule>[\w-]+)\])?$"
)
_OPTIONS = (
    *("--no-pretty", "--no-color-output", "--no-error-summary", "--hide-error-context"),
    *("--show-error-codes", "--no-incremental", "--cache-dir=/dev/null"),
)
_FOUND_ERRORS = {0, 1}
_TOOL = "mypy"


class TypesEvaluator:
    """Runs mypy at HEAD, and where it finds anything at the base commit as well."""

    measures: tuple[str, ...] = (NAME,)

    def __init__(self, cache: BaseCache) -> None:
        self._cache = cache

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Python code."""
        return subject.has(Language.PYTHON)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Check both sides and keep what is new; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        files = [file for file in change.at_head if file.is_python]
        if not files:
            return (unmeasured(NAME, "no Python file was changed"),)
        configuration = await _configuration(subject)
        if not configuration:
            return (unmeasured(NAME, "the base commit does not configure mypy"),)
        command = await asyncio.to_thread(_command, subject.workspace)
        if command is None:
            return (unmeasured(NAME, "mypy is not installed in the project's .venv"),)
        named = _NAMES_FILES.search(configuration) is not None
        check = _Check(subject, command, started + timeout_seconds)
        after = await check.run(subject, [] if named else [file.path for file in files])
        new: list[Sighting] = []
        if after:
            targets = [file.base_path for file in files if file.base_blob]
            before: list[Sighting] = []
            if named or targets:
                before = await self._before(check, [] if named else targets)
            new = new_sightings(after, _where_now(before, files))
        evaluation = judge(NAME, "type errors", new, len(files))
        return (evaluation.model_copy(update={"seconds": time.monotonic() - started}),)

    async def _before(self, check: "_Check", targets: list[str]) -> list[Sighting]:
        """What is said of the base commit, remembered by its tree and what was checked there."""
        tree = check.subject.repository.base_tree
        # Where the configuration names the files, there is one answer for the whole tree.
        asked = targets or [""]
        known = await asyncio.to_thread(self._cache.get, _TOOL, tree)
        hits = len(known.keys() & set(asked))
        self._cache.count(hits=hits, misses=len(asked) - hits)
        if hits < len(asked):
            base = await write_base(check.subject, check.subject.scratch / "types-base")
            found = await check.run(base, targets)
            known |= _by_path(found, asked)
            await asyncio.to_thread(self._cache.add, _TOOL, tree, known)
        return [sighting for each in known.values() for sighting in each]


class _Check:
    """Runs of mypy within one evaluation."""

    def __init__(self, subject: Subject, command: Sequence[str], deadline: float) -> None:
        self.subject = subject
        self._command = command
        self._deadline = deadline
        self._runs = 0

    async def run(self, subject: Subject, targets: Sequence[str]) -> list[Sighting]:
        """The errors in the workspace of `subject`; raises ToolBroke or ToolTimedOut."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ToolTimedOut("no time was left to check the base commit")
        self._runs += 1
        scratch = await asyncio.to_thread(own_scratch, self.subject, f"types-{self._runs}")
        done = await run_tool(
            subject,
            [*self._command, *_OPTIONS, "--", *targets],
            cwd=subject.workspace,
            scratch=scratch,
            timeout_seconds=left,
            yielding=True,
        )
        return _read(done)


def _read(done: processes.Completed) -> list[Sighting]:
    found = list(_sightings(done.text.splitlines()))
    # A file that does not parse ends the whole check, with that error alone.
    if done.returncode not in _FOUND_ERRORS and not any(each.rule == "syntax" for each in found):
        raise ToolBroke(f"mypy could not run: {last_words(done)}")
    return found


def _sightings(lines: Iterable[str]) -> Iterator[Sighting]:
    for line in lines:
        if error := _ERROR.match(line):
            yield Sighting(
                rule=error["rule"] or "mypy",
                path=error["path"],
                line=int(error["line"]),
                message=error["text"],
                severity=_severity(error["rule"]),
                # Files that were not changed are not read, so that the line's text is not at hand.
                fingerprint=error["text"],
            )


def _severity(rule: str | None) -> FindingSeverity:
    return FindingSeverity.HIGH if rule == "syntax" else FindingSeverity.MEDIUM


async def _configuration(subject: Subject) -> str:
    """The texts of the base commit that configure mypy, one after the other."""
    there = subject.repository.blobs
    wanted = {name: there[name] for name in _CONFIGS if name in there}
    found = await blobs(subject.workspace, list(wanted.values()), own=subject.git_directory)
    texts = {name: found.get(blob, b"").decode(errors="replace") for name, blob in wanted.items()}
    return "\n".join(text for name, text in texts.items() if _CONFIGS[name] in text)


def _command(workspace: Path) -> list[str] | None:
    """The project's own mypy, else that of our environment on its interpreter; None without any."""
    own, python = workspace / ".venv/bin/mypy", workspace / ".venv/bin/python"
    if own.exists():
        return [str(own)]
    if find_spec("mypy") is None:
        return None
    given = ["--python-executable", str(python)] if python.exists() else []
    return [*module_command("mypy"), *given]


def _where_now(before: Iterable[Sighting], files: Iterable[ChangedFile]) -> Iterator[Sighting]:
    """The sightings at the paths that their files have at HEAD."""
    moved = {file.base_path: file.path for file in files}
    for sighting in before:
        yield sighting.model_copy(update={"path": moved.get(sighting.path, sighting.path)})


def _by_path(found: Iterable[Sighting], asked: Iterable[str]) -> Findings:
    by_path: Findings = {path: [] for path in asked}
    for sighting in found:
        by_path.setdefault(sighting.path, []).append(sighting)
    return by_path
