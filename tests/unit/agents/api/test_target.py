"""What a connection leads to: protocol, address, model, and the host that its key must be for."""

import subprocess
import sys

import pytest

from phantom.agents.api.target import Dialect, Target, target_of
from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.vocabulary import AgentType, ConnectionType

API, REMOTE = ConnectionType.API, ConnectionType.REMOTE


def target(kind: AgentType, how: ConnectionType, **fields: object) -> Target:
    """Of a connection with these fields."""
    given = {"agent_id": "a", "agent_name": "A", "agent_type": kind, "connection_type": how}
    return target_of(Connection(**(given | fields)))  # type: ignore[arg-type] # names checked there


@pytest.mark.parametrize(
    ("kind", "dialect", "host", "provider"),
    [
        (AgentType.OPENAI, Dialect.RESPONSES, "api.openai.com", "openai"),
        (AgentType.ANTHROPIC, Dialect.ANTHROPIC, "api.anthropic.com", "anthropic"),
        (AgentType.CLAUDE, Dialect.ANTHROPIC, "api.anthropic.com", "anthropic"),
        (AgentType.GOOGLE, Dialect.GOOGLE, "generativelanguage.googleapis.com", "google"),
        (AgentType.GEMINI, Dialect.GOOGLE, "generativelanguage.googleapis.com", "google"),
    ],
)
def test_a_providers_own_api_needs_nothing_more(
    kind: AgentType, dialect: Dialect, host: str, provider: str
) -> None:
    """Address and model have defaults; writing the address out changes nothing."""
    found = target(kind, API)
    assert (dialect, host, provider) == (found.dialect, found.host, found.provider)
    assert found.model
    assert found == target(kind, API, endpoint=f"{found.base_url}/")


@pytest.mark.parametrize(
    ("kind", "how", "endpoint", "dialect", "base"),
    [
        (AgentType.OPENAI, API, "https://x.example/v1", Dialect.CHAT, "/v1"),
        (AgentType.OPENAI, REMOTE, "https://x.example", Dialect.CHAT, ""),
        (AgentType.CURSOR, REMOTE, "https://x.example", Dialect.CHAT, ""),
        (AgentType.CLAUDE, REMOTE, "https://x.example", Dialect.CHAT, ""),
        (AgentType.ANTHROPIC, REMOTE, "https://x.example/", Dialect.ANTHROPIC, ""),
        (AgentType.GOOGLE, REMOTE, "https://x.example", Dialect.GOOGLE, ""),
        (AgentType.OPENAI, REMOTE, "https://x.example/v1/responses", Dialect.RESPONSES, "/v1"),
        (AgentType.GOOGLE, REMOTE, "https://x.example/v1/chat/completions", Dialect.CHAT, "/v1"),
    ],
)
def test_an_endpoint_of_ones_own_has_its_protocol_by_type(
    kind: AgentType, how: ConnectionType, endpoint: str, dialect: Dialect, base: str
) -> None:
    """Chat Completions, unless the type or the address itself names another."""
    found = target(kind, how, endpoint=endpoint, model="m")
    whole = f"https://x.example{base}"
    assert (dialect, whole, whole) == (found.dialect, found.base_url, found.provider)


def test_a_port_belongs_to_the_host_that_a_key_is_for() -> None:
    """Whether it stands in the address or beside it."""
    beside = target(AgentType.OPENAI, REMOTE, endpoint="http://localhost/v1", port=99, model="m")
    inside = target(AgentType.OPENAI, REMOTE, endpoint="http://localhost:99/v1", model="m")
    assert ("localhost:99", "http://localhost:99/v1") == (beside.host, beside.base_url)
    assert inside == beside


def test_a_call_may_name_another_model() -> None:
    """Its own, before the connection's."""
    found = target(AgentType.OPENAI, API, model="one")
    assert ("one", "two") == (found.with_model(None).model, found.with_model("two").model)


def test_what_has_no_api_of_its_own_needs_an_address() -> None:
    """And a model."""
    with pytest.raises(NotReady, match="no endpoint"):
        target(AgentType.WINDSURF, API)
    with pytest.raises(NotReady, match="`model`"):
        target(AgentType.WINDSURF, API, endpoint="https://x.example")


def test_nothing_heavy_is_imported_before_the_first_call() -> None:
    """Neither pydantic-ai nor an SDK nor their HTTP client: a server at rest pays for none."""
    code = (
        "import sys, phantom.agents.remote, phantom.security.outbound\n"
        "heavy = {'pydantic_ai', 'openai', 'anthropic', 'google.genai', 'httpx2', 'genai_prices'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == ran.stdout
