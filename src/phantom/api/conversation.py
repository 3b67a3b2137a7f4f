"""What a client may say on its connection, and the answers: the same over either protocol."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from phantom.api.services import Services
from phantom.clock import utc_now
from phantom.errors import InvalidInput, PhantomError
from phantom.events.hub import GLOBAL, Listener, project_channel, task_channel
from phantom.tasks.service import checked_id

MAX_MESSAGE = 4096
"""Characters of a message from a client."""
TOO_SLOW = "Too slow; come back with last_event_id."
"""What a client is told that did not keep up."""
_MAX_CHANNELS = 100
_DIGITS = 18  # of the highest id that is looked for; a table never has more
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
    complete: bool = Field(
        description="False where events after the last one that the client knows were removed."
    )


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


Answer = Control | Subscription | MessageError


async def answer(services: Services, listener: Listener, text: str | bytes) -> Answer:
    """Do what the message (JSON) asks for; what makes no sense is answered, too."""
    try:
        message = _CLIENT_MESSAGE.validate_json(text)
        if isinstance(message, Ping):
            return Control(type="pong", timestamp=utc_now())
        channel = await existing_channel(services, message.channel)
        if isinstance(message, Unsubscribe):
            listener.channels.discard(channel)
            return Subscription(type="unsubscribed", channel=channel, timestamp=utc_now())
        if len(listener.channels) >= _MAX_CHANNELS:
            raise InvalidInput(f"A connection has at most {_MAX_CHANNELS} channels.")
        listener.channels.add(channel)
        return Subscription(type="subscribed", channel=channel, timestamp=utc_now())
    except ValidationError:
        return MessageError(detail=_UNKNOWN_MESSAGE, timestamp=utc_now())
    except PhantomError as error:
        return MessageError(detail=str(error), timestamp=utc_now())


def greeting(channel: str, listener: Listener, since: int | None) -> ConnectionStatus:
    """The first message; `since` is the last event that the client knows, None for from now on."""
    start = listener.joined if since is None else min(since, listener.joined)
    return ConnectionStatus(
        channel=channel,
        timestamp=utc_now(),
        last_event_id=start,
        complete=start + 1 >= listener.oldest,
    )


async def existing_channel(services: Services, name: str) -> str:
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


def event_id(text: str | None) -> int | None:
    """The number that a client comes back with, None where it has none. Raises InvalidInput."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise InvalidInput("last_event_id must be the id of an event, a whole number.")
    return int(text)
