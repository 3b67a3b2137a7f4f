"""Test results as vitest, jest and mocha write them to a file, and as TAP on standard output.

vitest writes what jest does. All three give the map of istanbul where coverage was asked for.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from phantom.evaluation.outcomes import Lines, Outcome, TestResult

_PLACE = re.compile(r"\(?(?:file://)?((?:/[^\s():]+)|(?:[\w.-]+/[^\s():]+)):(\d+):\d+\)?")
_TAP = re.compile(r"^(?P<depth>\s*)(?P<fails>not )?ok\b(?:\s+\d+)?(?:\s+-)?\s*(?P<words>.*)$")
_TAP_DIRECTIVE = re.compile(r"(?<!\\)#\s*(skip|todo)\b", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class _Location(BaseModel):
    line: int


class _JestTest(BaseModel):
    ancestorTitles: tuple[str, ...] = ()  # noqa: N815 - jest's name
    title: str
    status: str
    duration: float | None = None
    failureMessages: tuple[str, ...] = ()  # noqa: N815 - jest's name
    location: _Location | None = None


class _JestFile(BaseModel):
    name: str
    status: str
    message: str = ""
    assertionResults: tuple[_JestTest, ...] = ()  # noqa: N815 - jest's name


class _Span(BaseModel):
    start: _Location


class _FileCoverage(BaseModel):
    statementMap: dict[str, _Span]  # noqa: N815 - istanbul's name
    s: dict[str, int]


class JestReport(BaseModel):
    """The report of jest's `--json` and vitest's reporter `json`."""

    testResults: tuple[_JestFile, ...]  # noqa: N815 - jest's name
    coverageMap: dict[str, _FileCoverage] | None = None  # noqa: N815 - jest's name

    def results(self, workspace: Path) -> Iterator[TestResult]:
        """Each test, and each file that could not be loaded."""
        for file in self.testResults:
            path = _relative(file.name, workspace)
            if file.status == "failed" and not any(
                test.status == "failed" for test in file.assertionResults
            ):
                yield _result(path, (), Outcome.ERROR, file.message, workspace)
            for test in file.assertionResults:
                outcome = _JEST.get(test.status, Outcome.SKIPPED)
                names = (*test.ancestorTitles, test.title)
                made = _result(path, names, outcome, "\n".join(test.failureMessages), workspace)
                line = test.location.line if test.location else None
                seconds = (test.duration or 0.0) / 1000
                yield made.model_copy(update={"line": line, "seconds": seconds})

    def lines(self, cover: Mapping[str, list[int]]) -> dict[str, Lines]:
        """What is known of the lines in `cover`, by absolute path: where statements begin."""
        return {
            path: _lines(self.coverageMap[path], set(wanted))
            for path, wanted in cover.items()
            if self.coverageMap and path in self.coverageMap
        }


_JEST = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}


def _lines(file: _FileCoverage, wanted: set[int]) -> Lines:
    counts: dict[int, int] = {}
    for number, span in file.statementMap.items():
        line = span.start.line
        counts[line] = max(counts.get(line, 0), file.s.get(number, 0))
    executable = wanted & counts.keys()
    return Lines(
        executable=frozenset(executable),
        missed=frozenset(line for line in executable if counts[line] == 0),
    )


class _MochaError(BaseModel):
    message: str = ""
    stack: str = ""


class _MochaTest(BaseModel):
    fullTitle: str  # noqa: N815 - mocha's name
    file: str | None = None
    duration: float | None = None
    err: _MochaError = _MochaError()


class MochaReport(BaseModel):
    """The report of mocha's reporter `json`."""

    passes: tuple[_MochaTest, ...]
    pending: tuple[_MochaTest, ...]
    failures: tuple[_MochaTest, ...]

    def results(self, workspace: Path) -> Iterator[TestResult]:
        """Each test; a hook that breaks stands for the tests that it kept from running."""
        groups = (
            (Outcome.PASSED, self.passes),
            (Outcome.SKIPPED, self.pending),
            (Outcome.FAILED, self.failures),
        )
        for outcome, tests in groups:
            for test in tests:
                path = _relative(test.file, workspace) if test.file else ""
                words = test.err.stack or test.err.message
                made = _result(path, (test.fullTitle,), outcome, words, workspace)
                line = made.crash_line if made.crash_path == path else None
                seconds = (test.duration or 0.0) / 1000
                yield made.model_copy(update={"line": line, "seconds": seconds})


def read_tap(text: str) -> list[TestResult]:
    """The tests of a TAP stream, those within others too; empty where it is none.

    A test that only stands for those within it is left out, wherever it is told.
    """
    if not re.search(r"^\s*(TAP version \d+|1\.\.\d+)", text, re.MULTILINE):
        return []
    results: list[TestResult] = []
    before = 0
    names: Counter[str] = Counter()
    for line in text.splitlines():
        if not (told := _TAP.match(line)):
            continue
        depth, before = before, len(told["depth"])
        if before < depth:
            continue  # the sum of those before it, further in
        directive = _TAP_DIRECTIVE.search(told["words"])
        name = told["words"][: directive.start() if directive else None].strip()
        names[name] += 1
        outcome = Outcome.FAILED if told["fails"] else Outcome.PASSED
        results.append(
            TestResult(
                id=name if names[name] == 1 else f"{name} ({names[name]})",
                outcome=Outcome.SKIPPED if directive else outcome,
                path="",
                message="not ok" if told["fails"] else "",
            )
        )
    return results


REPORT: TypeAdapter[JestReport | MochaReport] = TypeAdapter(JestReport | MochaReport)


def _relative(file: str, workspace: Path) -> str:
    path = Path(file)
    return str(path.relative_to(workspace)) if path.is_relative_to(workspace) else file


def _result(
    path: str, names: tuple[str, ...], outcome: Outcome, words: str, workspace: Path
) -> TestResult:
    words = _COLOUR.sub("", words)
    crash_path, crash_line = _crash(words, workspace)
    return TestResult(
        id="::".join(filter(None, (path, " > ".join(names)))),
        outcome=outcome,
        path=path,
        message=_first(words),
        crash_path=crash_path,
        crash_line=crash_line,
    )


def _first(words: str) -> str:
    """The line that says what went wrong, with what was expected and came."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("●")]
    figures = [line for line in lines[1:] if line.startswith(("Expected", "Received"))]
    return ", ".join([*lines[:1], *figures])[:300]


def _crash(words: str, workspace: Path) -> tuple[str | None, int | None]:
    for found in _PLACE.finditer(words):
        path = (workspace / found[1]).resolve()
        if path.is_relative_to(workspace.resolve()) and "node_modules" not in path.parts:
            return str(path.relative_to(workspace.resolve())), int(found[2])
    return None, None
