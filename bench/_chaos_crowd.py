"""Chaos among several workers of one PostgreSQL: one after the other is killed, stopped or hung.

Each is started again when it has ended. A hang is short, so that the worker goes on, or longer than
the others' patience, so that it wakes up to find itself declared dead.
"""

import contextlib
import random
import select
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bench._chaos_server import POINTS, START_SECONDS, server, shuffled, start
from phantom.engine.workers import LOOK_SECONDS, LOOKS_PER_BEAT, SILENT_BEATS

LAST_RUN_SECONDS = 240.0
_LONGEST_PEACE_SECONDS = 6.0
_SHORT_HANG_SECONDS = 5.0
# The others' patience, and a fifth more for their looks to be late.
_LONG_HANG_SECONDS = (SILENT_BEATS + 1) * LOOKS_PER_BEAT * LOOK_SECONDS * 1.2


class Blow(StrEnum):
    """What is done to a worker; `fault` is its death at a named point of the loop."""

    FAULT = "fault"
    KILL = "kill"
    STOP = "stop"
    HANG = "hang"
    LONG_HANG = "long hang"


_WEIGHTS = {Blow.KILL: 8, Blow.STOP: 4, Blow.HANG: 2, Blow.LONG_HANG: 1}


@dataclass(slots=True)
class _Member:
    process: subprocess.Popen[str]
    wakes_at: float | None = None
    """When it goes on, where it hangs."""
    killed: bool = False
    _up: bool = False

    def is_at_work(self) -> bool:
        """True once it has said that it is up, and while it does not hang."""
        output = self.process.stdout
        assert output is not None
        if not self._up and select.select([output], [], [], 0)[0]:
            self._up = output.readline() != ""
        return self._up and self.wakes_at is None


@dataclass(slots=True)
class Crowd:
    """The workers, and what was done to them.

    Attributes:
        blows: how often each was dealt; a fault counts when the worker has died of it.
    """

    home: Path
    repository: Path
    url: str
    size: int
    chance: random.Random
    blows: Counter[Blow] = field(default_factory=Counter)
    _members: list[_Member] = field(default_factory=list)
    _points: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._points = shuffled(POINTS, self.chance)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """All of them up; killed at the end, however it comes."""
        try:
            self._members = [self._member() for _ in range(self.size)]
            yield
        finally:
            for member in self._members:
                member.process.kill()
                member.process.wait(timeout=START_SECONDS)

    def beat_up(self, seconds: float) -> None:
        """Blow after blow for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(self.chance.uniform(0.0, _LONGEST_PEACE_SECONDS))
            self._wake()
            self._members = [self._replaced(each) for each in self._members]
            at_work = [each for each in self._members if each.is_at_work()]
            if at_work:
                self._strike(self.chance.choice(at_work))

    def finish(self) -> list[str]:
        """Let them end by themselves, once every task has; returns what went wrong."""
        until = time.monotonic() + LAST_RUN_SECONDS
        while any(each.process.poll() is None for each in self._members):
            if time.monotonic() > until:
                return [f"tasks were still open {LAST_RUN_SECONDS:.0f} s after the last blow"]
            self._wake()
            time.sleep(0.1)
        # The last of them may have died, with tasks under way.
        with server(self.home, self.repository, self.url, None) as last:
            try:
                code = last.wait(timeout=LAST_RUN_SECONDS)
            except subprocess.TimeoutExpired:
                return ["the last worker found tasks that it could not end"]
        return [f"the last worker ended with {code}"] if code != 0 else []

    def _strike(self, member: _Member) -> None:
        blow = self.chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if all(each.wakes_at is not None for each in self._members if each is not member):
            blow = Blow.KILL  # where all hang nobody can notice
        self.blows[blow] += 1
        match blow:
            case Blow.KILL:
                member.killed = True
                member.process.kill()
            case Blow.STOP:
                member.process.terminate()
            case _:
                longest = _SHORT_HANG_SECONDS if blow is Blow.HANG else _LONG_HANG_SECONDS
                member.process.send_signal(signal.SIGSTOP)
                member.wakes_at = time.monotonic() + longest

    def _wake(self) -> None:
        for member in self._members:
            if member.wakes_at is not None and member.wakes_at < time.monotonic():
                member.process.send_signal(signal.SIGCONT)
                member.wakes_at = None

    def _replaced(self, member: _Member) -> _Member:
        """The member, or a new one in its place where it has ended."""
        code = member.process.poll()
        if code is None:
            return member
        self.blows[Blow.FAULT] += code == -signal.SIGKILL and not member.killed
        return self._member()

    def _member(self) -> _Member:
        """A new worker; every other one dies at the next named point."""
        fault = f"{next(self._points)}@{self.chance.choice((1, 1, 2))}"
        at_point = self.chance.random() < 0.5
        return _Member(
            start(
                self.home,
                self.repository,
                self.url,
                fault if at_point else None,
                in_flight=2 * self.size,
            )
        )
