"""The embedded agent, asked as the server asks it: a request file in, events out."""

import os
import subprocess
from pathlib import Path

import phantom
from phantom.agents.embedded import command
from phantom.agents.port import AGENT_EVENT, AgentEvent, AgentRequest, Clocks, Finished
from phantom.vocabulary import TaskType

SOURCE = Path(phantom.__file__).parents[1]


def request(workspace: Path, task_type: TaskType, prompt: str, **more: object) -> AgentRequest:
    """A request for `workspace`, with a scratch directory beside it."""
    scratch = workspace.parent / f"{workspace.name}.scratch"
    scratch.mkdir(exist_ok=True)
    return AgentRequest.model_validate(
        {
            "call_id": "task/1/1/1",
            "task_id": "task",
            "task_type": task_type,
            "iteration": 1,
            "prompt": prompt,
            "workspace": workspace,
            "scratch": scratch,
            "clocks": Clocks(wall=75.0),
            **more,
        }
    )


def start(asked: AgentRequest, mark: str) -> "subprocess.Popen[bytes]":
    """The agent's process, whose events come on its stdout."""
    file = asked.scratch.parent / f"{asked.workspace.name}.request.json"
    file.write_text(asked.model_dump_json())
    return subprocess.Popen(
        command(file),
        cwd=asked.scratch,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "PHANTOM_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ask(asked: AgentRequest, mark: str = "embedded-test") -> list[AgentEvent]:
    """Run the agent to its end; returns its events, the last of which is the terminal one."""
    with start(asked, mark) as process:
        output, errors = process.communicate(timeout=110)
    assert b"" == errors
    return [AGENT_EVENT.validate_json(line) for line in output.splitlines()]


def finished(events: list[AgentEvent]) -> Finished:
    """The terminal event, which has to be a `Finished`."""
    terminal = events[-1]
    assert isinstance(terminal, Finished), terminal
    return terminal
