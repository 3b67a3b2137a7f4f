"""What a connection leads to: which protocol, at which address, and which model by default."""

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.vocabulary import AgentType, ConnectionType


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
    provider = _OWN_API.get(connection.agent_type)
    if connection.connection_type is not ConnectionType.API:
        provider = None
    if connection.endpoint is None:
        if provider is None:
            raise NotReady(
                f"has no endpoint, and {connection.agent_type} has no API of its own; set one"
            )
        base, dialect = provider.base_url, provider.dialect
    else:
        base, dialect = _address(connection, provider)
    model = connection.model or _default_model(connection, provider)
    url = urlsplit(base)
    own = provider is not None and base == provider.base_url
    return Target(
        dialect=dialect,
        base_url=base,
        model=model,
        host=url.netloc,
        key_id=connection.api_key_id,
        provider=provider.name if own and provider is not None else base,
    )


def _address(connection: Connection, provider: _Provider | None) -> tuple[str, Dialect]:
    base = (connection.endpoint or "").rstrip("/")
    dialect = _PROTOCOL.get(connection.agent_type, Dialect.CHAT)
    if provider is not None:
        own = base == provider.base_url or provider.dialect is not Dialect.RESPONSES
        # Servers that copy OpenAI's API copy Chat Completions; few speak Responses.
        dialect = provider.dialect if own else Dialect.CHAT
    for path, meant in _PATHS.items():
        if base.endswith(path):
            base, dialect = base.removesuffix(path), meant
    url = urlsplit(base)
    if connection.port is not None and url.port is None:
        base = url._replace(netloc=f"{url.netloc}:{connection.port}").geturl()
    return base, dialect


def _default_model(connection: Connection, provider: _Provider | None) -> str:
    if provider is None:
        raise NotReady(
            "names no model; set `model` in its connection to one that the endpoint serves"
        )
    return provider.model


def with_model(target: Target, model: str | None) -> Target:
    """The same address with another model, where one is named."""
    return target if model is None else replace(target, model=model)
