"""What a connection leads to: which protocol, at which address, and which model by default."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.vocabulary import AgentType, ConnectionType

if TYPE_CHECKING:
    import httpx2


class Dialect(StrEnum):
    """The protocols of providers."""

    CHAT = "chat"
    """OpenAI's Chat Completions, which most other servers speak too."""
    RESPONSES = "responses"
    """OpenAI's own newer one."""
    ANTHROPIC = "anthropic"
    """Anthropic's Messages."""
    GOOGLE = "google"
    """Gemini's generateContent."""


@dataclass(frozen=True, slots=True)
class Target:
    """A model at an address.

    Attributes:
        base_url: without the dialect's own path, without a slash at the end.
        host: what a key must be for; with its port where the address names one.
        key_id: the key's name, or None where no key is sent.
        provider: the name of the provider in price lists, or the base address of any other.
    """

    dialect: Dialect
    base_url: str
    model: str
    host: str
    key_id: str | None
    provider: str

    def with_model(self, model: str | None) -> "Target":
        """The same address with another model, where one is named."""
        return self if model is None else replace(self, model=model)


@dataclass(slots=True)
class Habits:
    """What an endpoint turned out to do; remembered as long as its agent is there.

    Attributes:
        streams: false once it answered a request for a stream with one whole body.
    """

    streams: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A target that can be asked now, with the key for it and the client that leads there."""

    target: Target
    key: str | None = field(repr=False)
    http: "httpx2.AsyncClient"
    habits: Habits


@dataclass(frozen=True, slots=True)
class _Provider:
    dialect: Dialect
    name: str
    base_url: str
    model: str


# The models are the providers' middle ones of late 2026: able to work on code, not the dearest.
_OPENAI = _Provider(Dialect.RESPONSES, "openai", "https://api.openai.com/v1", "gpt-6.1-terra")
_ANTHROPIC = _Provider(
    Dialect.ANTHROPIC, "anthropic", "https://api.anthropic.com", "claude-sonnet-5-5"
)
_GOOGLE = _Provider(
    Dialect.GOOGLE, "google", "https://generativelanguage.googleapis.com", "gemini-3.8-flash"
)
_OWN_API = {
    AgentType.OPENAI: _OPENAI,
    AgentType.ANTHROPIC: _ANTHROPIC,
    AgentType.CLAUDE: _ANTHROPIC,
    AgentType.GOOGLE: _GOOGLE,
    AgentType.GEMINI: _GOOGLE,
}
"""Whose API a connection of type `api` means."""
_PROTOCOL = {AgentType.ANTHROPIC: Dialect.ANTHROPIC, AgentType.GOOGLE: Dialect.GOOGLE}
"""Which protocol a connection of type `remote` means; Chat Completions for all other types."""
_PATHS = {
    "/chat/completions": Dialect.CHAT,
    "/responses": Dialect.RESPONSES,
    "/v1/messages": Dialect.ANTHROPIC,
}
"""Whole addresses of the protocols' methods, which people copy; they settle the dialect."""


def target_of(connection: Connection) -> Target:
    """Where the calls of a connection go.

    Raises NotReady where the connection does not say enough.
    """
    own = connection.connection_type is ConnectionType.API
    provider = _OWN_API.get(connection.agent_type) if own else None
    if connection.endpoint is None and provider is None:
        raise NotReady(f"has no endpoint, and {connection.agent_type} has no API of its own")
    if connection.model is None and provider is None:
        raise NotReady("names no model; set `model` in its connection to one the endpoint serves")
    endpoint = (connection.endpoint or "").rstrip("/")
    if provider is not None and endpoint in {"", provider.base_url}:
        base, dialect, name = provider.base_url, provider.dialect, provider.name
    else:
        base, dialect = _taken_apart(endpoint, _dialect(connection.agent_type, provider))
        base = name = _with_port(base, connection.port)
    return Target(
        dialect=dialect,
        base_url=base,
        model=connection.model or (provider.model if provider else ""),
        host=urlsplit(base).netloc,
        key_id=connection.api_key_id,
        provider=name,
    )


def _dialect(kind: AgentType, provider: _Provider | None) -> Dialect:
    dialect = provider.dialect if provider else _PROTOCOL.get(kind, Dialect.CHAT)
    # Servers that copy OpenAI's API copy Chat Completions; few speak Responses.
    return Dialect.CHAT if dialect is Dialect.RESPONSES else dialect


def _taken_apart(endpoint: str, dialect: Dialect) -> tuple[str, Dialect]:
    for path, meant in _PATHS.items():
        if endpoint.endswith(path):
            return endpoint.removesuffix(path), meant
    return endpoint, dialect


def _with_port(base: str, port: int | None) -> str:
    url = urlsplit(base)
    if port is None or url.port is not None:
        return base
    return url._replace(netloc=f"{url.netloc}:{port}").geturl()
