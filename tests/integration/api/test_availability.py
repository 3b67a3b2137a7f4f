"""Which agents the loop may call: switched off ones and those with an open breaker are left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from phantom.agents.port import AgentEvent, AgentRequest, ErrorKind, Failed, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.api.application import Application
from phantom.app import create_app
from phantom.db import models
from phantom.db.database import Database
from phantom.settings import Settings
from phantom.vocabulary import AgentType
from tests.support.api import Server
from tests.support.repositories import GitRepoFactory

CONNECTIONS = "/api/agents/connections"
STATUS = "/api/orchestration/circuit-breaker-status"


def script(request: AgentRequest) -> Iterable[AgentEvent]:
    """Fails where the prompt says so."""
    if request.prompt.startswith("fail"):
        yield Failed(kind=ErrorKind.ERROR, message="It broke.")
    else:
        yield Finished(content="I looked.")


@dataclass
class Stand:
    """A server and the database behind it."""

    server: Server
    database: Database


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A whole server with two agents; a breaker opens after two failures, for an hour."""
    base = tmp_path_factory.mktemp("availability")
    GitRepoFactory(base)({"a.txt": "a\n"})
    agents = [
        ScriptedAgent(script, agent_id=f"{kind}_main", agent_type=kind)
        for kind in (AgentType.CLAUDE, AgentType.GEMINI)
    ]

    built: list[Application] = []

    def build(port: int) -> Application:
        settings = Settings.model_validate(
            {
                "home": base / "home",
                "roots": (base,),
                "port": port,
                "breaker_failures": 2,
                "breaker_seconds": 3600,
            }
        )
        built.append(create_app(settings, agents=agents, evaluators=()))
        return built[0]

    with Server(build) as server:
        yield Stand(server, built[0].api.state.services.database)


@pytest.fixture
def client(stand: Stand) -> Iterator[httpx.Client]:
    """A client of the server, where both agents are connected and enabled."""
    with httpx.Client(base_url=stand.server.url, timeout=20, trust_env=False) as client:
        for kind in ("claude", "gemini"):
            body = {"agent_id": f"{kind}_main", "agent_name": kind, "connection_type": "local"}
            assert client.post(CONNECTIONS, json=body).status_code in {201, 409}
            switch(client, f"{kind}_main", on=True)
        yield client


def switch(client: httpx.Client, agent_id: str, *, on: bool) -> None:
    """Enable or disable an agent."""
    answer = client.put(f"{CONNECTIONS}/{agent_id}", json={"enabled": on})
    assert 200 == answer.status_code


def execute(client: httpx.Client, prompt: str, **fields: object) -> httpx.Response:
    """The answer to an order; by the map it is Claude's."""
    order = {"prompt": prompt, "task_type": "architecture", "workspace": "repo", **fields}
    return client.post("/api/orchestration/execute", json=order)


def test_an_agent_that_is_switched_off_is_not_called(client: httpx.Client) -> None:
    """The next one takes its tasks; whoever asks for it is told; switched on it is back."""
    # Which one that is depends on how both did in the tests before.
    first = execute(client, "look").json()["agent"]
    (other,) = {"claude", "gemini"} - {first}
    switch(client, f"{first}_main", on=False)
    assert other == execute(client, "look").json()["agent"]
    refused = execute(client, "look", agent=f"{first}_main")
    assert 503 == refused.status_code
    assert f"{first}_main is disabled" in refused.json()["detail"]
    assert CONNECTIONS in refused.json()["detail"]
    switch(client, f"{first}_main", on=True)
    assert first == execute(client, "look").json()["agent"]


def test_with_every_agent_off_nothing_is_taken(client: httpx.Client) -> None:
    """503, and what to do about it."""
    for agent_id in ("claude_main", "gemini_main"):
        switch(client, agent_id, on=False)
    refused = execute(client, "look")
    assert 503 == refused.status_code
    for word in ("claude_main is disabled", "gemini_main is disabled", CONNECTIONS):
        assert word in refused.json()["detail"]
    task = client.get(f"/api/tasks/{refused.json()['task_id']}").json()
    assert ("failed", "no_agent") == (task["status"], task["failure_reason"])


def test_an_agent_that_keeps_failing_is_let_alone_and_tried_again(
    client: httpx.Client, stand: Stand
) -> None:
    """Open after its failures, half-open after the cooldown, closed by a call that succeeds."""
    failed = execute(client, "fail", agent="gemini_main")
    assert (502, True) == (failed.status_code, "It broke." in failed.json()["detail"])
    breaker = client.get(STATUS).json()["circuit_breakers"]["gemini_main"]
    assert ("open", 2) == (breaker["state"], breaker["failure_count"])
    refused = execute(client, "look", agent="gemini_main")
    assert 503 == refused.status_code
    assert "failed 2 times in a row" in refused.json()["detail"]

    stand.server.run(_let_an_hour_pass(stand.database))
    breaker = client.get(STATUS).json()["circuit_breakers"]["gemini_main"]
    assert "half_open" == breaker["state"]
    assert "gemini" == execute(client, "look", agent="gemini_main").json()["agent"]
    breaker = client.get(STATUS).json()["circuit_breakers"]["gemini_main"]
    assert ("closed", 0) == (breaker["state"], breaker["failure_count"])
    assert ["OPEN", "HALF_OPEN", "CLOSED"] == stand.server.run(_alerts(stand.database))


async def _let_an_hour_pass(database: Database) -> None:
    async with database.write() as session:
        row = await session.get_one(models.AgentBreaker, "gemini_main")
        assert row.opened_at is not None
        row.opened_at -= timedelta(hours=1)


async def _alerts(database: Database) -> list[str]:
    async with database.read() as session:
        found = await session.scalars(
            select(models.Event)
            .where(models.Event.type == "system_alert")
            .order_by(models.Event.seq)
        )
        return [event.body["message"].split()[2] for event in found]
