"""Live events over real WebSockets."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from phantom.db import models
from phantom.events.types import SystemAlert
from phantom.vocabulary import Severity
from tests.support import rows
from tests.support.api import Edge, Server, served_edge, until

JsonObject = dict[str, object]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Edge]]:
    """A server with small queues, so that one that does not read is soon found out."""
    with served_edge(tmp_path_factory.mktemp("home"), queue_size=50, idle_seconds=0.2) as served:
        yield served


@pytest.fixture
def server(served: tuple[Server, Edge]) -> Server:
    """The server alone."""
    return served[0]


@pytest.fixture
def task(served: tuple[Server, Edge]) -> models.Task:
    """A task of a project of its own."""
    server, edge = served
    return server.run(rows.stored_task(edge.services.database))


class Teller:
    """Makes events happen in the server's process."""

    def __init__(self, served: tuple[Server, Edge]) -> None:
        self._server, edge = served
        self._store = edge.services.store

    async def tell(
        self, message: str, *, task: models.Task | None = None, project: str | None = None
    ) -> int:
        """One event, of `task` or `project` where given; returns its id."""
        event = SystemAlert(message=message, severity=Severity.INFO)
        task_id = task.id if task else None
        project_id = task.project_id if task else project
        await self._server.arun(self._store.emit(event, task_id=task_id, project_id=project_id))
        return await self._server.arun(self._store.last_seq())


@pytest.fixture
def teller(served: tuple[Server, Edge]) -> Teller:
    """Whoever makes events happen."""
    return Teller(served)


async def receive(socket: ClientConnection) -> JsonObject:
    """The next message that is not a ping of the server's."""
    async with asyncio.timeout(10):
        while True:
            message: JsonObject = json.loads(await socket.recv())
            if message["type"] != "ping":
                return message


async def drained(socket: ClientConnection) -> None:
    """Read until the connection ends."""
    while True:
        await receive(socket)


async def say(socket: ClientConnection, **message: object) -> JsonObject:
    """The answer to a message."""
    await socket.send(json.dumps(message))
    return await receive(socket)


async def test_the_first_message_tells_the_connection(server: Server) -> None:
    """With the reference's fields, and the number to come back with."""
    async with connect(server.ws("/ws"), proxy=None) as socket:
        status = await receive(socket)
    fields = {"type", "connected", "channel", "timestamp", "last_event_id", "complete"}
    assert fields == set(status)
    assert ("connection_status", True, "global") == (
        status["type"],
        status["connected"],
        status["channel"],
    )
    assert str(status["timestamp"]).endswith("Z")


async def test_an_event_arrives_as_it_is_stored(server: Server, teller: Teller) -> None:
    """Exactly the reference's fields, and the growing id."""
    async with connect(server.ws("/ws"), proxy=None) as socket:
        await receive(socket)
        seq = await teller.tell("Circuit breaker OPEN for agent 'copilot'")
        event = await receive(socket)
    assert {"type", "message", "severity", "timestamp", "id"} == set(event)
    assert ("system_alert", "info", seq) == (event["type"], event["severity"], event["id"])
    assert str(event["timestamp"]).endswith("Z")


async def test_channels_tell_what_is_theirs(
    server: Server, teller: Teller, task: models.Task
) -> None:
    """The task's socket and the project's get the task's event, and not a stranger's."""
    paths = (f"/ws/task/{task.id}", f"/ws/project/{task.project_id}")
    for path in paths:
        async with connect(server.ws(path), proxy=None) as socket:
            assert path.removeprefix("/ws/").replace("/", "_") == (await receive(socket))["channel"]
            await teller.tell("of nobody")
            seq = await teller.tell("of the task", task=task)
            assert seq == (await receive(socket))["id"]


async def test_a_client_subscribes_and_unsubscribes(
    server: Server, teller: Teller, task: models.Task
) -> None:
    """On both channels of a task an event comes once; on neither it does not come."""
    own, project = f"task_{task.id}", f"project_{task.project_id}"
    async with connect(server.ws(f"/ws/task/{task.id}"), proxy=None) as socket:
        await receive(socket)
        answer = await say(socket, type="subscribe", channel=project)
        assert ("subscribed", project) == (answer["type"], answer["channel"])
        first = await teller.tell("once", task=task)
        second = await teller.tell("project alone", project=task.project_id)
        assert [first, second] == [(await receive(socket))["id"] for _ in range(2)]
        assert "unsubscribed" == (await say(socket, type="unsubscribe", channel=project))["type"]
        await teller.tell("not any more", project=task.project_id)
        third = await teller.tell("still", task=task)
        assert third == (await receive(socket))["id"]
        await say(socket, type="unsubscribe", channel=own)
        await teller.tell("gone", task=task)
        assert "pong" == (await say(socket, type="ping"))["type"]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"type": "subscribe"}',
        '{"type": "subscribe", "channel": 5}',
        '{"type": "subscribe", "channel": "everything"}',
        '{"type": "subscribe", "channel": "task_123"}',
        '{"type": "subscribe", "channel": "task_5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10"}',
        '{"type": "subscribe", "channel": "project_../../x"}',
        '{"type": "launch"}',
        '{"type": "ping"',
        "[" * 4000,
        '{"type": "subscribe", "channel": "\\ud800"}',
        '{"type": "subscribe", "channel": "\\u0000"}',
    ],
)
async def test_what_is_not_understood_is_answered(server: Server, message: str) -> None:
    """With a sentence, and the connection goes on."""
    async with connect(server.ws("/ws"), proxy=None) as socket:
        await receive(socket)
        await socket.send(message)
        answer = await receive(socket)
        assert "error" == answer["type"]
        assert str(answer["detail"]).endswith((".", '"channel".'))
        assert "pong" == (await say(socket, type="ping"))["type"]


async def test_bytes_are_not_understood_either(server: Server) -> None:
    """A binary message is answered like any other that makes no sense."""
    async with connect(server.ws("/ws"), proxy=None) as socket:
        await receive(socket)
        await socket.send(b"\x00\xff")
        assert "error" == (await receive(socket))["type"]


async def test_a_message_beyond_all_measure_ends_the_connection(server: Server) -> None:
    """1009: nobody has so much to say here."""
    async with connect(server.ws("/ws"), proxy=None) as socket:
        await receive(socket)
        await socket.send("x" * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            await receive(socket)
    assert closed.value.rcvd is not None
    assert 1009 == closed.value.rcvd.code


async def test_channels_of_one_connection_are_bounded(
    served: tuple[Server, Edge], server: Server
) -> None:
    """The hundred and first is refused, and the others stay."""
    database = served[1].services.database
    tasks = [await server.arun(rows.stored_task(database)) for _ in range(100)]
    async with connect(server.ws("/ws"), proxy=None) as socket:
        await receive(socket)
        answers = [await say(socket, type="subscribe", channel=f"task_{t.id}") for t in tasks]
        assert ["subscribed"] * 99 + ["error"] == [answer["type"] for answer in answers]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ws/task/123", 404),
        ("/ws/task/5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10", 404),
        ("/ws/project/123", 404),
        ("/ws/project/5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10", 404),
        ("/ws?last_event_id=x", 400),
        ("/ws?last_event_id=-1", 400),
        ("/ws?last_event_id=99999999999999999999", 400),
        ("/ws?last_event_id=", 400),
        ("/ws/nothing/here/at/all", 403),
    ],
)
async def test_a_channel_that_is_none_is_refused(server: Server, path: str, status: int) -> None:
    """The handshake is answered with the error instead of being accepted."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(server.ws(path), proxy=None):
            pass
    assert status == refused.value.response.status_code


@pytest.mark.parametrize("origin", ["http://localhost:9999", "null", "https://evil.example"])
async def test_a_foreign_page_gets_no_socket(server: Server, origin: str) -> None:
    """Refused before it is accepted, so that no event is sent."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(server.ws("/ws"), proxy=None, additional_headers={"Origin": origin}):
            pass
    assert 403 == refused.value.response.status_code
    assert b"detail" in refused.value.response.body


async def test_a_page_of_the_server_s_own_gets_one(server: Server) -> None:
    """As do the reference's front ends."""
    for origin in (f"http://localhost:{server.port}", "http://localhost:5173"):
        headers = {"Origin": origin}
        async with connect(server.ws("/ws"), proxy=None, additional_headers=headers) as socket:
            assert "connection_status" == (await receive(socket))["type"]


async def test_a_client_that_comes_back_gets_what_it_missed(
    server: Server, teller: Teller, task: models.Task
) -> None:
    """However often it goes: all of it, once, in order, on its channel alone."""
    channel = server.ws(f"/ws/task/{task.id}")
    told = [await teller.tell("before", task=task)]
    last, got = 0, []
    for round_ in range(5):
        await teller.tell("of others")
        told += [await teller.tell(f"{round_}: {number}", task=task) for number in range(7)]
        async with connect(f"{channel}?last_event_id={last}", proxy=None) as socket:
            assert last == (await receive(socket))["last_event_id"]
            told.append(await teller.tell(f"{round_}: live", task=task))
            # It goes in the middle of the round, at another place each time.
            while last < told[-1 - round_]:
                last = int(str((await receive(socket))["id"]))
                got.append(last)
    async with connect(f"{channel}?last_event_id={last}", proxy=None) as socket:
        await receive(socket)
        while last < told[-1]:
            last = int(str((await receive(socket))["id"]))
            got.append(last)
    assert told == got


async def test_a_number_from_the_future_means_from_now_on(server: Server, teller: Teller) -> None:
    """A client of a database that is no more is not left waiting for numbers to come."""
    async with connect(server.ws("/ws?last_event_id=999999999"), proxy=None) as socket:
        assert 999999999 > int(str((await receive(socket))["last_event_id"]))
        seq = await teller.tell("now")
        assert seq == (await receive(socket))["id"]


async def test_an_idle_connection_is_pinged(server: Server) -> None:
    """By a message, which reaches a page's code and every proxy between."""
    async with connect(server.ws("/ws"), proxy=None) as socket:
        await receive(socket)
        async with asyncio.timeout(10):
            ping = json.loads(await socket.recv())
    assert "ping" == ping["type"]


async def test_one_that_does_not_read_is_dropped_and_delays_nobody(
    served: tuple[Server, Edge], server: Server, teller: Teller
) -> None:
    """It is told 1013 when it reads at last; the others have had everything long before."""
    quiet = connect(server.ws("/ws"), proxy=None, max_queue=1, compression=None)
    async with quiet as slow, connect(server.ws("/ws"), proxy=None) as quick:
        await receive(quick)
        big = "x" * 100_000
        for _ in range(500):
            last = await teller.tell(big)
            while int(str((await receive(quick)).get("id", 0))) < last:
                pass
            if served[1].services.hub.cut_off:
                break
        # At once: one that goes on not reading is not even told why.
        with pytest.raises(ConnectionClosed) as closed:
            await drained(slow)
        async with httpx.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"{server.url}/api/metrics")).text
    assert closed.value.rcvd is not None
    assert 1013 == closed.value.rcvd.code
    assert "phantom_ws_clients_cut_off_total 1.0" in text


async def test_health_counts_the_open_connections(server: Server, task: models.Task) -> None:
    """By channel, with the reference's fields."""
    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False) as client,
        connect(server.ws("/ws"), proxy=None) as one,
        connect(server.ws(f"/ws/task/{task.id}"), proxy=None) as other,
    ):
        await receive(one)
        await receive(other)
        counts = {"global": 1, f"task_{task.id}": 1}

        async def counted() -> bool:
            # Connections of other tests may still be on their way out.
            health = (await client.get("/api/ws/health")).json()
            return bool(counts == health["native_ws"]["channel_counts"])

        await until(counted)
        native = (await client.get("/api/ws/health")).json()["native_ws"]
    assert 2 == native["total_connections"]
    assert list(counts) == native["channels"]
