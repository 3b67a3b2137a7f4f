"""What a running task tells."""

import io

import pytest
from rich.console import Console

from phantom.cli.progress import Lively, Plain, Progress, Silent, display
from phantom.client import JsonObject, TaskView

TASK = TaskView.model_validate(
    {
        "id": "5f0c7a52-8f4e-4c6a-9d0e-0d6a3b1c2e4f",
        "title": "Fix the tests",
        "status": "in_progress",
        "assigned_agent": "local",
        "current_iteration": 0,
        "max_iterations": 4,
        "current_quality": 0.0,
        "final_quality": None,
        "tests_passing": False,
        "security_issues": 0,
        "actual_cost": None,
        "duration_seconds": None,
        "created_at": "2026-01-01T00:00:00Z",
    }
)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"type": "task_update", "status": "pending"}, "waiting for a free worker"),
        (
            {"type": "task_update", "status": "in_progress", "current_iteration": 2},
            "iteration 2 of up to 4",
        ),
        ({"type": "task_update", "status": "in_progress", "current_iteration": 0}, None),
        ({"type": "task_update", "status": "completed", "current_iteration": 2}, None),
        ({"type": "agent_activity", "agent": "local", "message": "reads"}, "local: reads"),
        (
            {
                "type": "agent_activity",
                "agent": "a",
                "message": "reads",
                "detail": {"kind": "text", "candidate": "b"},
            },
            "a (b): reads",
        ),
        (
            {"type": "agent_switch", "from_agent": "a", "to_agent": "b", "reason": "agent_failed"},
            "b takes over from a: agent_failed",
        ),
        (
            {
                "type": "feedback_loop",
                "quality_score": 0.5,
                "suggestions": ["add a test\nby hand", "x"],
            },
            "evaluated: quality 0.50; to do: add a test",
        ),
        ({"type": "feedback_loop", "quality_score": None}, "evaluated: quality not measured"),
        ({"type": "hrm_checkpoint_reached", "checkpoint": {"passed": False}}, "gate not passed"),
        ({"type": "system_alert", "message": "an agent is gone"}, "an agent is gone"),
        ({"type": "of another version"}, None),
        ({}, None),
    ],
)
def test_an_event_becomes_a_line(event: JsonObject, line: str | None) -> None:
    """Every event that changes something is told in a line; unknown ones are passed over."""
    assert line == Progress(TASK).take(event)


def test_the_same_is_not_said_twice() -> None:
    """An iteration is told when it begins, and an equal line is not repeated."""
    progress = Progress(TASK)
    begun: JsonObject = {"type": "task_update", "status": "in_progress", "current_iteration": 1}
    reads: JsonObject = {"type": "agent_activity", "agent": "a", "message": "reads"}
    told = [progress.take(event) for event in (begun, reads, reads, begun)]
    assert ["iteration 1 of up to 4", "a: reads", None, None] == told


def test_the_display_suits_the_output() -> None:
    """Live in a terminal, plain in a pipe, nothing beside JSON."""
    assert isinstance(display(Console(force_terminal=True)), Lively)
    assert isinstance(display(Console(force_terminal=False)), Plain)
    assert isinstance(display(Console(), silent=True), Silent)


def test_a_live_display_shows_the_newest_line() -> None:
    """Title, iteration, quality, cost and the last line are on the screen."""
    out = Console(file=io.StringIO(), force_terminal=True, width=80)
    progress = Progress(TASK, iteration=1, quality=0.75, cost=0.0)
    progress.take({"type": "agent_activity", "agent": "local", "message": "[tries] an edit"})
    with Lively(out).open(progress):
        pass
    assert isinstance(out.file, io.StringIO)
    shown = out.file.getvalue()
    for told in ("Fix the tests", "iteration 1/4", "quality 0.75", "$0.00", "[tries] an edit"):
        assert told in shown
