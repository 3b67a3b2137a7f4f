"""Live updates (reference section 7): WebSocket channels, and how they are doing."""

import asyncio
import contextlib
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from phantom.api import conversation
from phantom.api.caller import Caller
from phantom.api.conversation import (
    MAX_MESSAGE,
    TOO_SLOW,
    Control,
    event_id,
    existing_channel,
    greeting,
)
from phantom.api.services import Services, Wired
from phantom.clock import utc_now
from phantom.errors import PhantomError
from phantom.events.comparison import Comparison
from phantom.events.hub import GLOBAL, Listener, Wire, project_channel, task_channel
from phantom.security.guard import refuse

router = APIRouter(tags=["realtime"])

_CLOSE_SECONDS = 5.0
_TOO_BIG, _TRY_AGAIN_LATER = 1009, 1013
_GONE = (WebSocketDisconnect, WebSocketDisconnected)


class NativeSockets(BaseModel):
    """Open connections, counted."""

    total_connections: int
    channels: list[str]
    channel_counts: dict[str, int]


class SocketIo(BaseModel):
    """The legacy protocol."""

    enabled: bool
    status: str
    total_connections: int


class ProtocolComparison(BaseModel):
    """How the two protocols compare on this machine."""

    protocol: str
    improvement: str | None
    """By how much the native protocol is faster; null until `bench/realtime.py` has measured it."""
    measured_at: datetime | None
    """When that was."""


class RealtimeHealth(BaseModel):
    """How the live updates are doing."""

    status: Literal["healthy"]
    native_ws: NativeSockets
    socket_io: SocketIo
    performance: ProtocolComparison


class Ticket(BaseModel):
    """Opens one WebSocket, once, as `?ticket=`; for browsers, which can send no header there."""

    ticket: str
    expires_at: datetime


@router.post("/api/ws/ticket", status_code=201, response_model=Ticket)
async def create_ticket(services: Wired, caller: Caller) -> Ticket:
    """A ticket that opens one WebSocket within 30 seconds."""
    ticket, expires_at = await services.tokens.issue_ticket(caller)
    return Ticket(ticket=ticket, expires_at=expires_at)


@router.get("/api/ws/health", response_model=RealtimeHealth)
async def websocket_health(services: Wired) -> RealtimeHealth:
    """How many are connected by either protocol, and to which channels."""
    hub = services.hub
    counts = hub.channel_counts(Wire.NATIVE)
    measured = await asyncio.to_thread(Comparison.of, services.settings.home)
    return RealtimeHealth(
        status="healthy",
        native_ws=NativeSockets(
            total_connections=hub.connected(Wire.NATIVE),
            channels=list(counts),
            channel_counts=counts,
        ),
        socket_io=SocketIo(
            enabled=True,
            status="legacy_support",
            total_connections=hub.connected(Wire.SOCKET_IO),
        ),
        performance=ProtocolComparison(
            protocol="native_ws_primary",
            improvement=measured.improvement if measured else None,
            measured_at=measured.measured_at if measured else None,
        ),
    )


@router.websocket("/ws")
async def global_socket(websocket: WebSocket, services: Wired) -> None:
    """All events."""
    await _serve(websocket, services, GLOBAL)


@router.websocket("/ws/project/{project_id}")
async def project_socket(websocket: WebSocket, services: Wired, project_id: str) -> None:
    """The events of a project and its tasks."""
    await _serve(websocket, services, project_channel(project_id))


@router.websocket("/ws/task/{task_id}")
async def task_socket(websocket: WebSocket, services: Wired, task_id: str) -> None:
    """The events of a task."""
    await _serve(websocket, services, task_channel(task_id))


async def _serve(websocket: WebSocket, services: Services, name: str) -> None:
    try:
        channel = await existing_channel(services, name)
        since = event_id(websocket.query_params.get("last_event_id"))
    except PhantomError as error:
        await refuse(websocket.scope, websocket.receive, websocket.send, error.status, str(error))
        return
    async with services.hub.listening(channel) as listener:
        await websocket.accept()
        await _Connection(websocket, services, listener, since).run(channel)


@dataclass(slots=True)
class _Connection:
    """One accepted socket: one task tells events, one answers messages, one pings when idle."""

    websocket: WebSocket
    services: Services
    listener: Listener
    since: int | None
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    _sent_at: float = 0.0

    async def run(self, channel: str) -> None:
        """Until either side ends it."""
        work = [
            asyncio.create_task(each)
            for each in (
                self._greet_and_tell(channel),
                self._answer_messages(),
                self._ping_when_idle(),
                self.listener.overflowed.wait(),
            )
        ]
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, _GONE):
                raise end
        if self.listener.overflowed.is_set():
            await self._close(_TRY_AGAIN_LATER, TOO_SLOW)

    async def _greet_and_tell(self, channel: str) -> None:
        first = greeting(channel, self.listener, self.since)
        await self._send(first)
        hub = self.services.hub
        async with aclosing(hub.deliveries(self.listener, since=first.last_event_id)) as deliveries:
            async for delivery in deliveries:
                await self._send_text(delivery.text)

    async def _answer_messages(self) -> None:
        while True:
            message = await self.websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or ""
            if len(text) > MAX_MESSAGE:
                await self._close(_TOO_BIG, f"A message is at most {MAX_MESSAGE} characters.")
                return
            await self._send(await conversation.answer(self.services, self.listener, text))

    async def _ping_when_idle(self) -> None:
        idle = self.services.hub.idle_seconds
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(max(0.0, self._sent_at + idle - clock()) or idle)
            if clock() - self._sent_at >= idle:
                await self._send(Control(type="ping", timestamp=utc_now()))

    async def _send(self, message: BaseModel) -> None:
        await self._send_text(message.model_dump_json())

    async def _send_text(self, text: str) -> None:
        async with self._sending:
            await self.websocket.send_text(text)
            self._sent_at = asyncio.get_running_loop().time()

    async def _close(self, code: int, reason: str) -> None:
        # A client that does not read cannot be told; the connection ends all the same.
        with contextlib.suppress(TimeoutError, *_GONE):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.websocket.close(code, reason)
