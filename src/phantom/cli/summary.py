"""A task on the screen: one line of figures, where the result is, and what the agent said."""

from rich.console import Console
from rich.markup import escape

from phantom.cli.output import money, score, seconds, styled
from phantom.client import TaskView

_FILES_SHOWN = 5


def print_summary(out: Console, task: TaskView, *, with_id: bool = True) -> None:
    """Everything about a task that a person asks for first."""
    if with_id:
        out.print(f"[bold]{escape(task.title)}[/]")
        out.print(f"task     {task.id}")
    out.print(_figures(task))
    if task.failure_reason:
        out.print(f"[red]reason[/]   {escape(task.failure_reason)}")
    if task.failure_detail:
        out.print(f"         {escape(task.failure_detail)}")
    if isinstance(notice := task.metadata.get("notice"), str):
        out.print(f"[yellow]notice[/]   {escape(notice)}")
    if (files := task.metadata.get("needs_review")) and isinstance(files, list):
        named = ", ".join(map(str, files[:_FILES_SHOWN]))
        out.print(
            f"[yellow]review[/]   changes what runs on your machine ({escape(named)}); "
            "Phantom neither pushes nor merges this by itself"
        )
    if task.branch:
        out.print(f"branch   {escape(task.branch)}")
        base = task.metadata.get("base_commit")
        if isinstance(base, str):
            out.print(f"look     git diff {base[:12]} {escape(task.branch)}")
    if task.content:
        out.print()
        out.print(task.content.rstrip(), markup=False)


def _figures(task: TaskView) -> str:
    parts = [styled(task.status.value)]
    if task.duration_seconds is not None:
        parts[0] += f" in {seconds(task.duration_seconds)}"
    if task.current_iteration:
        rounds = f"{task.current_iteration} of up to {task.max_iterations} iterations"
        parts.append(rounds)
        parts.append(f"quality {score(task.final_quality if task.ended else task.current_quality)}")
        if task.metadata.get("gate") == "not_measured":
            parts.append("the gate was not measured")
        parts.append("tests pass" if task.tests_passing else "tests do not pass")
    if task.security_issues:
        parts.append(f"{task.security_issues} new security findings")
    if task.ended:
        parts.append(f"cost {money(task.actual_cost)}")
    parts.append(f"by {escape(task.assigned_agent)}")
    return " · ".join(parts)
