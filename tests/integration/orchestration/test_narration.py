"""How much of what an agent does is told: enough to follow it, never enough to drown in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    Finished,
    TextDelta,
    ToolUse,
    Usage,
    UsageReport,
)
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.db import models
from phantom.orchestration.narration import LINES_AT_ONCE, LINES_IN_ALL
from phantom.settings import Settings
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, TaskType


class Talker:
    """An agent in this process that says what it is given, as fast as it can."""

    agent_id = "talker"
    agent_type = AgentType.LOCAL
    outlives_server = False

    def __init__(self, *events: AgentEvent) -> None:
        self._events = events

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002
        return True

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:  # noqa: ARG002
        for event in self._events:
            yield event
        yield Finished(content="done")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home of its own; made here since it looks at the disk."""
    return Settings.model_validate({"home": tmp_path / "home", "roots": (tmp_path,)})


async def told(settings: Settings, *events: AgentEvent) -> list[models.JsonObject]:
    """What is told of a call with these events."""
    runtime = Runtime(settings, agents=[Talker(*events)], evaluators=())
    async with runtime.running() as services:
        task = await services.tasks.submit(Order(prompt="talk", task_type=TaskType.DEBUGGING))
        await services.tasks.wait(task.id)
        return await _activities(services)


async def _activities(services: Services) -> list[models.JsonObject]:
    async with services.database.read() as session:
        bodies = await session.scalars(select(models.Event.body).order_by(models.Event.seq))
        return [body for body in bodies if body["type"] == "agent_activity"]


async def test_pieces_of_text_are_told_together_and_running_totals_once(settings: Settings):
    """In the order in which things happened, each with what it is for a machine."""
    said = await told(
        settings,
        Activity(message="begins", detail={"phase": "look"}),
        *(TextDelta(text=piece) for piece in ("I ", "see", ".")),
        *(UsageReport(usage=Usage(input=1000 * n, output=n)) for n in range(1, 4)),
        ToolUse(tool="read", summary="a.py"),
    )

    assert [
        ("begins", {"phase": "look"}),
        ("I see.", {"kind": "text"}),
        (
            "3,003 tokens so far, 3 of them written",
            {"kind": "usage", "input": 3000, "output": 3, "cache_read": 0, "cache_write": 0},
        ),
        ("read: a.py", {"kind": "tool", "tool": "read"}),
    ] == [(body["message"], body["detail"]) for body in said]


async def test_a_raving_agent_fills_neither_the_database_nor_a_screen(settings: Settings):
    """The newest lines of each moment are told, with how many were left out."""
    lines = (Activity(message=f"line {number}") for number in range(20_000))
    said = await told(settings, *lines)

    gaps = [body for body in said if body["detail"] == {"kind": "gap"}]
    assert gaps
    assert "line 19999" == said[-1]["message"]
    assert len(said) - len(gaps) <= min(LINES_IN_ALL, (len(gaps) + 1) * LINES_AT_ONCE)
    missing = sum(int(str(body["message"]).split()[0].strip("(")) for body in gaps)
    assert 20_000 == missing + len(said) - len(gaps)
