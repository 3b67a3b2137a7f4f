"""Socket.IO by its official clients: the native WebSocket's events, behind the same guards."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import httpx
import pytest
from sqlalchemy import insert
from websockets.asyncio.client import ClientConnection, connect

from phantom.clock import utc_now
from phantom.db import models
from phantom.events.comparison import Comparison
from phantom.events.types import SystemAlert
from phantom.vocabulary import Severity
from tests.support import rows
from tests.support.api import Edge, Server, served_edge, until
from tests.support.socket_io import Connect, javascript_client, python_client

Served = tuple[Server, Edge]
JsonObject = dict[str, object]

CLIENTS = [pytest.param(python_client, id="python"), pytest.param(javascript_client, id="js")]
TRANSPORTS = [
    pytest.param(("websocket",), id="websocket"),
    pytest.param(("polling",), id="polling"),
    pytest.param(("polling", "websocket"), id="upgraded"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with small queues."""
    with served_edge(tmp_path_factory.mktemp("home"), queue_size=20) as served:
        yield served


@pytest.fixture
def server(served: Served) -> Server:
    """The server alone."""
    return served[0]


@pytest.fixture
def task(served: Served) -> models.Task:
    """A task of a project of its own."""
    server, edge = served
    return server.run(rows.stored_task(edge.services.database))


async def tell(served: Served, message: str, task: models.Task | None = None) -> int:
    """One event, of `task` where given; returns its id."""
    server, edge = served
    event = SystemAlert(message=message, severity=Severity.INFO)
    task_id, project_id = (task.id, task.project_id) if task else (None, None)
    store = edge.services.store
    await server.arun(store.emit(event, task_id=task_id, project_id=project_id))
    return await server.arun(store.last_seq())


def address(transport: str, **more: str) -> str:
    """Where a session is opened."""
    query = "&".join(f"{k}={v}" for k, v in {"EIO": "4", "transport": transport, **more}.items())
    return f"/socket.io/?{query}"


@contextlib.asynccontextmanager
async def raw(server: Server, **options: object) -> AsyncIterator[ClientConnection]:
    """A WebSocket that speaks the protocol by hand, connected to the namespace."""
    options = {"proxy": None, "compression": None, "close_timeout": 1, **options}
    async with connect(server.ws(address("websocket")), **options) as socket:  # type: ignore[arg-type]
        assert str(await socket.recv()).startswith("0{")
        await socket.send("40")
        assert str(await socket.recv()).startswith("40{")
        yield socket


@pytest.mark.parametrize("transports", TRANSPORTS)
@pytest.mark.parametrize("client", CLIENTS)
async def test_it_tells_what_the_native_socket_tells(
    served: Served, client: Connect, transports: tuple[str, ...], task: models.Task
) -> None:
    """The same JSON under its type, from the greeting on; resumed, subscribed, unsubscribed."""
    server, _ = served
    before = await tell(served, "before", task)
    missed = await tell(served, "missed: ü \u2028 \"'", task)
    channel, project = f"task_{task.id}", f"project_{task.project_id}"
    path = f"/ws/task/{task.id}?last_event_id={before}"
    legacy_client = client(server.url, transports=transports, last_event_id=before, channel=channel)
    async with legacy_client as legacy, connect(server.ws(path), proxy=None) as native:
        name, greeting = await legacy.next()
        expected = json.loads(await native.recv())
        assert "connection_status" == name
        assert {**expected, "timestamp": greeting["timestamp"]} == greeting
        live = await tell(served, "live", task)
        for seq in (missed, live):
            event = json.loads(await native.recv())
            assert (event["type"], event) == await legacy.next()
            assert seq == event["id"]
        answer = await legacy.say("subscribe", {"channel": project})
        assert ("subscribed", project) == (answer["type"], answer["channel"])
        assert "unsubscribed" == (await legacy.say("unsubscribe", channel))["type"]
        other = await tell(served, "of the project", task)
        assert other == (await legacy.next("system_alert"))[1]["id"]
        assert "pong" == (await legacy.say("ping", {}))["type"]
        for name, said in (("launch", {}), ("subscribe", [1]), ("subscribe", "all")):
            assert "error" == (await legacy.say(name, said))["type"]


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_channel_that_is_none_is_refused(server: Server, client: Connect) -> None:
    """With the sentence that the native handshake is answered with."""
    for options in ({"channel": "task_123"}, {"channel": "all"}, {"last_event_id": -1}):
        async with client(server.url, **options) as legacy:
            _, why = await legacy.next("connect_error")
        assert str(why["message"]).endswith((".", "project_ID and task_ID."))


async def test_a_client_that_reconnects_gets_what_it_missed(served: Served) -> None:
    """By itself, as the official client does after its connection broke: all, once, in order."""
    server, _ = served
    told, got = [], []
    last = await tell(served, "before")
    async with javascript_client(server.url, last_event_id=last) as legacy:
        for round_ in range(3):
            name, greeting = await legacy.next()
            while name != "connection_status":
                got.append(greeting["id"])
                name, greeting = await legacy.next()
            for number in range(5):
                told.append(await tell(served, f"{round_}: {number}"))
                if number == round_:
                    legacy.tell("drop")
        while not got or got[-1] != told[-1]:
            name, event = await legacy.next()
            if name == "system_alert":
                got.append(event["id"])
    assert told == got


async def test_health_counts_the_clients(served: Served, task: models.Task) -> None:
    """Beside the native sockets, which they are none of."""
    server, edge = served
    await until(lambda: 0 == edge.services.hub.connections)
    async with (
        python_client(server.url) as one,
        javascript_client(server.url, channel=f"task_{task.id}") as other,
        connect(server.ws("/ws"), proxy=None) as native,
        httpx.AsyncClient(base_url=server.url, trust_env=False) as asking,
    ):
        for each in (one, other):
            await each.next("connection_status")
        await native.recv()
        health = (await asking.get("/api/ws/health")).json()
    expected = {"enabled": True, "status": "legacy_support", "total_connections": 2}
    assert expected == health["socket_io"]
    assert {"total_connections": 1, "channels": ["global"], "channel_counts": {"global": 1}} == (
        health["native_ws"]
    )
    await until(lambda: 0 == edge.services.hub.connections)


async def test_health_shows_what_was_measured(served: Served) -> None:
    """Nothing before the benchmark ran on this machine; its range and its date after that."""
    server, edge = served
    measured = Comparison(
        measured_at=utc_now(),
        version="0.1",
        native_ms=1.0,
        socket_io_ms=1.2,
        lowest=12,
        highest=19,
        clients=20,
        events=500,
    )
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        before = (await client.get("/api/ws/health")).json()["performance"]
        await asyncio.to_thread(measured.keep, edge.services.settings.home)
        after = (await client.get("/api/ws/health")).json()["performance"]
    assert (None, None) == (before["improvement"], before["measured_at"])
    assert "12-19% vs Socket.IO" == after["improvement"]
    assert measured.measured_at == datetime.fromisoformat(after["measured_at"])


async def told_to_all(served: Served, quick: ClientConnection, size: int) -> None:
    """Ten events of that size, which `quick` gets.

    Straight into the table: what is written by the store is searched for secrets, and that would
    take longer than all the rest.
    """
    server, edge = served
    store = edge.services.store
    row = {
        "type": "system_alert",
        "body": {"type": "system_alert", "message": "x" * size, "severity": "info"},
        "created_at": utc_now(),
    }

    async def write() -> None:
        async with edge.services.database.write() as session:
            await session.execute(insert(models.Event), [row] * 10)
        await store.bus.publish()

    await server.arun(write())
    last = await server.arun(store.last_seq())
    while int(json.loads(await quick.recv()).get("id", 0)) < last:
        pass


@pytest.mark.parametrize(("transport", "size"), [("websocket", 300_000), ("polling", 10)])
async def test_one_that_does_not_read_is_dropped_and_delays_nobody(
    served: Served, transport: str, size: int
) -> None:
    """Whether it reads no socket or comes for no poll; the others have had everything."""
    server, edge = served
    dropped = edge.services.hub.cut_off
    async with contextlib.AsyncExitStack() as stack:
        address = server.ws("/ws")
        quick = await stack.enter_async_context(connect(address, proxy=None, compression=None))
        if transport == "websocket":
            slow = await stack.enter_async_context(raw(server, max_queue=1))
        else:
            await stack.enter_async_context(polling(server))
        await until(lambda: 2 == edge.services.hub.connections)
        for _ in range(50):
            await told_to_all(served, quick, size)
            if edge.services.hub.cut_off > dropped:
                break
        assert dropped + 1 == edge.services.hub.cut_off
        if transport == "websocket":
            # One that reads again at last is told why.
            frames = [frame async for frame in slow]
            assert frames[-2].startswith('42["error",{')
            assert "1" == frames[-1]
        await until(lambda: 1 == edge.services.hub.connections)


@contextlib.asynccontextmanager
async def polling(server: Server) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A session by polling, connected to the namespace, and its address."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        opened = await client.get(address("polling"))
        session = address("polling", sid=json.loads(opened.text[1:])["sid"])
        await post(client, session, "40")
        assert (await client.get(session)).text.startswith("40{")
        yield client, session


async def post(client: httpx.AsyncClient, session: str, body: str) -> httpx.Response:
    """Send frames by polling, as the official clients do."""
    headers = {"Content-Type": "text/plain;charset=UTF-8"}
    return await client.post(session, content=body.encode(), headers=headers)


BAD_FRAMES = [
    "",
    "9",
    "2",
    "zz",
    "bAAA",
    "4",
    "42",
    "42{}",
    "42[]",
    "42[1]",
    '42["connect",{}]',
    '42["disconnect"]',
    '42["*"]',
    "40[1]",
    "45",
    '451-["a",{"_placeholder":true,"num":0}]',
    '43["x"]',
    "41x",
    '42["a",' + "[" * 40 + "]" * 40 + "]",
    '42["a","\\ud800"]',
    '42["a","' + "x" * 5000 + '"]',
]


@pytest.mark.parametrize("frame", BAD_FRAMES)
async def test_a_frame_that_no_client_sends_goes_no_further(
    server: Server, frame: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It ends a WebSocket, is 400 by polling, and fills no log."""
    async with raw(server) as socket:
        await socket.send(frame)
        await asyncio.wait_for(socket.wait_closed(), 10)
    async with polling(server) as (client, session):
        refused = await post(client, session, frame)
        assert 400 == refused.status_code
        assert ["detail"] == list(refused.json())
        assert 200 == (await post(client, session, "1")).status_code
    assert [] == [record for record in caplog.records if record.name == "phantom.socket_io"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "transport=polling",
        "EIO=3&transport=polling",
        "EIO=4&transport=websocket",
        "EIO=4&transport=flash",
        "EIO=4&transport=polling&j=0",
        "EIO=4&transport=polling&sid=nobody",
        "EIO=4&transport=polling&sid=a&sid=b",
    ],
)
async def test_an_address_that_makes_no_sense_is_refused(server: Server, query: str) -> None:
    """With a sentence."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        refused = await client.get(f"/socket.io/?{query}")
    assert 400 == refused.status_code
    assert refused.json()["detail"].endswith(".")
