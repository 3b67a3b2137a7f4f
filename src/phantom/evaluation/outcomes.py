"""What one run of the tests did, read from the records that `probe/run_pytest.py` writes."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, ValidationError


class Outcome(StrEnum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """Set-up or tear-down broke, or the file could not be collected."""
    SKIPPED = "skipped"
    UNLOADED = "unloaded"
    """Not run, since a package that it needs is not installed."""
    FLAKY = "flaky"
    """It failed and passed on the same files, by no fault of the change."""


class TestResult(BaseModel):
    """One test: where it is, how it ended, and where in the workspace it broke.

    Attributes:
        excerpt: the line that broke and what it compared, as the test tool prints them.
        note: what running it again showed; may be empty.
        regression: the base commit was seen to pass it.
        fails_at_base: the base commit was seen to fail it as well.
        reproduce: the command that runs this test alone, in the root of the workspace.
    """

    model_config = ConfigDict(frozen=True)
    __test__ = False  # not a test class, whatever its name

    id: str
    outcome: Outcome
    path: str
    line: int | None = None
    message: str = ""
    excerpt: str = ""
    reproduce: str | None = None
    crash_path: str | None = None
    crash_line: int | None = None
    seconds: float = 0.0
    note: str = ""
    regression: bool = False
    fails_at_base: bool = False


class Lines(BaseModel):
    """Changed lines of one file that can run, and those of them that no test ran."""

    executable: frozenset[int]
    missed: frozenset[int]


class TestRun(BaseModel):
    """All that one run told.

    Attributes:
        collected: ids of the tests that were to run.
        results: how each test ended, by id; files that could not be collected are among them.
        running: the test that had begun and not ended, if the run broke off.
        status: pytest's exit status, or None where the run did not come to its end.
        lines: the changed lines by absolute path; empty where the run did not end.
        lines_unknown: why it is not known of some changed lines whether they ran; else empty.
    """

    __test__ = False

    collected: tuple[str, ...] = ()
    results: dict[str, TestResult] = {}
    running: str | None = None
    status: int | None = None
    lines: dict[str, Lines] = {}
    lines_unknown: str = ""

    def count(self, outcome: Outcome) -> int:
        """How many tests ended so."""
        return sum(result.outcome is outcome for result in self.results.values())

    def ended(self, *outcomes: Outcome) -> list[TestResult]:
        """The tests that ended so, in the order in which they ran."""
        return [result for result in self.results.values() if result.outcome in outcomes]


class _Record(BaseModel):
    kind: str
    id: str = ""
    tests: tuple[str, ...] = ()
    when: str = ""
    outcome: str = ""
    path: str = ""
    line: int | None = None
    message: str = ""
    excerpt: str = ""
    crash_path: str | None = None
    crash_line: int | None = None
    seconds: float = 0.0
    status: int | None = None
    lines: dict[str, Lines] = {}


def read_run(text: str) -> TestRun:
    """The run that these records tell; a line that is cut off or not ours is passed over."""
    run = TestRun()
    started: list[str] = []
    for record in _records(text.splitlines()):
        match record.kind:
            case "collected":
                run.collected = record.tests
            case "start":
                started.append(record.id)
            case "result" | "collect_error":
                _add(run.results, record)
            case "end":
                run.status, run.lines = record.status, record.lines
    if run.status is None and started and started[-1] not in run.results:
        run.running = started[-1]
    return run


def _records(lines: Iterable[str]) -> Iterator[_Record]:
    for line in lines:
        try:
            yield _Record.model_validate_json(line)
        except ValidationError:
            continue


def _add(results: dict[str, TestResult], record: _Record) -> None:
    outcome = _outcome(record)
    before = results.get(record.id)
    # A test whose tear-down breaks has passed first; the worse of the two is what counts.
    if before and (outcome is None or before.outcome in {Outcome.FAILED, Outcome.ERROR}):
        return
    if outcome:
        results[record.id] = TestResult(
            id=record.id,
            outcome=outcome,
            path=record.path,
            line=record.line,
            message=record.message,
            excerpt=record.excerpt,
            crash_path=record.crash_path,
            crash_line=record.crash_line,
            seconds=record.seconds,
        )


def _outcome(record: _Record) -> Outcome | None:
    if record.kind == "collect_error":
        return Outcome.ERROR
    if record.outcome == "failed":
        return Outcome.FAILED if record.when == "call" else Outcome.ERROR
    return {"passed": Outcome.PASSED, "skipped": Outcome.SKIPPED}.get(record.outcome)
