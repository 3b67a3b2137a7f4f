"""Connections of agents: what is configured, checked before it is kept.

The embedded agent is connected on every machine; it can be disabled and renamed, but not deleted.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.embedded import EMBEDDED_AGENT_ID
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.security.endpoints import check_endpoint
from phantom.vocabulary import AgentType, ConnectionType

_AGENT_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}|env:[A-Za-z_][A-Za-z0-9_]{0,95}")
# How keys of providers begin: whoever puts one here has mistaken the field.
_KEY_SHAPES = ("sk-", "sk_", "AIza", "ghp_", "gho_", "github_pat_", "xai-", "gsk_", "hf_")
_MODEL = re.compile(r"[!-~]{1,200}")
_MAX_NAME = 200
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How an agent is reached; the fields are the reference's (9.5).

    Attributes:
        agent_type: whose agent it is.
        api_key_id: name of a stored key, or `env:NAME`; whether it exists is seen when it is used.
        model: the provider's name for the model to ask, or None for the default.
        builtin: true for the embedded agent.
        discovered: true for a program that was found on this machine, and that nobody connected.
    """

    agent_id: str
    agent_name: str
    agent_type: AgentType
    connection_type: ConnectionType
    endpoint: str | None = None
    port: int | None = None
    api_key_id: str | None = None
    model: str | None = None
    enabled: bool = True
    builtin: bool = False
    discovered: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an update sets; `fields` are the names of those that it means."""

    fields: frozenset[str]
    agent_name: str | None = None
    agent_type: AgentType | None = None
    connection_type: ConnectionType | None = None
    endpoint: str | None = None
    port: int | None = None
    api_key_id: str | None = None
    model: str | None = None
    enabled: bool | None = None


EMBEDDED = Connection(
    agent_id=EMBEDDED_AGENT_ID,
    agent_name="Embedded agent",
    agent_type=AgentType.LOCAL,
    connection_type=ConnectionType.LOCAL,
    builtin=True,
)
_NULLABLE = frozenset({"endpoint", "port", "api_key_id", "model"})
_CHANGEABLE_OF_BUILTIN = frozenset({"agent_name", "enabled"})


Discovered = Callable[[Sequence[Connection]], Sequence[Connection]]
"""Programs of this machine that none of the given connections leads to, as connections."""


def nothing_discovered(_connected: Sequence[Connection]) -> Sequence[Connection]:
    """Where programs of this machine are not to be used by themselves."""
    return ()


class ConnectionService:
    """Rules and queries of connections. `allowed_endpoints` are private hosts that are admitted.

    What is discovered is connected by itself; a change of it makes it a connection like others.
    """

    def __init__(
        self,
        database: Database,
        allowed_endpoints: Sequence[str] = (),
        discovered: Discovered = nothing_discovered,
    ) -> None:
        self._database = database
        self._allowed = tuple(allowed_endpoints)
        self._discovered = discovered

    async def list(self) -> list[Connection]:
        """The embedded agent, what others connected in that order, and what was discovered."""
        async with self._database.read() as session:
            rows = await session.scalars(
                select(models.AgentConnection).order_by(
                    models.AgentConnection.created_at, models.AgentConnection.agent_id
                )
            )
            found = [connection_of(row) for row in rows]
        builtin = next((each for each in found if each.builtin), EMBEDDED)
        others = [each for each in found if not each.builtin]
        return [builtin, *others, *self._discovered(others)]

    async def get(self, agent_id: str) -> Connection:
        """One connection. Raises NotFound."""
        found = next((each for each in await self.list() if each.agent_id == agent_id), None)
        if found is None:
            raise _unknown(agent_id)
        return found

    async def create(self, connection: Connection) -> Connection:
        """Keep a new connection. Raises InvalidInput, and Conflict where the id is taken."""
        self._check(connection)
        if connection.agent_id == EMBEDDED_AGENT_ID:
            raise Conflict(f"The agent '{EMBEDDED_AGENT_ID}' is built in; it is connected already.")
        try:
            async with self._database.write() as session:
                row = models.AgentConnection(agent_id=connection.agent_id)
                _fill(row, connection)
                session.add(row)
        except IntegrityError:
            raise Conflict(
                f"There is a connection '{connection.agent_id}' already; PUT changes it."
            ) from None
        return connection_of(row)

    async def update(self, agent_id: str, change: Change) -> Connection:
        """Change the fields that `change` means. Raises InvalidInput, NotFound, Conflict."""
        standing = await self.get(agent_id)
        async with self._database.write() as session:
            row = await _row(session, agent_id, lock=True)
            if row is None and not (standing.builtin or standing.discovered):
                raise _unknown(agent_id)
            before = standing if row is None else connection_of(row)
            after = _changed(before, change)
            if after == before:
                return before
            self._check(after)
            if row is None:
                row = models.AgentConnection(agent_id=agent_id)
                session.add(row)
            _fill(row, after)
            await session.flush()
            return connection_of(row)

    async def delete(self, agent_id: str) -> None:
        """Forget a connection. Raises NotFound, and Conflict for the embedded agent."""
        if agent_id == EMBEDDED_AGENT_ID:
            raise Conflict("The embedded agent is built in: it can be disabled, but not deleted.")
        if (await self.get(agent_id)).discovered:
            raise Conflict(
                f"{agent_id} is a program of this machine: it can be disabled, but not deleted."
            )
        async with self._database.write() as session:
            row = await _row(session, agent_id, lock=True)
            if row is None:
                raise _unknown(agent_id)
            await session.delete(row)

    def _check(self, connection: Connection) -> None:
        if not 0 < len(connection.agent_name.strip()) <= _MAX_NAME:
            raise InvalidInput(f"agent_name must have 1 to {_MAX_NAME} characters.")
        if connection.builtin:
            return
        if connection.agent_type is AgentType.LOCAL:
            raise InvalidInput(
                "agent_type local is the embedded agent, which is connected already; for a model "
                "on this machine use connection_type remote and the type whose protocol it speaks, "
                "such as openai."
            )
        self._check_address(connection)
        _check_key_id(connection.api_key_id)
        _check_model(connection.model)

    def _check_address(self, connection: Connection) -> None:
        endpoint, port = connection.endpoint, connection.port
        if port is not None and not 0 < port <= _MAX_PORT:
            raise InvalidInput(f"port must be 1 to {_MAX_PORT}.")
        if endpoint is not None:
            check_endpoint(endpoint, port=port, allowed_hosts=self._allowed)
        elif connection.connection_type is ConnectionType.REMOTE:
            raise InvalidInput("A remote connection needs an endpoint, such as https://host/v1.")
        elif port is not None:
            raise InvalidInput("A port needs an endpoint that it belongs to.")


def connection_of(row: models.AgentConnection) -> Connection:
    """The row as a value."""
    return Connection(
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        agent_type=AgentType(row.agent_type),
        connection_type=ConnectionType(row.connection_type),
        endpoint=row.endpoint,
        port=row.port,
        api_key_id=row.api_key_id,
        model=row.model,
        enabled=row.enabled,
        builtin=row.agent_id == EMBEDDED_AGENT_ID,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def agent_type_of(agent_id: str, explicit: AgentType | None = None) -> AgentType:
    """Whose agent `agent_id` is: `claude_main` is claude's. Raises InvalidInput for a bad id."""
    if not _AGENT_ID.fullmatch(agent_id):
        raise InvalidInput(
            "agent_id must be 1 to 64 of the characters a-z, 0-9, '_', '-' and '.', beginning with "
            "a letter or digit, such as claude_main."
        )
    if explicit is not None:
        return explicit
    try:
        return AgentType(re.split(r"[_.-]", agent_id, maxsplit=1)[0])
    except ValueError:
        known = ", ".join(each for each in AgentType if each is not AgentType.LOCAL)
        raise InvalidInput(
            f"The agent_id '{agent_id}' does not begin with a known type; "
            f"give agent_type, one of {known}."
        ) from None


def _changed(before: Connection, change: Change) -> Connection:
    meant = {name: getattr(change, name) for name in change.fields}
    nulls = sorted(name for name, value in meant.items() if value is None and name not in _NULLABLE)
    if nulls:
        raise InvalidInput(f"{', '.join(nulls)} cannot be null; leave out what stays as it is.")
    after = replace(before, **meant)
    different = {name for name in meant if getattr(after, name) != getattr(before, name)}
    if before.builtin and not different <= _CHANGEABLE_OF_BUILTIN:
        raise Conflict("The embedded agent is built in: only agent_name and enabled can change.")
    return after


def _check_key_id(key_id: str | None) -> None:
    if key_id is None:
        return
    if key_id.startswith(_KEY_SHAPES):
        raise InvalidInput(
            "api_key_id looks like a key itself; store the key and give its name here, or "
            "env:NAME for an environment variable of the server."
        )
    if not _KEY_ID.fullmatch(key_id):
        raise InvalidInput(
            "api_key_id must be the name of a stored key (letters, digits, '_', '-', '.'; at most "
            "100) or env:NAME."
        )


def _check_model(model: str | None) -> None:
    if model is not None and not _MODEL.fullmatch(model):
        raise InvalidInput(
            "model must be the provider's own name for it: 1 to 200 printable ASCII characters "
            "without a space, such as gpt-6.1-terra."
        )


async def _row(
    session: AsyncSession, agent_id: str, *, lock: bool = False
) -> models.AgentConnection | None:
    if not _AGENT_ID.fullmatch(agent_id):
        return None  # nothing can have this id
    return await session.get(models.AgentConnection, agent_id, with_for_update=lock)


def _unknown(agent_id: str) -> NotFound:
    return NotFound(f"There is no connection {agent_id[:100]!r}.")


def _fill(row: models.AgentConnection, connection: Connection) -> None:
    row.agent_name = connection.agent_name
    row.agent_type = connection.agent_type
    row.connection_type = connection.connection_type
    row.endpoint = connection.endpoint
    row.port = connection.port
    row.api_key_id = connection.api_key_id
    row.model = connection.model
    row.enabled = connection.enabled
