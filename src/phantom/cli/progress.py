"""A running task, told as it happens: a live display in a terminal, a line per change in a pipe."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from phantom.cli.output import money, score, seconds
from phantom.client import ENDED, Client, JsonObject, TaskView

_KEPT_LINES = 6


@dataclass
class Progress:
    """What is known about a task under way; `take` brings it up to date."""

    task: TaskView
    iteration: int = 0
    quality: float | None = None
    cost: float | None = None
    lines: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since this display began to watch."""
        return time.monotonic() - self.started

    def take(self, event: JsonObject) -> str | None:
        """Take one event in; returns the line that tells what it changed, if anything."""
        line = self._line(event)
        if line is None or (self.lines and self.lines[-1] == line):
            return None
        self.lines = [*self.lines[-_KEPT_LINES:], line]
        return line

    def _line(self, event: JsonObject) -> str | None:
        line: str | None = None
        match event:
            case {"type": "task_update", "status": "pending"}:
                line = "waiting for a free worker"
            case {"type": "task_update", "status": "in_progress", "current_iteration": int(number)}:
                if number > self.iteration:
                    line = f"iteration {number} of up to {self.task.max_iterations}"
                self.iteration = number
            case {
                "type": "agent_activity",
                "agent": str(agent),
                "message": str(message),
                "detail": {"candidate": str(letter)},
            }:
                line = f"{agent} ({letter}): {message}"
            case {"type": "agent_activity", "agent": str(agent), "message": str(message)}:
                line = f"{agent}: {message}"
            case {"type": "agent_switch", "from_agent": old, "to_agent": new, "reason": why}:
                line = f"{new} takes over from {old}: {why}"
            case {"type": "agent_choice_needed", "candidates": list(candidates)}:
                ids = [str(each["agent_id"]) for each in candidates if isinstance(each, dict)]
                line = f"choose an agent: phantom choose {self.task.id} {'|'.join(ids)}"
            case {"type": "feedback_loop", "quality_score": float() | int() | None as quality}:
                self.quality = quality
                line = f"evaluated: quality {score(quality)}" + _first(event.get("suggestions"))
            case {"type": "hrm_checkpoint_reached", "checkpoint": {"passed": bool(passed)}}:
                line = f"gate {'passed' if passed else 'not passed'}"
            case {"type": "system_alert", "message": str(message)}:
                line = message
            case _:
                pass
        return line


def _first(suggestions: object) -> str:
    if not isinstance(suggestions, list) or not suggestions:
        return ""
    sentence, _, _ = str(suggestions[0]).partition("\n")
    return f"; to do: {sentence}"


class Display(Protocol):
    """Shows progress while its context is open."""

    def open(self, progress: Progress) -> contextlib.AbstractContextManager[None]:
        """Begin to show `progress`, which goes on changing."""
        ...

    def line(self, progress: Progress, line: str) -> None:
        """Something changed."""
        ...


class Silent:
    """Shows nothing: with `--json` the result is all."""

    def open(self, progress: Progress) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 - the protocol's
        """Nothing to begin."""
        return contextlib.nullcontext()

    def line(self, progress: Progress, line: str) -> None:
        """Nothing to show."""


class Plain:
    """A line per change, with the seconds since the start."""

    def __init__(self, out: Console, *, indent: str = "") -> None:
        self._out = out
        self._indent = indent

    def open(self, progress: Progress) -> contextlib.AbstractContextManager[None]:
        """Say which task it is."""
        self._out.print(f"{self._indent}task {progress.task.id}", markup=False)
        return contextlib.nullcontext()

    def line(self, progress: Progress, line: str) -> None:
        """Print it at once, since somebody may watch the pipe."""
        told = f"{self._indent}[{progress.elapsed:6.1f} s] {line}"
        self._out.print(told, markup=False, style="dim")
        self._out.file.flush()


class Lively:
    """A block that is drawn again and again: figures above, the last lines below."""

    def __init__(self, out: Console) -> None:
        self._out = out

    @contextlib.contextmanager
    def open(self, progress: Progress) -> Iterator[None]:
        """Draw until the context closes, then leave nothing behind."""
        with Live(
            get_renderable=lambda: _block(progress),
            console=self._out,
            refresh_per_second=8,
            transient=True,
        ):
            yield

    def line(self, progress: Progress, line: str) -> None:
        """The next frame shows it."""


def display(out: Console, *, silent: bool = False) -> Display:
    """The display that suits where the output goes."""
    if silent:
        return Silent()
    return Lively(out) if out.is_terminal else Plain(out)


async def watch(client: Client, task_id: str, show: Display, *, after: int = 0) -> TaskView:
    """Show a task until it has ended, from the event after `after` on; returns it as it ended."""
    task = await client.task(task_id)
    progress = Progress(task, iteration=task.current_iteration if after else 0)
    with show.open(progress):
        if progress.task.ended:
            return progress.task
        async with aclosing(client.events(task_id, after=after)) as events:
            async for event in events:
                line = progress.take(event)
                if event.get("type") in {"task_update", "feedback_loop"}:
                    progress.task = await client.task(task_id)
                    progress.cost = await _cost(client, task_id)
                if line is not None:
                    show.line(progress, line)
                # An earlier attempt's end may be among the events: the task itself decides, too.
                if event.get("status") in ENDED and progress.task.ended:
                    return progress.task
    raise AssertionError("the stream of events has no end")


async def _cost(client: Client, task_id: str) -> float | None:
    """What the iterations have cost so far; None where nothing is known."""
    costs = [each.cost for each in await client.iterations(task_id) if each.cost is not None]
    return sum(costs) if costs else None


def _block(progress: Progress) -> Group:
    task = progress.task
    head = Text.assemble((task.title, "bold"), no_wrap=True, overflow="ellipsis")
    figures = Text(no_wrap=True, overflow="ellipsis")
    figures.append(f"iteration {progress.iteration}/{task.max_iterations}", style="cyan")
    figures.append(f" · quality {'-' if progress.quality is None else score(progress.quality)}")
    figures.append(f" · cost {'-' if progress.cost is None else money(progress.cost)}")
    figures.append(f" · {seconds(progress.elapsed)}")
    lines = [Text(f"  {line}", style="dim", no_wrap=True) for line in progress.lines[:-1]]
    for line in lines:
        line.overflow = "ellipsis"
    now = [Text(f"> {line}", no_wrap=True, overflow="ellipsis") for line in progress.lines[-1:]]
    return Group(head, figures, *lines, *now)
