"""WebSockets where tokens are demanded: by header, by ticket, by subprotocol, and not otherwise."""

import json
from collections.abc import Iterator, Sequence

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from phantom.security.roles import Role
from tests.support.api import Edge, Server, served_edge
from tests.support.socket_io import Connect, javascript_client, python_client

Served = tuple[Server, Edge]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server that demands tokens."""
    with served_edge(tmp_path_factory.mktemp("home"), further={"require_token": True}) as served:
        yield served


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    """A token that may listen."""
    server, edge = served
    return server.run(edge.services.tokens.create("listener", Role.VIEWER))[1]


async def greeting(
    address: str, *, headers: dict[str, str] | None = None, protocols: Sequence[str] = ()
) -> tuple[dict[str, object], str | None]:
    """The first message of a socket, and the subprotocol that the server chose."""
    offered = [Subprotocol(each) for each in protocols]
    async with connect(
        address, additional_headers=headers, subprotocols=offered or None, proxy=None
    ) as socket:
        return json.loads(await socket.recv()), socket.subprotocol


async def refusal(address: str, *, protocols: Sequence[str] = ()) -> int:
    """The status that a handshake is refused with."""
    with pytest.raises(InvalidStatus) as caught:
        await greeting(address, protocols=protocols)
    return caught.value.response.status_code


async def ticket(server: Server, token: str) -> str:
    """A ticket for a token."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.post("/api/ws/ticket", headers=headers)
        assert 201 == answer.status_code
        assert {"ticket", "expires_at"} == set(answer.json())
        return str(answer.json()["ticket"])


async def test_nobody_listens_without_a_token(served: Served) -> None:
    """Refused before it is accepted, on every channel."""
    server, _ = served
    for path in ("/ws", "/ws/task/x", "/ws/project/x", "/ws/nowhere"):
        assert 401 == await refusal(server.ws(path))
    assert 0 == server.run(_connections(served))


async def _connections(served: Served) -> int:
    return served[1].services.hub.connections


async def test_a_program_shows_its_token_in_the_header(served: Served, token: str) -> None:
    """As with any request."""
    told, protocol = await greeting(
        served[0].ws("/ws"), headers={"Authorization": f"Bearer {token}"}
    )
    assert ("connection_status", None) == (told["type"], protocol)


async def test_a_ticket_opens_one_socket(served: Served, token: str) -> None:
    """Beside other parameters; the second time it is worth nothing."""
    server, _ = served
    address = server.ws(f"/ws?last_event_id=0&ticket={await ticket(server, token)}")
    assert "connection_status" == (await greeting(address))[0]["type"]
    assert 401 == await refusal(address)


async def test_a_page_shows_its_token_as_a_subprotocol(served: Served, token: str) -> None:
    """The server answers with the other one, so that the token is in no answer."""
    offered = ["phantom.v1", f"phantom.bearer.{token}"]
    for protocols in (offered, offered[::-1]):
        told, protocol = await greeting(served[0].ws("/ws"), protocols=protocols)
        assert ("connection_status", "phantom.v1") == (told["type"], protocol)


async def test_a_token_alone_is_answered_as_browsers_want_it(served: Served, token: str) -> None:
    """They hang up where none of what they offered is chosen."""
    only = f"phantom.bearer.{token}"
    assert only == (await greeting(served[0].ws("/ws"), protocols=[only]))[1]


@pytest.mark.parametrize(
    "protocols",
    [
        ["phantom.v1"],
        ["phantom.bearer."],
        ["phantom.bearer.nonsense", "phantom.v1"],
        ["bearer.x"],
    ],
)
async def test_another_subprotocol_is_no_token(served: Served, protocols: list[str]) -> None:
    """Nor is half of one."""
    assert 401 == await refusal(served[0].ws("/ws"), protocols=protocols)


async def test_a_token_in_the_address_opens_nothing(served: Served, token: str) -> None:
    """Under whatever name."""
    for name in ("token", "access_token", "ticket"):
        assert 400 == await refusal(served[0].ws(f"/ws?{name}={token}"))


async def test_a_ticket_is_for_sockets_alone(served: Served, token: str) -> None:
    """A request with one shows nothing."""
    server, _ = served
    async with httpx.AsyncClient(base_url=server.url) as client:
        given = {"ticket": await ticket(server, token)}
        assert 401 == (await client.get("/api/tasks", params=given)).status_code


async def test_a_ticket_of_a_server_without_tokens_opens_nothing_here(served: Served) -> None:
    """Two servers on one database, of which one is open."""
    server, edge = served
    from phantom.security.roles import LOCAL

    given, _ = server.run(edge.services.tokens.issue_ticket(LOCAL))
    assert 401 == await refusal(server.ws(f"/ws?ticket={given}"))


SOCKET_IO = "/socket.io/?EIO=4&transport="


@pytest.mark.parametrize("client", [python_client, javascript_client])
async def test_socket_io_shows_its_token_with_every_request(
    served: Served, token: str, client: Connect
) -> None:
    """In the header, by polling and by the WebSocket that it goes on with."""
    headers = {"Authorization": f"Bearer {token}"}
    for transports in (["websocket"], ["polling", "websocket"]):
        async with client(served[0].url, transports=transports, headers=headers) as legacy:
            assert "connection_status" == (await legacy.next())[0]
        async with client(served[0].url, transports=transports) as legacy:
            assert "connect_error" == (await legacy.next())[0]


async def test_socket_io_of_a_page_shows_a_ticket_or_a_subprotocol(
    served: Served, token: str
) -> None:
    """As the native WebSocket does, since a page can send no header with one."""
    server, _ = served
    ways: list[dict[str, object]] = [
        {"query": {"ticket": await ticket(server, token)}},
        {"protocols": ["phantom.v1", f"phantom.bearer.{token}"]},
    ]
    for way in ways:
        async with javascript_client(server.url, **way) as legacy:
            assert "connection_status" == (await legacy.next())[0]


async def test_a_session_of_socket_io_is_of_who_opened_it(served: Served, token: str) -> None:
    """Its number opens nothing for another token, and nothing without one."""
    server, edge = served
    _, other = server.run(edge.services.tokens.create("eavesdropper", Role.ADMIN))
    async with httpx.AsyncClient(base_url=server.url) as client:
        own, foreign = ({"Authorization": f"Bearer {each}"} for each in (token, other))
        opened = await client.get(f"{SOCKET_IO}polling", headers=own)
        session = f"{SOCKET_IO}polling&sid={json.loads(opened.text[1:])['sid']}"
        for headers, status in (({}, 401), (foreign, 400)):
            assert status == (await client.get(session, headers=headers)).status_code
            typed = {**headers, "Content-Type": "text/plain"}
            assert status == (await client.post(session, headers=typed, content="40")).status_code
        socket = server.ws(session.replace("=polling", "=websocket"))
        with pytest.raises(InvalidStatus) as caught:
            await greeting(socket, headers=foreign)
        assert 400 == caught.value.response.status_code
        typed = {**own, "Content-Type": "text/plain"}
        assert 200 == (await client.post(session, headers=typed, content="1")).status_code


@pytest.mark.parametrize("origin", ["http://localhost:9999", "null", "https://evil.example"])
async def test_a_foreign_page_gets_no_socket_io(served: Served, token: str, origin: str) -> None:
    """Not even a session that it could not read: a GET opens one, so it counts as acting."""
    server, _ = served
    headers = {"Authorization": f"Bearer {token}", "Origin": origin, "Content-Type": "text/plain"}
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert 403 == (await client.get(f"{SOCKET_IO}polling", headers=headers)).status_code
        assert 403 == (await client.post(f"{SOCKET_IO}polling", headers=headers)).status_code
        evil = {**headers, "Origin": server.url, "Host": "evil.example"}
        assert 403 == (await client.get(f"{SOCKET_IO}polling", headers=evil)).status_code
    with pytest.raises(InvalidStatus) as caught:
        await greeting(server.ws(f"{SOCKET_IO}websocket"), headers=headers)
    assert 403 == caught.value.response.status_code
