"""A whole server for a tour of the API: agents that follow a script, and a repository."""

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
    Finished,
    Usage,
)
from phantom.agents.scripted import ScriptedAgent
from phantom.api.application import Application
from phantom.app import create_app
from phantom.evaluation.port import Evaluator
from phantom.settings import Settings
from phantom.vocabulary import AgentType
from tests.support.api import Server
from tests.support.repositories import GitRepoFactory

_HOLD_SECONDS = 0.2


def _works(request: AgentRequest) -> Iterable[AgentEvent]:
    """Writes a line and is done; a prompt that begins with `hold` lasts until it is cancelled."""
    if request.prompt.startswith("hold"):
        while True:
            yield Activity(message="holding")
            time.sleep(_HOLD_SECONDS)
    yield Activity(message="looking", detail={"files": 1})
    if not request.read_only:
        (request.workspace / "made.txt").write_text(f"{request.iteration}\n")
    usage = Usage(input=1000, output=523)
    yield Finished(content="I looked.", usage=usage, cost=0.0046, session_id="sess_xyz")


def _fails(request: AgentRequest) -> Iterable[AgentEvent]:
    if request.prompt.startswith("hold"):
        yield from _works(request)
    yield Failed(kind=ErrorKind.AUTH, message="The login has expired.")


@contextlib.contextmanager
def toured_server(
    directory: Path, evaluators: Sequence[Evaluator] | None = None
) -> Iterator[tuple[Server, Application]]:
    """A server whose Claude fails and whose OpenAI works, with all evaluators or the given ones.

    Its first root has a repository `project`. One failure opens a breaker.
    """
    root = directory / "root"
    root.mkdir()
    GitRepoFactory(root)({"src/a.py": "def a():\n    return 1\n"}, name="project")
    made: list[Application] = []

    def build(port: int) -> Application:
        settings = Settings.model_validate(
            {
                "home": directory / "phantom-home",
                "roots": (root,),
                "port": port,
                "breaker_failures": 1,
            }
        )
        agents = (
            ScriptedAgent(_fails, agent_id="claude_main", agent_type=AgentType.CLAUDE),
            ScriptedAgent(_works, agent_id="openai_main", agent_type=AgentType.OPENAI),
        )
        made.append(create_app(settings, agents=agents, evaluators=evaluators))
        return made[0]

    with Server(build) as server:
        yield server, made[0]
