"""What goes over the wire: A2A 1.0 in its JSON-RPC binding.

Names and meanings are those of the protocol's definition, `specification/a2a.proto` of
github.com/a2aproject/A2A; what is not used here is passed over.
"""

import base64
import binascii
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

VERSION = "1.0"
BINDING = "JSONRPC"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class State(StrEnum):
    """Where a task stands."""

    UNSPECIFIED = "TASK_STATE_UNSPECIFIED"
    SUBMITTED = "TASK_STATE_SUBMITTED"
    WORKING = "TASK_STATE_WORKING"
    COMPLETED = "TASK_STATE_COMPLETED"
    FAILED = "TASK_STATE_FAILED"
    CANCELED = "TASK_STATE_CANCELED"
    INPUT_REQUIRED = "TASK_STATE_INPUT_REQUIRED"
    REJECTED = "TASK_STATE_REJECTED"
    AUTH_REQUIRED = "TASK_STATE_AUTH_REQUIRED"

    @property
    def open(self) -> bool:
        """True while the agent is at work."""
        return self in {State.UNSPECIFIED, State.SUBMITTED, State.WORKING}


class Interface(_Message):
    """One address of an agent."""

    url: str
    protocol_binding: str
    protocol_version: str
    tenant: str | None = None


class Capabilities(_Message):
    """What an agent can do beyond answering."""

    streaming: bool = False


class Card(_Message):
    """How an agent describes itself."""

    name: str
    supported_interfaces: tuple[Interface, ...] = ()
    capabilities: Capabilities = Capabilities()


class Part(_Message):
    """A piece of a message or an artifact."""

    text: str | None = None
    raw: str | None = None
    """A file's bytes in base64."""
    filename: str | None = None
    media_type: str | None = None

    @property
    def content(self) -> bytes | None:
        """What is in it, None where it is of another kind or no base64."""
        if self.text is not None:
            return self.text.encode(errors="replace")
        try:
            return None if self.raw is None else base64.b64decode(self.raw, validate=True)
        except binascii.Error:
            return None


class Message(_Message):
    """Something that was said."""

    parts: tuple[Part, ...] = ()
    context_id: str | None = None

    @property
    def text(self) -> str:
        """Its text alone."""
        return "".join(part.text for part in self.parts if part.text and not part.filename)


class Artifact(_Message):
    """A result."""

    artifact_id: str = ""
    parts: tuple[Part, ...] = ()


class Status(_Message):
    """Where a task stands, and what was said about it."""

    state: State = State.UNSPECIFIED
    message: Message | None = None


class Task(_Message):
    """A piece of work of the agent's."""

    id: str
    context_id: str | None = None
    status: Status = Status()
    artifacts: tuple[Artifact, ...] = ()


class StatusUpdate(_Message):
    """A task has moved."""

    task_id: str
    status: Status


class ArtifactUpdate(_Message):
    """A task has a result, or more of one."""

    task_id: str
    artifact: Artifact
    append: bool = False


class Event(_Message):
    """One of these."""

    task: Task | None = None
    message: Message | None = None
    status_update: StatusUpdate | None = None
    artifact_update: ArtifactUpdate | None = None


class Trouble(_Message):
    """An error of the call."""

    code: int
    message: str = ""


class Answer(_Message):
    """JSON-RPC's envelope."""

    result: JsonValue = None
    error: Trouble | None = Field(default=None)
