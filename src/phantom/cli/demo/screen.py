"""The demo's words and tables."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from phantom.cli.demo.evidence import Journal, Survivor
from phantom.cli.demo.process import ServerProcess
from phantom.cli.demo.repository import NAME
from phantom.cli.output import money, print_columns, score, styled
from phantom.client import JsonObject, TaskView
from phantom.evaluation import Report
from phantom.settings import DEFAULT_PORT

_BAR_CELLS = 30
_FIRST_SECTIONS = ("Summary", "Findings")
_STEPS = {
    "workspace": "private clone",
    "context": "context",
    "plan": "plan",
    "call": "agent",
    "evaluate": "evaluation",
    "finish": "branch delivered",
}


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair, with what was measured before and beside it."""

    task: TaskView
    before: Report
    diff: str
    journal: Journal
    root: Path


def title(out: Console, *, crash: bool) -> None:
    """What is going to happen."""
    what = "repairs a bug, survives a power cut," if crash else "repairs a bug"
    out.print(f"[bold]Phantom {what} and reviews the code, offline[/]")


def beginning(out: Console, before: Report, server: ServerProcess) -> None:
    """The state before."""
    tests = next((e for e in before.evaluations if e.evaluator == "tests"), None)
    _heading(out, f"A repository with a bug: {NAME}")
    if tests is not None:
        out.print(f"  tests    {escape(tests.summary)}")
    out.print(f"  quality  {score(before.quality)}, measured before anything is changed")
    out.print(f"  server   process {server.pid}, answered after {server.seconds:.1f} s")


def repairing(out: Console) -> None:
    """The first task begins."""
    _heading(out, "Task 1: fix the failing tests")


def killed(out: Console, server: ServerProcess) -> None:
    """The server is gone."""
    out.print(f"\n  [bold red]SIGKILL[/]  the server (process {server.pid}) is dead")


def survived(out: Console, survivor: Survivor | None) -> None:
    """What became of its agent."""
    if survivor is None:
        out.print("           no agent had been started")
        return
    state = "works on without it" if survivor.alive else "has finished without it"
    out.print(
        f"           its agent (process {survivor.pid}) {state}: "
        f"{survivor.lines_at_kill} events in its journal, then {survivor.lines_later}"
    )


def resumed(out: Console, server: ServerProcess) -> None:
    """Another server takes over."""
    out.print(
        f"  [bold green]restart[/]  a new server (process {server.pid}) on the same data, "
        f"answered after {server.seconds:.1f} s\n"
    )


def repaired(out: Console, fixed: Repair) -> None:
    """The result of the first task."""
    task, agent = fixed.task, _object(fixed.task.metadata.get("agent"))
    _localisation(out, agent, fixed.root)
    _heading(out, "What changed")
    for line in fixed.diff.splitlines():
        out.print(Text("  " + line, style=_diff_style(line)))
    _heading(out, "Result")
    out.print(f"  status   {styled(task.status.value)}{_reason(task)}")
    out.print(f"  quality  {score(fixed.before.quality)} -> {score(task.final_quality)}")
    if isinstance(failing := agent.get("tests_failing_before"), int):
        passing = "all pass" if task.tests_passing else "not all pass"
        out.print(f"  tests    {failing} failed -> {passing}")
    out.print(f"  rounds   {task.current_iteration} of up to {task.max_iterations} iterations")
    out.print(f"  cost     {money(task.actual_cost)}, by the embedded agent")
    out.print(f"  branch   {escape(task.branch or 'none')}")
    _times(out, task, agent)


def proof(out: Console, journal: Journal) -> None:
    """That the crash cost nothing."""
    _heading(out, "What the journal says about the power cut")
    out.print(f"  the run was begun by {journal.server_starts} server processes")
    out.print(f"  agent calls made: {len(journal.calls)} ({', '.join(journal.calls)})")
    out.print(f"  agent processes started: {journal.processes_started}")
    once = len(journal.calls) == journal.processes_started == 1
    verdict = "[green]paid once[/]" if once else "[red]more than once[/]"
    out.print(f"  the work was {verdict}")


def reviewing(out: Console) -> None:
    """The second task begins."""
    _heading(out, "Task 2: look for security problems")


def reviewed(out: Console, task: TaskView) -> None:
    """The report, as far as its findings."""
    out.print(f"  status   {styled(task.status.value)}{_reason(task)}\n")
    head, *sections = (task.content or "").strip().split("\n## ")
    shown = [section for section in sections if section.startswith(_FIRST_SECTIONS)]
    for part in (head, *(f"## {section}" for section in shown)):
        for line in part.strip().splitlines():
            out.print(f"  {line}", markup=False)
        out.print()
    rest = [section.partition("\n")[0] for section in sections if section not in shown]
    if rest:
        out.print(f"  and further sections: {', '.join(rest)}", markup=False)


def end(out: Console, seconds: float) -> None:
    """Where to go on."""
    _heading(out, f"Done in {seconds:.1f} s")
    out.print("  in a repository of yours   phantom run 'Fix the failing tests' --type debugging")
    out.print(
        f"  the HTTP API               phantom serve, then http://127.0.0.1:{DEFAULT_PORT}/docs"
    )


def kept(out: Console, directory: Path) -> None:
    """Where everything is."""
    place = shlex.quote(str(directory))
    out.print(f"  kept in {place}; to look at it with a server:", markup=False)
    out.print(f"  phantom serve --home {place}/home --root {place}", markup=False)


def _localisation(out: Console, agent: JsonObject, root: Path) -> None:
    rows = list(_suspects(agent.get("fault_localisation"), root))
    if not rows:
        return
    _heading(out, "Where the agent looked: lines by suspicion (Ochiai, 1.00 = only failing tests)")
    print_columns(out, ("  LINE", "SUSPICION", "SOURCE"), rows)
    if isinstance(tried := agent.get("candidates"), int):
        out.print(f"  {tried} candidate edits were tested")


def _suspects(found: JsonValue, root: Path) -> Iterator[tuple[str, str, str]]:
    for entry in found if isinstance(found, list) else []:
        match entry:
            case {"path": str(path), "line": int(line), "score": float() | int() as suspicion}:
                source = (root / path).read_text().splitlines()[line - 1].strip()
                yield f"  {escape(path)}:{line}", f"{suspicion:.2f}", escape(source)
            case _:
                pass


def _times(out: Console, task: TaskView, agent: JsonObject) -> None:
    steps, phases = _numbers(task.metadata.get("seconds")), _numbers(agent.get("phases"))
    if not steps:
        return
    _heading(out, "Where the time went")
    longest = max((*steps.values(), *phases.values())) or 1.0
    rows = []
    for step, label in _STEPS.items():
        if step in steps:
            rows.append(_time(f"  {label}", steps[step], longest))
        if step == "call":
            rows += [_time(f"    {name}", value, longest) for name, value in phases.items()]
    print_columns(out, ("  STEP", "SECONDS", ""), rows)
    worked, waited = agent.get("seconds"), steps.get("call", 0.0)
    if isinstance(worked, float | int) and worked > waited:
        out.print(
            f"  the agent worked {worked:.1f} s; the second server waited {waited:.1f} s for it"
        )


def _time(label: str, value: float, longest: float) -> tuple[str, str, str]:
    bar = "\N{LOWER HALF BLOCK}" * round(value / longest * _BAR_CELLS)
    return label, f"{value:7.2f}", f"[cyan]{bar}[/]" if bar else ""


def _heading(out: Console, text: str) -> None:
    out.print(f"\n[bold]{escape(text)}[/]")


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---", "diff ", "index ")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def _reason(task: TaskView) -> str:
    if task.failure_reason is None:
        return ""
    return escape(f" ({task.failure_reason}: {task.failure_detail})")


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _numbers(value: JsonValue) -> Mapping[str, float]:
    return {k: v for k, v in _object(value).items() if isinstance(v, float | int)}
