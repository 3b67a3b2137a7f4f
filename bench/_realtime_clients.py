"""Listens with many clients of one protocol and tells how long each event took to them.

`python -m bench._realtime_clients native|socket_io|polling URL CHANNEL COUNT` prints `ready` once
all are connected, and after the event whose message is `end` one line of JSON: for each event the
median over the clients and the time until it had reached the last of them, in milliseconds. It
fails where a client did not get every event exactly once, in order.
"""

import asyncio
import json
import statistics
import sys
import time

from socketio import AsyncClient
from websockets.asyncio.client import connect

END = "end"


class Heard:
    """What one client was told: when it came, by when it was sent."""

    def __init__(self) -> None:
        self.latencies: dict[int, float] = {}
        self.greeted = asyncio.Event()
        self.ended = asyncio.Event()
        self._last = 0

    def take(self, event: dict[str, object]) -> None:
        """One message of the server's, parsed."""
        now = time.monotonic_ns()
        if event["type"] == "connection_status":
            self.greeted.set()
        if event["type"] != "system_alert":
            return
        number = int(str(event["id"]))
        assert number > self._last, "an event came twice, or in the wrong order"
        self._last = number
        sent = str(event["message"]).split(" ", 1)[0]
        if sent == END:
            self.ended.set()
        else:
            self.latencies[number] = (now - int(sent)) / 1e6


async def native(url: str, channel: str, heard: Heard) -> None:
    """One client by WebSocket."""
    path = "/ws" if channel == "global" else "/ws/" + channel.replace("_", "/", 1)
    address = url.replace("http", "ws", 1) + path
    async with connect(address, proxy=None, open_timeout=60) as socket:
        while not heard.ended.is_set():
            heard.take(json.loads(await socket.recv()))


async def socket_io(url: str, channel: str, heard: Heard, transport: str) -> None:
    """One client by Socket.IO."""
    client = AsyncClient(handle_sigint=False)

    async def take(_name: str, body: dict[str, object]) -> None:
        heard.take(body)

    client.on("*", take)
    auth = {"channel": channel}
    await client.connect(url, transports=[transport], auth=auth, wait_timeout=60)
    await heard.ended.wait()
    await client.disconnect()


async def main(wire: str, url: str, channel: str, count: int) -> None:
    """Listen until the end, and print."""
    all_heard = [Heard() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        for heard in all_heard:
            if wire == "native":
                group.create_task(native(url, channel, heard))
            else:
                transport = "polling" if wire == "polling" else "websocket"
                group.create_task(socket_io(url, channel, heard, transport))
            # A crowd that comes at once is not what is measured.
            await asyncio.sleep(0.002)
        for heard in all_heard:
            await heard.greeted.wait()
        print("ready", flush=True)
    numbers = sorted(all_heard[0].latencies)
    assert all(sorted(heard.latencies) == numbers for heard in all_heard), "an event was lost"
    by_event = [[heard.latencies[number] for heard in all_heard] for number in numbers]
    print(
        json.dumps(
            {
                "median": [statistics.median(each) for each in by_event],
                "last": [max(each) for each in by_event],
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
