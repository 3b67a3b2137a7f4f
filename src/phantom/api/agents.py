"""Connections of agents (reference 5.1-5.5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StrictBool, StrictInt

from phantom.agents.connections import Change, Connection, agent_type_of
from phantom.agents.windows import Window
from phantom.api.kept import KeptRoute
from phantom.api.problems import Problem, Responses
from phantom.api.schemas import Body, ShortText, Text, example
from phantom.api.services import Wired
from phantom.errors import InvalidInput
from phantom.vocabulary import AgentType, ConnectionType

router = APIRouter(prefix="/api/agents/connections", tags=["agents"], route_class=KeptRoute)

AgentId = Annotated[str, Path(description="Id of the connection.", examples=["claude_main"])]
Endpoint = Annotated[
    Text,
    Field(
        max_length=2000,
        description="Base address: https, or http on this machine; without a key in it.",
        examples=["https://generativelanguage.googleapis.com"],
    ),
]
Port = Annotated[StrictInt, Field(ge=1, le=65_535)]
KeyId = Annotated[
    ShortText, Field(description="Name of a stored key, or `env:NAME`.", examples=["key_123"])
]
Model = Annotated[
    Text,
    Field(
        max_length=200,
        description="The provider's name for the model to ask; null for the type's default.",
        examples=["gemini-3.8-flash"],
    ),
]
_NOT_FOUND: Responses = {404: {"model": Problem, "description": "No such connection"}}
_BUILT_IN: Responses = {409: {"model": Problem, "description": "The embedded agent forbids it"}}


class ConnectionView(BaseModel):
    """How an agent is reached."""

    agent_id: str = Field(examples=["claude_main"])
    agent_name: str = Field(examples=["Claude Desktop"])
    connection_type: ConnectionType
    endpoint: str | None
    port: int | None
    api_key_id: str | None
    model: str | None = Field(description="The model to ask; null for the type's default.")
    enabled: bool = Field(description="False keeps the agent from being chosen.")
    agent_type: AgentType = Field(description="Whose agent it is.")
    builtin: bool = Field(description="True for the embedded agent, which cannot be deleted.")
    discovered: bool = Field(
        description="True for a program that was found on the server's machine by itself."
    )
    resumes_at: datetime | None = Field(
        description="Until when the agent has used up its limit and is not asked; null if it may."
    )

    @classmethod
    def of(cls, connection: Connection, limits: Mapping[str, Window]) -> Self:
        """The view of a connection, with its usage limit where it is reached."""
        window = limits.get(connection.agent_id)
        return cls(
            agent_id=connection.agent_id,
            agent_name=connection.agent_name,
            connection_type=connection.connection_type,
            endpoint=connection.endpoint,
            port=connection.port,
            api_key_id=connection.api_key_id,
            model=connection.model,
            enabled=connection.enabled,
            agent_type=connection.agent_type,
            builtin=connection.builtin,
            discovered=connection.discovered,
            resumes_at=window.resumes_at if window is not None else None,
        )


class ConnectionList(BaseModel):
    """All connections, the embedded agent first."""

    connections: list[ConnectionView]


class NewConnection(Body):
    """An agent to be connected."""

    model_config = example(
        agent_id="gemini_main",
        agent_name="Google Gemini",
        connection_type="api",
        endpoint="https://generativelanguage.googleapis.com",
        api_key_id="key_123",
    )

    agent_id: ShortText = Field(
        description="Begins with the agent's type, unless `agent_type` is given.",
        json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_.-]{0,63}$"},
        examples=["gemini_main"],
    )
    agent_name: ShortText = Field(examples=["Google Gemini"])
    connection_type: ConnectionType
    endpoint: Endpoint | None = None
    port: Port | None = None
    api_key_id: KeyId | None = None
    model: Model | None = None
    enabled: StrictBool = True
    agent_type: AgentType | None = None


class ConnectionChange(Body):
    """What is to change; a field that is left out stays as it is."""

    model_config = example(enabled=False)

    agent_id: ShortText | None = Field(
        default=None, description="May be given as it is; it cannot change."
    )
    agent_name: ShortText | None = None
    connection_type: ConnectionType | None = None
    endpoint: Endpoint | None = None
    port: Port | None = None
    api_key_id: KeyId | None = None
    model: Model | None = None
    enabled: StrictBool | None = None
    agent_type: AgentType | None = None


@router.get("", response_model=ConnectionList)
async def list_connections(services: Wired) -> ConnectionList:
    """All agents that are connected, whether or not they are enabled."""
    found = await services.connections.list()
    limits = await services.windows.status()
    return ConnectionList(connections=[ConnectionView.of(each, limits) for each in found])


@router.post(
    "",
    status_code=201,
    response_model=ConnectionView,
    responses={409: {"model": Problem, "description": "The id is taken"}},
)
async def create_connection(
    body: NewConnection, services: Wired, response: Response
) -> ConnectionView:
    """Connect an agent."""
    made = await services.connections.create(
        Connection(
            agent_id=body.agent_id,
            agent_name=body.agent_name,
            agent_type=agent_type_of(body.agent_id, body.agent_type),
            connection_type=body.connection_type,
            endpoint=body.endpoint,
            port=body.port,
            api_key_id=body.api_key_id,
            model=body.model,
            enabled=body.enabled,
        )
    )
    response.headers["Location"] = f"{router.prefix}/{made.agent_id}"
    return ConnectionView.of(made, await services.windows.status())


@router.get("/{agent_id}", response_model=ConnectionView, responses=_NOT_FOUND)
async def get_connection(agent_id: AgentId, services: Wired) -> ConnectionView:
    """One connection."""
    found = await services.connections.get(agent_id)
    return ConnectionView.of(found, await services.windows.status())


@router.put("/{agent_id}", response_model=ConnectionView, responses=_NOT_FOUND | _BUILT_IN)
async def update_connection(
    agent_id: AgentId, body: ConnectionChange, services: Wired
) -> ConnectionView:
    """Change a connection; `enabled` acts on the next choice of an agent."""
    if body.agent_id not in {None, agent_id}:
        raise InvalidInput("agent_id cannot change; create another connection instead.")
    changed = await services.connections.update(
        agent_id,
        Change(
            fields=frozenset(body.model_fields_set - {"agent_id"}),
            agent_name=body.agent_name,
            agent_type=body.agent_type,
            connection_type=body.connection_type,
            endpoint=body.endpoint,
            port=body.port,
            api_key_id=body.api_key_id,
            model=body.model,
            enabled=body.enabled,
        ),
    )
    return ConnectionView.of(changed, await services.windows.status())


@router.delete("/{agent_id}", status_code=204, responses=_NOT_FOUND | _BUILT_IN)
async def delete_connection(agent_id: AgentId, services: Wired) -> None:
    """Forget a connection."""
    await services.connections.delete(agent_id)
