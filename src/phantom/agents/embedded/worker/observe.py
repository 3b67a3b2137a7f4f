"""Run collected tests in this process and write down how each ended, as it ends."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Literal, cast

import pytest

Tracer = Callable[[FrameType, str, object], Any]
"""A trace function; it returns the one for the lines of the frame, or None."""


_AFTER_A_HANG = 0.2


class TestHung(BaseException):
    """Raised inside a test that used up its processor time."""

    __test__ = False


class Run:
    """One pass over tests, as a request asks for it."""

    def __init__(self, request: dict[str, Any], root: Path, writer: int) -> None:
        """`request` holds `test_seconds`, `stop_first` and `trace` (see pool.py)."""
        self._seconds: float = request["test_seconds"]
        self._stop_first: bool = request["stop_first"]
        self._trace: bool = request["trace"]
        self._prefix = f"{root}/"
        self._writer = writer
        self._lines: dict[str, set[int]] = {}
        self._raised: list[tuple[str, int]] = []
        self._outcome = "passed"

    def over(self, items: list[pytest.Item], numbers: list[int]) -> None:
        """Run `items` in this order; `numbers` are their names in the answer."""
        signal.signal(signal.SIGPROF, _hung)
        slowest = 0.0
        hung = False
        for position, (item, number) in enumerate(zip(items, numbers, strict=True)):
            following = items[position + 1] if position + 1 < len(items) else None
            # One endless loop costs the full time; where there is one, there are more.
            allowed = max(_AFTER_A_HANG, 10 * slowest) if hung else self._seconds
            seconds = self._one(item, following, min(allowed, self._seconds))
            self._write(number, seconds)
            hung = hung or self._outcome == "hung"
            slowest = max(slowest, seconds if self._outcome == "passed" else 0.0)
            if self._stop_first and self._outcome not in {"passed", "skipped"}:
                break
        os.write(self._writer, b'"end"\n')

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test is as bad as the worst of its three phases."""
        if report.failed and self._outcome != "hung":
            self._outcome = "failed"
        elif report.skipped and self._outcome == "passed":
            self._outcome = "skipped"

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """A report without the text of the traceback, which costs more than most tests.

        Plugins that change the outcome (skips, expected failures, unittest) wrap this hook.
        """
        outcome: Literal["passed", "failed", "skipped"] = "passed"
        longrepr: tuple[str, int, str] | None = None
        if call.excinfo is not None:
            skipped = isinstance(call.excinfo.value, pytest.skip.Exception)
            outcome, longrepr = "skipped" if skipped else "failed", ("", 0, "")
            if call.excinfo.type is TestHung:
                self._outcome = "hung"
            if self._trace:
                self._note(call.excinfo.traceback)
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome=outcome,
            longrepr=longrepr,
            when=cast("Literal['setup', 'call', 'teardown']", call.when),
            duration=call.duration,
            start=call.start,
            stop=call.stop,
        )

    def _note(self, traceback: Iterable[Any]) -> None:
        """Where an exception passed through the project; of deep recursion only the ends."""
        entries = list(traceback)
        for entry in [*entries[:50], *entries[50:][-50:]]:
            path = str(entry.path)
            if path.startswith(self._prefix):
                self._raised.append((path[len(self._prefix) :], entry.lineno + 1))

    def _one(self, item: pytest.Item, following: pytest.Item | None, allowed: float) -> float:
        self._outcome, self._lines, self._raised = "passed", {}, []
        manager = item.config.pluginmanager
        manager.register(self, "phantom-observe")
        started = time.process_time()
        try:
            with self._traced(), _timer(allowed):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except TestHung:
            self._outcome = "hung"
        finally:
            manager.unregister(self)
        return time.process_time() - started

    def _write(self, number: int, seconds: float) -> None:
        message: dict[str, Any] = {"test": number, "outcome": self._outcome, "seconds": seconds}
        if self._trace:
            message["lines"] = {path: sorted(lines) for path, lines in self._lines.items()}
            message["raised"] = self._raised
        data = (json.dumps(message) + "\n").encode()
        while data:
            data = data[os.write(self._writer, data) :]

    @contextmanager
    def _traced(self) -> Iterator[None]:
        if not self._trace:
            yield
            return
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, _event: str, _arg: object) -> Tracer | None:
        path = frame.f_code.co_filename
        if not path.startswith(self._prefix):
            return None
        add = self._lines.setdefault(path[len(self._prefix) :], set()).add

        def line(frame: FrameType, event: str, _arg: object) -> Tracer:
            if event == "line":
                add(frame.f_lineno)
            return line

        return line


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    # Again later, for a test that swallowed the first one.
    signal.setitimer(signal.ITIMER_PROF, seconds, max(seconds, 0.5))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _hung(_number: int, _frame: FrameType | None) -> None:
    raise TestHung
