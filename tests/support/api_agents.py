"""API agents over the loopback provider, with a key from the environment and prices of our own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from phantom.agents.api import Surroundings, connect
from phantom.agents.api.asking import Retries
from phantom.agents.connections import Connection
from phantom.agents.port import Agent, AgentEvent, AgentRequest, Usage
from phantom.credentials.keys import KeyStore
from phantom.db.database import Database
from phantom.security.outbound import Outbound
from phantom.vocabulary import AgentType, ConnectionType, TaskType

KEY = "a-key-for-the-loopback-provider"
MODEL = "loopback-model"
DIALECTS = ("chat", "responses", "anthropic", "google")
TYPES = {
    "chat": AgentType.OPENAI,
    "responses": AgentType.OPENAI,
    "anthropic": AgentType.ANTHROPIC,
    "google": AgentType.GOOGLE,
}
PATHS = {"chat": "/v1", "responses": "/v1/responses", "anthropic": "", "google": ""}


class MicroPrices:
    """A millionth of a dollar for each token, whatever the model."""

    async def ready(self) -> None:
        """Always so."""

    def cost(self, model: str, usage: Usage, provider: str | None = None) -> float | None:
        """By the number of tokens; unknown for a model of that name."""
        del provider
        return None if model == "unknown" else usage.total / 1_000_000


def connection(dialect: str, url: str, *, model: str | None = MODEL) -> Connection:
    """A connection whose calls speak `dialect` to the provider at `url`."""
    return Connection(
        agent_id=f"{dialect}_test",
        agent_name="Test",
        agent_type=TYPES[dialect],
        connection_type=ConnectionType.REMOTE,
        endpoint=f"{url}{PATHS[dialect]}",
        api_key_id="env:LOOPBACK_KEY",
        model=model,
    )


@asynccontextmanager
async def surroundings(
    directory: Path, *, environment: dict[str, str] | None = None
) -> AsyncIterator[Surroundings]:
    """What API agents share, below `directory`; a provider is asked again without a wait."""
    database = Database(f"sqlite:///{directory / 'keys.db'}")
    outbound = Outbound()
    held = {"LOOPBACK_KEY": KEY} if environment is None else environment
    yield Surroundings(
        keys=KeyStore(database, directory, environment=held),
        journals=directory / "journals",
        prices=MicroPrices(),
        outbound=outbound,
        confine=lambda argv, _request: list(argv),
        retries=Retries(first_seconds=0.001),
    )
    await outbound.aclose()
    await database.close()


def request(workspace: Path, **fields: object) -> AgentRequest:
    """A call in `workspace`."""
    scratch = workspace.parent / "scratch"
    given: dict[str, object] = {
        "call_id": "task/1/1/1",
        "task_id": "task",
        "task_type": TaskType.CODE_GENERATION,
        "iteration": 1,
        "prompt": "Write the file.",
        "workspace": workspace,
        "scratch": scratch,
    }
    return AgentRequest.model_validate(given | fields)


async def events(agent: Agent, asked: AgentRequest) -> list[AgentEvent]:
    """All events of a call."""
    return [event async for event in agent.run(asked)]


async def ended(around: Surroundings, where: Connection, asked: AgentRequest) -> AgentEvent:
    """The last event of a call."""
    return (await events(connect(where, around), asked))[-1]


def of_type(kind: type[AgentEvent], told: Sequence[AgentEvent]) -> list[AgentEvent]:
    """The events of one type."""
    return [event for event in told if isinstance(event, kind)]
