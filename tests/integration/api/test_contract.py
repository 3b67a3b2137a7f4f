"""The API's own document is kept to the letter: by every answer, and whatever is asked."""

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.sync.client import connect

from tests.support.api import Server
from tests.support.contract import Contract, part
from tests.support.tour import JsonObject, Tour
from tests.support.touring import toured_server


@pytest.fixture(scope="module")
def contract_and_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Contract, Server]]:
    """A whole server and what it declares."""
    with toured_server(tmp_path_factory.mktemp("contract")) as (server, app):
        yield Contract(app.api.openapi()), server


@pytest.fixture(scope="module")
def client(contract_and_server: tuple[Contract, Server]) -> Iterator[httpx.Client]:
    """A client of the server."""
    _, server = contract_and_server
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        yield client


def test_a_strict_client_understands_every_answer(
    contract_and_server: tuple[Contract, Server], client: httpx.Client
) -> None:
    """Sent the document's own examples, every operation answers with nothing undeclared.

    So do the events that tell of it.
    """
    contract, server = contract_and_server
    with connect(server.ws("/ws"), proxy=None, max_queue=None) as socket:
        answers = Tour(client, contract.example).walk()
        told = list(_told(socket))
    assert set(contract.operations) == {(each.method, each.path) for each in answers}
    found = [
        violation
        for each in answers
        for violation in contract.violations(each.method, each.path, each.response)
    ]
    messages = part(contract.document, "x-websockets", "/ws")["sends"]
    assert isinstance(messages, list)
    kinds: JsonObject = {"anyOf": messages}
    found += [f"{event}{each}" for event in told for each in contract.undeclared(kinds, event)]
    assert [] == found
    assert {"connection_status", "task_result", "agent_switch"} <= {each["type"] for each in told}


def _told(socket: object) -> Iterator[JsonObject]:
    """What waits in the socket, until it is quiet."""
    while True:
        try:
            yield json.loads(socket.recv(timeout=0.5))  # type: ignore[attr-defined]
        except TimeoutError:
            return


def test_the_strict_client_notices_what_is_not_declared(
    contract_and_server: tuple[Contract, Server], client: httpx.Client
) -> None:
    """A field, a status and a body too much are each found."""
    contract, _ = contract_and_server
    health = client.get("/api/health")
    more = httpx.Response(200, json=health.json() | {"more": 1})
    assert [] == list(contract.violations("GET", "/api/health", health))
    for wrong in (more, httpx.Response(418, json={}), httpx.Response(200, text="fine")):
        assert [] != list(contract.violations("GET", "/api/health", wrong))
    deleted = httpx.Response(204, content=b"{}")
    assert [] != list(contract.violations("DELETE", "/api/keys/{key_id}", deleted))


@pytest.mark.parametrize(
    ("asked", "options", "status"),
    [
        (("GET", "/api/tasks/{task_id}"), {}, 404),
        (("GET", "/api/tasks"), {"params": {"page_size": "101"}}, 400),
        (("GET", "/api/projects/{project_id}"), {}, 404),
        (("POST", "/api/projects"), {"json": {"name": ""}}, 400),
        (("POST", "/api/projects"), {"content": "name=x"}, 415),
        (("POST", "/api/hrm/config"), {"json": {"config": {"caching": {"memory": "x"}}}}, 400),
        (("DELETE", "/api/agents/connections/{agent_id}"), {}, 409),
        (("POST", "/api/orchestration/execute"), {"json": {"prompt": "x", "agent": "no"}}, 503),
        (("GET", "/api/health"), {"headers": {"Host": "elsewhere.example"}}, 403),
        (("POST", "/api/ws/ticket"), {"json": {}, "headers": {"Origin": "https://x.example"}}, 403),
    ],
)
def test_a_strict_client_understands_every_refusal(
    contract_and_server: tuple[Contract, Server],
    client: httpx.Client,
    asked: tuple[str, str],
    options: JsonObject,
    status: int,
) -> None:
    """Errors are declared as they come, those of the guards before the routes too."""
    contract, _ = contract_and_server
    method, path = asked
    ids = dict.fromkeys(("task_id", "project_id"), "4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10")
    answer = client.request(method, path.format(agent_id="local", **ids), **options)  # type: ignore[arg-type]
    assert status == answer.status_code, answer.text
    assert [] == list(contract.violations(method, path, answer))
