"""The repair of one workspace, from its failing tests to a patch or an account of the search."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from phantom.agents.embedded.repair import candidates, spectrum
from phantom.agents.embedded.repair.search import Found, Search
from phantom.agents.embedded.repair.source import Edit, SourceFile
from phantom.agents.embedded.repair.spectrum import Line
from phantom.agents.embedded.repair.tree import python_files
from phantom.agents.embedded.repair.workbench import Baseline, Workbench, raised_lines
from phantom.agents.embedded.stream import EventStream

SEARCH_SECONDS = 60.0
_TOP_LINES = 5
_SAY_EVERY = 1.0
_TEST_DIRECTORIES = {"test", "tests", "testing"}


@dataclass(slots=True)
class Patch:
    """The edit that won."""

    edit: Edit
    before: str
    after: str
    passed: int


@dataclass(slots=True)
class Account:
    """What was found and done.

    Attributes:
        tests: how many tests were collected.
        failing: names of those that failed at first.
        errors: files that could not be collected, with the reason.
        suspicious: the most suspicious lines with their scores, at most five.
        candidates: edits that were run.
        plausible: edits that passed every test.
        patch: the chosen one, written to the workspace; None where there is none.
        phases: seconds of each phase.
        confined: whether the kernel kept the tests inside their copies.
    """

    tests: int = 0
    failing: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    suspicious: list[tuple[Line, float]] = field(default_factory=list)
    candidates: int = 0
    plausible: int = 0
    patch: Patch | None = None
    phases: dict[str, float] = field(default_factory=dict)
    confined: bool = False

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what happens inside as phase `name`."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.phases[name] = round(time.monotonic() - started, 3)


def repair(workspace: Path, scratch: Path, stream: EventStream, *, wall_seconds: float) -> Account:
    """Find and apply a repair within `wall_seconds`. Raises ServerLost where no test can run.

    The workspace is only read until a patch has passed every test in a fresh process.
    """
    account = Account()
    deadline = time.monotonic() + wall_seconds
    stream.say("Copying the project and collecting its tests", phase="collect")
    with ExitStack() as stack:
        with account.phase("collect"):
            servers = max(1, min(4, os.cpu_count() or 1))
            bench = stack.enter_context(Workbench(workspace, scratch, servers))
        collected = bench.collected
        account.tests, account.errors = len(collected.tests), list(collected.errors)
        account.confined = collected.confined
        if not collected.tests:
            return account
        stream.say(f"Running {account.tests} tests", phase="test", tests=account.tests)
        with account.phase("test"):
            baseline = bench.baseline(wall_seconds / 3)
        account.failing = [collected.tests[number] for number in baseline.failing]
        if account.failing:
            _mend(bench, baseline, account, stream, deadline)
    return account


def _mend(
    bench: Workbench, baseline: Baseline, account: Account, stream: EventStream, deadline: float
) -> None:
    failing = len(account.failing)
    stream.say(
        f"{failing} of {account.tests} tests fail; looking for suspicious lines",
        phase="localise",
        failing=failing,
    )
    files = _sources(bench)
    with account.phase("localise"):
        seen, independent = bench.observe(baseline, max(5.0, (deadline - time.monotonic()) / 3))
        scores = {
            line: score
            for line, score in spectrum.ochiai(seen.values()).items()
            if line[0] in files
        }
        account.suspicious = spectrum.ranked(scores)[:_TOP_LINES]
        _add_import_time(scores, files, bench, baseline)
        edits = candidates.ranked_edits(files.values(), scores, raised_lines(seen, set(files)))
    if account.suspicious:
        (path, line), score = account.suspicious[0]
        stream.say(f"Most suspicious: {path}:{line} ({score:.2f})", phase="localise", line=line)
    with account.phase("search"):
        found = Search(
            bench,
            baseline,
            files,
            in_order=not independent,
            deadline=min(deadline, time.monotonic() + SEARCH_SECONDS),
            progress=_Progress(stream, len(edits)),
        ).run(edits)
    account.candidates, account.plausible = found.tried, len(found.plausible)
    with account.phase("confirm"):
        account.patch = _confirmed(bench, files, found)
    if account.patch:
        edit = account.patch.edit
        text = files[edit.path].apply(edit)
        (bench.workspace / edit.path).write_bytes(text.encode())
        stream.edited(edit.path)


def _confirmed(bench: Workbench, files: dict[str, SourceFile], found: Found) -> Patch | None:
    """The first plausible edit that also passes in a fresh process."""
    for edit in found.plausible:
        text = files[edit.path].apply(edit)
        passed = bench.passes_afresh({edit.path: text}, 60.0)
        if passed is not None:
            before, after = changed_lines(files[edit.path].text, text)
            return Patch(edit, before, after, passed)
    return None


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, without what is equal at both ends."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return "\n".join(old), "\n".join(new)


def _sources(bench: Workbench) -> dict[str, SourceFile]:
    """The files that may be edited: parsed, regular, and no tests."""
    tests = bench.collected.test_files
    folders = {str(Path(path).parent) for path in tests}
    texts = {}
    for path in python_files(bench.workspace):
        name = str(path)
        in_tests = str(path.parent) in folders and path.parent.name in _TEST_DIRECTORIES
        if name in tests or in_tests or path.name == "conftest.py":
            continue
        if path.name.startswith("test_") or path.name.endswith("_test.py"):
            continue
        full = bench.workspace / path
        if full.is_symlink() or full.stat().st_size > 500_000:
            continue
        try:
            texts[name] = full.read_bytes().decode()
        except UnicodeDecodeError:
            continue
    return {file.path: file for file in candidates.parsed(texts)}


def _add_import_time(
    scores: dict[Line, float],
    files: dict[str, SourceFile],
    bench: Workbench,
    baseline: Baseline,
) -> None:
    """Statements that ran while the project was imported count as executed by every test."""
    share = len(baseline.failing) / max(1, len(baseline.results))
    for path in bench.collected.modules:
        if path in files:
            for statement in candidates.import_time(files[path]):
                scores.setdefault((path, statement.lineno), share**0.5)


class _Progress:
    """Says every second how far the search is."""

    def __init__(self, stream: EventStream, candidates_: int) -> None:
        self._stream = stream
        self._all = candidates_
        self._next = 0.0

    def __call__(self, found: Found, edit: Edit) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _SAY_EVERY
            state = f", {len(found.plausible)} pass" if found.plausible else ""
            self._stream.say(
                f"Tried {found.tried} of {self._all} candidates{state}; {edit.path}:{edit.line}",
                phase="search",
                tried=found.tried,
                plausible=len(found.plausible),
                path=edit.path,
                line=edit.line,
                operator=edit.operator,
            )
