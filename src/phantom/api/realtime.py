"""Live updates (reference section 7): WebSocket channels, and how they are doing."""

import asyncio
import contextlib
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from phantom.api.caller import Caller
from phantom.api.services import Services, Wired
from phantom.clock import utc_now
from phantom.errors import InvalidInput, PhantomError
from phantom.events.hub import GLOBAL, Listener, project_channel, task_channel
from phantom.security.guard import refuse
from phantom.tasks.service import checked_id

router = APIRouter(tags=["realtime"])

_MAX_MESSAGE = 4096
_MAX_CHANNELS = 100
_CLOSE_SECONDS = 5.0
_DIGITS = 18  # of the highest id that is looked for; a table never has more
_TOO_BIG, _TRY_AGAIN_LATER = 1009, 1013
_GONE = (WebSocketDisconnect, WebSocketDisconnected)
_UNKNOWN_MESSAGE = (
    'Messages are {"type": "ping"}, and "subscribe" or "unsubscribe" with a "channel".'
)


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Ping(_Message):
    """Asks for a `pong`."""

    type: Literal["ping"]


class Subscribe(_Message):
    """Adds a channel."""

    type: Literal["subscribe"]
    channel: str


class Unsubscribe(_Message):
    """Takes a channel away."""

    type: Literal["unsubscribe"]
    channel: str


ClientMessage = Annotated[Ping | Subscribe | Unsubscribe, Field(discriminator="type")]
_CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


class ConnectionStatus(BaseModel):
    """The first message: what is listened to, and from where on."""

    type: Literal["connection_status"] = "connection_status"
    connected: Literal[True] = True
    channel: str
    timestamp: datetime
    last_event_id: int
    """Come back with this until an event has told a later one."""


class Control(BaseModel):
    """A message of the connection itself: `ping` comes when nothing else was to be told."""

    type: Literal["ping", "pong"]
    timestamp: datetime


class Subscription(BaseModel):
    """The answer to `subscribe` and `unsubscribe`."""

    type: Literal["subscribed", "unsubscribed"]
    channel: str
    timestamp: datetime


class MessageError(BaseModel):
    """A message that was not understood; the connection goes on."""

    type: Literal["error"] = "error"
    detail: str
    timestamp: datetime


class NativeSockets(BaseModel):
    """Open connections, counted."""

    total_connections: int
    channels: list[str]
    channel_counts: dict[str, int]


class SocketIo(BaseModel):
    """The legacy protocol."""

    enabled: bool
    status: str


class ProtocolComparison(BaseModel):
    """How the two protocols compare; `improvement` is null until it has been measured."""

    protocol: str
    improvement: str | None


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
    """How many are connected, and to which channels."""
    counts = services.hub.channel_counts()
    return RealtimeHealth(
        status="healthy",
        native_ws=NativeSockets(
            total_connections=services.hub.connections,
            channels=list(counts),
            channel_counts=counts,
        ),
        socket_io=SocketIo(enabled=False, status="not_available"),
        performance=ProtocolComparison(protocol="native_ws_primary", improvement=None),
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
        channel = await _existing(services, name)
        since = _last_event_id(websocket)
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
            await self._close(_TRY_AGAIN_LATER, "Too slow; come back with last_event_id.")

    async def _greet_and_tell(self, channel: str) -> None:
        joined = self.listener.joined
        start = joined if self.since is None else min(self.since, joined)
        await self._send(
            ConnectionStatus(channel=channel, timestamp=utc_now(), last_event_id=start)
        )
        hub = self.services.hub
        async with aclosing(hub.deliveries(self.listener, since=start)) as deliveries:
            async for delivery in deliveries:
                await self._send_text(delivery.text)

    async def _answer_messages(self) -> None:
        while True:
            message = await self.websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or ""
            if len(text) > _MAX_MESSAGE:
                await self._close(_TOO_BIG, f"A message is at most {_MAX_MESSAGE} characters.")
                return
            await self._send(await self._answer(text))

    async def _answer(self, text: str) -> BaseModel:
        try:
            message = _CLIENT_MESSAGE.validate_json(text)
            if isinstance(message, Ping):
                return Control(type="pong", timestamp=utc_now())
            channel = await _existing(self.services, message.channel)
            if isinstance(message, Unsubscribe):
                self.listener.channels.discard(channel)
                return Subscription(type="unsubscribed", channel=channel, timestamp=utc_now())
            if len(self.listener.channels) >= _MAX_CHANNELS:
                raise InvalidInput(f"A connection has at most {_MAX_CHANNELS} channels.")
            self.listener.channels.add(channel)
            return Subscription(type="subscribed", channel=channel, timestamp=utc_now())
        except ValidationError:
            return MessageError(detail=_UNKNOWN_MESSAGE, timestamp=utc_now())
        except PhantomError as error:
            return MessageError(detail=str(error), timestamp=utc_now())

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


async def _existing(services: Services, name: str) -> str:
    """The channel `name` in its usual form. Raises NotFound or InvalidInput."""
    kind, _, text = name.partition("_")
    if name == GLOBAL:
        return GLOBAL
    if kind == "task":
        return task_channel((await services.tasks.get(text)).id)
    if kind == "project":
        summary = await services.projects.get(checked_id(text, "project"))
        return project_channel(summary.project.id)
    raise InvalidInput(
        f"There is no channel {name[:100]!r}; channels are global, project_ID and task_ID."
    )


def _last_event_id(websocket: WebSocket) -> int | None:
    text = websocket.query_params.get("last_event_id")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise InvalidInput("last_event_id must be the id of an event, a whole number.")
    return int(text)
