"""What `go test -json` tells, and the coverage profile that it writes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ValidationError

from phantom.evaluation.brackets import holds_code
from phantom.evaluation.outcomes import Lines, Outcome, TestResult
from phantom.evaluation.written import text_written

_OUTCOMES = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}
_NOISE = re.compile(r"^\s*(=== |--- |FAIL\b|PASS$|ok\s|exit status|coverage:)")
_PLACE = re.compile(r"^\s*(?P<file>[\w./-]+\.go):(?P<line>\d+)(?::\d+)?: ?(?P<words>.*)$")
_FRAME = re.compile(r"^\s+(?P<file>/\S+\.go):(?P<line>\d+)")
_BLOCK = re.compile(r"^(?P<file>.+):(?P<first>\d+)\.\d+,(?P<last>\d+)\.\d+ \d+ (?P<count>\d+)$")
_NOT_BUILT = re.compile(r"^FAIL\t(?P<package>\S+) \[(?:build|setup) failed\]", re.MULTILINE)
TIMED_OUT = re.compile(r"^panic: test timed out after", re.MULTILINE)


class _Event(BaseModel):
    Action: str
    Package: str = ""
    Test: str = ""
    Output: str = ""
    Elapsed: float = 0.0


class Told:
    """The events of one run, put together.

    `module` is the name of the module, `root` its directory relative to the workspace.
    """

    def __init__(self, text: str, errors: str, *, module: str, workspace: Path, root: str) -> None:
        self._module, self._workspace, self._root = module, workspace, root
        self._output: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._ended: dict[tuple[str, str], _Event] = {}
        self._begun: list[tuple[str, str]] = []
        # Before Go 1.20 such a package has no event, and since 1.24 the compiler's words have.
        self._unbuilt = {found["package"] for found in _NOT_BUILT.finditer(text)}
        said = "".join(e.Output for e in _events(text) if e.Action == "build-output")
        self._errors = _by_package(errors + said)
        for event in _events(text):
            key = event.Package, event.Test
            if event.Action == "output":
                self._output[key].append(event.Output)
            elif event.Action == "run":
                self._begun.append(key)
            elif event.Action in _OUTCOMES:
                self._ended[key] = event

    @property
    def hanging(self) -> str | None:
        """The test in which go's own time limit ended the run, or None."""
        if not any(TIMED_OUT.search("".join(lines)) for lines in self._output.values()):
            return None
        waiting = [test for package, test in self._begun if (package, test) not in self._passed()]
        return waiting[-1] if waiting else "no test"

    def _passed(self) -> set[tuple[str, str]]:
        return {key for key, event in self._ended.items() if event.Action == "pass"}

    def results(self) -> dict[str, TestResult]:
        """Each test by its id; one that only stands for those within it is left out.

        A package that failed without a failing test could not be built, or ended early.
        """
        found: dict[str, TestResult] = {}
        failing = set()
        for (package, test), event in self._ended.items():
            if test and not self._is_sum(package, test):
                result = self._result(package, test, event)
                found[result.id] = result
                if event.Action == "fail":
                    failing.add(package)
        ended = {
            package for (package, test), e in self._ended.items() if not test and e.Action == "fail"
        }
        for package in sorted((ended | self._unbuilt) - failing):
            result = self._broken(package)
            found[result.id] = result
        return found

    def _is_sum(self, package: str, test: str) -> bool:
        below = [
            e for (p, t), e in self._ended.items() if p == package and t.startswith(f"{test}/")
        ]
        failed = self._ended[package, test].Action == "fail"
        return bool(below) and (not failed or any(e.Action == "fail" for e in below))

    def _result(self, package: str, test: str, event: _Event) -> TestResult:
        outcome = _OUTCOMES[event.Action]
        lines = self._output[package, test]
        file, line, words = (
            self._place(package, lines) if outcome is Outcome.FAILED else ("", None, "")
        )
        directory = self._directory(package)
        package_path = "." if directory == "." else f"./{directory}"
        pattern = "/".join(f"^{re.escape(part)}$" for part in test.split("/"))
        return TestResult(
            id=f"{file or directory}::{test}",
            outcome=outcome,
            path=file,
            line=line,
            message=words,
            excerpt="".join(each for each in lines if not _NOISE.match(each))[:2000],
            reproduce=f"go test -run '{pattern}' {package_path}" if not self._root else None,
            seconds=event.Elapsed,
        )

    def _broken(self, package: str) -> TestResult:
        known = self._errors.get(package, []) + self._output[package, ""]
        file, line, words = self._place(package, known)
        return TestResult(
            id=f"{self._directory(package)}::build",
            outcome=Outcome.ERROR,
            path=file,
            line=line,
            message=words,
            excerpt="".join(known)[:2000],
        )

    def _place(self, package: str, lines: list[str]) -> tuple[str, int | None, str]:
        """The first place in the module that the lines name, and what they say."""
        text = "".join(lines).splitlines()
        said = [line.strip() for line in text if line.strip() and not _NOISE.match(line)]
        for line in text:
            if found := _PLACE.match(line):
                path = found["file"]
                inside = (
                    path if "/" in path else str(PurePosixPath(self._directory(package)) / path)
                )
                return inside.removeprefix("./"), int(found["line"]), found["words"] or said[0]
            if (found := _FRAME.match(line)) and Path(found["file"]).is_relative_to(
                self._workspace
            ):
                path = str(Path(found["file"]).relative_to(self._workspace))
                return path, int(found["line"]), said[0] if said else "failed"
        return "", None, said[0] if said else "failed"

    def _directory(self, package: str) -> str:
        """Where a package is, relative to the workspace."""
        below = package.partition(" ")[0].removeprefix(self._module).strip("/")
        return str(PurePosixPath(self._root) / below)


def _events(text: str) -> Iterator[_Event]:
    for line in text.splitlines():
        try:
            yield _Event.model_validate_json(line)
        except ValidationError:
            continue


def _by_package(errors: str) -> dict[str, list[str]]:
    """The compiler's words on standard error: a head line `# package`, then its lines."""
    found: dict[str, list[str]] = defaultdict(list)
    package = ""
    for line in errors.splitlines(keepends=True):
        if line.startswith("# "):
            package = line[2:].split()[0]
        elif package:
            found[package].append(line)
    return found


def covered_lines(
    profile: str, module: str, root: Path, cover: Mapping[str, list[int]]
) -> dict[str, Lines]:
    """What a coverage profile tells of the lines in `cover`, by absolute path; blocks for reads.

    A line is run where any block of statements that touches it is.
    """
    blocks: dict[str, list[tuple[int, int, bool]]] = defaultdict(list)
    for found in filter(None, map(_BLOCK.match, profile.splitlines())):
        path = str(root / found["file"].removeprefix(module).lstrip("/"))
        blocks[path].append((int(found["first"]), int(found["last"]), found["count"] != "0"))
    return {
        path: _lines(text_written(Path(path)), blocks[path], wanted)
        for path, wanted in cover.items()
        if path in blocks
    }


def _lines(text: str, blocks: list[tuple[int, int, bool]], wanted: Iterable[int]) -> Lines:
    lines = text.split("\n")
    executable, missed = set(), set()
    for number in wanted:
        touching = [ran for first, last, ran in blocks if first <= number <= last]
        if touching and number <= len(lines) and holds_code(lines[number - 1]):
            executable.add(number)
            if not any(touching):
                missed.add(number)
    return Lines(executable=frozenset(executable), missed=frozenset(missed))
