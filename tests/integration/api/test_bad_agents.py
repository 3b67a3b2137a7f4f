"""An agent that cannot be called is a sentence that says what to do, never a traceback."""

from collections.abc import Iterator

import httpx
import pytest

from phantom.app import create_app
from phantom.settings import Settings
from tests.support.api import Server
from tests.support.provider import Provider
from tests.support.repositories import GitRepoFactory

CONNECTIONS = "/api/agents/connections"
KEY = "PROVIDER_KEY_OF_A_TEST"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A provider of models on loopback."""
    with Provider() as serving:
        yield serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a whole server, as it is started by `phantom serve`."""
    base = tmp_path_factory.mktemp("bad-agents")
    GitRepoFactory(base)({"a.txt": "a\n"}, name="project")
    missing = base / "a-directory"
    missing.mkdir()

    def build(port: int):
        settings = Settings.model_validate(
            {
                "home": base / "home",
                "roots": (base,),
                "port": port,
                "acp_commands": {"windsurf": str(missing)},
            }
        )
        return create_app(settings, evaluators=())

    with (
        Server(build) as server,
        httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(KEY, "a-key-that-the-provider-takes")
        yield client


def connect(client: httpx.Client, agent_id: str, **fields: object) -> None:
    """Connect an agent of OpenAI's dialect, unless the fields say otherwise."""
    given = {"agent_id": agent_id, "agent_name": agent_id, "connection_type": "remote"}
    usual = {"api_key_id": f"env:{KEY}", "model": "loopback", "agent_type": "openai"}
    answer = client.post(CONNECTIONS, json=given | usual | fields)
    assert 201 == answer.status_code, answer.text


def asked(client: httpx.Client, agent_id: str) -> tuple[int, str]:
    """Status and sentence of a task that only this agent may do."""
    order = {"prompt": "Look", "task_type": "code_generation", "workspace": "project"}
    answer = client.post("/api/orchestration/execute", json=order | {"agent": agent_id})
    return answer.status_code, str(answer.json().get("detail"))


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("401", "key"),
        ("404", "model"),
        ("html", "HTML"),
    ],
)
def test_what_a_provider_refuses_is_told_with_what_to_do(
    client: httpx.Client, provider: Provider, scenario: str, said: str
):
    """A wrong key, a model that it does not have, a page for people instead of an answer."""
    agent_id = f"openai_{scenario}"
    connect(client, agent_id, endpoint=f"{provider.url(scenario)}/v1")

    status, detail = asked(client, agent_id)

    assert 502 == status, detail
    assert said in detail
    assert agent_id in detail


def test_an_endpoint_that_nobody_serves_is_named(client: httpx.Client):
    """With its address, so that the operator sees the slip."""
    connect(client, "openai_nowhere", endpoint="http://127.0.0.1:9/v1")

    status, detail = asked(client, "openai_nowhere")

    assert 502 == status
    assert "127.0.0.1:9" in detail


def test_a_key_that_does_not_exist_is_named(client: httpx.Client, provider: Provider):
    """And nothing is sent to the provider."""
    url = provider.url("text,tag=keyless")
    connect(client, "openai_keyless", endpoint=f"{url}/v1", api_key_id="no_such_key")

    status, detail = asked(client, "openai_keyless")

    assert 502 == status
    assert "no_such_key" in detail
    assert [] == provider.asked_of(url)


def test_a_command_that_is_a_directory_is_told(client: httpx.Client):
    """A program that cannot be started."""
    connect(client, "windsurf_main", connection_type="local", agent_type="windsurf")

    status, detail = asked(client, "windsurf_main")

    assert status in {502, 503}
    assert "a-directory" in detail
    assert "directory" in detail


def test_a_program_that_is_not_installed_is_told_with_how_to_install_it(client: httpx.Client):
    """Before anything is started."""
    connect(client, "cursor_main", connection_type="local", agent_type="cursor")

    status, detail = asked(client, "cursor_main")

    assert 503 == status
    assert "acp_commands" in detail or "install" in detail


def test_a_disabled_connection_is_told(client: httpx.Client, provider: Provider):
    """By its name, with how to have it again."""
    connect(client, "openai_off", endpoint=f"{provider.url('text')}/v1", enabled=False)

    status, detail = asked(client, "openai_off")

    assert (503, True) == (
        status,
        "'openai_off' cannot be asked now: openai_off is disabled" in detail,
    )
