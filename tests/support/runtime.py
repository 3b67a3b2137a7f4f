"""A whole runtime in this process, with agents that do what a test tells them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from phantom.agents.port import Agent, AgentEvent, AgentRequest, ErrorKind, Failed, Finished
from phantom.agents.scripted import Script, ScriptedAgent
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.evaluation.port import Evaluator
from phantom.settings import Settings
from phantom.vocabulary import AgentType


@contextlib.asynccontextmanager
async def running(
    directory: Path,
    agents: Sequence[Agent],
    *,
    database_url: str | None = None,
    evaluators: Sequence[Evaluator] = (),
    further: Mapping[str, object] | None = None,
) -> AsyncIterator[Services]:
    """The services of a runtime whose home and only root lie in `directory`.

    `further` settings are taken over whatever the other arguments say.
    """

    def made() -> Runtime:
        home = directory / "phantom-home"
        given = {
            "home": home,
            "roots": (directory,),
            "database_url": database_url,
            # A test that stops in the middle means to; it does not wait for what it cut off.
            "shutdown_seconds": 0.3,
            # How much is free is not what most tests are about.
            "min_free_disk_mb": 0,
            "min_free_memory_mb": 0,
        }
        settings = Settings.model_validate(given | dict(further or {}))
        return Runtime(settings, agents=agents, evaluators=evaluators)

    # Made before the loop runs in real life, where it may look for files.
    async with (await asyncio.to_thread(made)).running() as services:
        yield services


def finishing(agent_id: str = "willing", **fields: object) -> ScriptedAgent:
    """An agent that is done at once."""
    return scripted([Finished.model_validate({"content": "done"} | fields)], agent_id)


def failing(agent_id: str, kind: ErrorKind = ErrorKind.ERROR, message: str = "no") -> ScriptedAgent:
    """An agent that always fails."""
    return scripted([Failed(kind=kind, message=message)], agent_id)


def scripted(events: Sequence[AgentEvent], agent_id: str = "scripted") -> ScriptedAgent:
    """An agent that answers each call with the same events."""

    def script(_request: AgentRequest) -> Sequence[AgentEvent]:
        return events

    return calling(script, agent_id)


def calling(script: Script, agent_id: str = "scripted") -> ScriptedAgent:
    """An agent that is a function."""
    return ScriptedAgent(script, agent_id=agent_id, agent_type=AgentType.OPENAI)
