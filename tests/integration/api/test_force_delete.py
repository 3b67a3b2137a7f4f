"""A project whose task is running: kept without force, and gone with it once the task has ended."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.app import create_app
from phantom.settings import Settings
from phantom.vocabulary import AgentType
from tests.support.api import Server, until
from tests.support.repositories import GitRepoFactory

_RELEASED = threading.Event()


def waits(_request: AgentRequest) -> Iterable[AgentEvent]:
    """Ends when the test does."""
    _RELEASED.wait(15)
    yield Finished(content="done")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a repository in it."""
    root = tmp_path_factory.mktemp("root")
    GitRepoFactory(root)({"a.txt": "a\n"})
    return root


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server with an agent that waits; the engine is one for a process."""
    home = tmp_path_factory.mktemp("home")

    def build(port: int) -> object:
        settings = Settings.model_validate({"home": home, "roots": (root,), "port": port})
        agent = ScriptedAgent(waits, agent_id="claude_main", agent_type=AgentType.CLAUDE)
        return create_app(settings, agents=(agent,), evaluators=())

    with Server(build) as server:  # type: ignore[arg-type]
        yield server
        _RELEASED.set()


async def test_force_cancels_what_runs_and_then_deletes(server: Server, root: Path) -> None:
    """409 without force; with it the task ends first, and nothing of the project is left."""
    async with httpx.AsyncClient(base_url=server.url, timeout=15) as client:
        body = {"name": "One", "github_repo": str(root / "repo")}
        project = (await client.post("/api/projects", json=body)).json()["id"]
        order = {"title": "wait", "project_id": project}
        task = (await client.post("/api/tasks", json=order)).json()["id"]

        async def running() -> bool:
            shown = (await client.get(f"/api/tasks/{task}")).json()
            return bool(shown["status"] == "in_progress" and shown["current_iteration"] == 1)

        await until(running)
        assert 409 == (await client.delete(f"/api/projects/{project}")).status_code
        deleted = await client.delete(f"/api/projects/{project}", params={"force": "true"})
        assert (204, "") == (deleted.status_code, deleted.text)
        assert 404 == (await client.get(f"/api/tasks/{task}")).status_code
        assert [] == (await client.get("/api/projects")).json()
        assert 0 == (await client.get("/api/tasks")).json()["total"]
