"""What the loop asks of an agent, and what an agent may answer.

An agent's run is a stream of events that ends in exactly one terminal event:
`Finished`, `Failed` or `Cancelled`. Adapters differ only in how they produce that stream.
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from phantom.vocabulary import AgentType, CostSource, TaskType


class ErrorKind(StrEnum):
    """Why a call failed; decides whether it is retried, waited for, or switched away from."""

    AUTH = "auth"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    MODEL = "model"
    DENIED = "denied"
    CANCELLED = "cancelled"
    STALLED = "stalled"
    NOT_INSTALLED = "not_installed"
    ERROR = "error"


class Outcome(StrEnum):
    """What a finished run amounts to."""

    DONE = "done"
    """The agent believes that it did what was asked; the evaluators decide whether it did."""
    NEEDS_AGENT = "needs_agent"
    """Honest refusal: the task needs an agent with other abilities; `content` says which."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clocks(_Frozen):
    """Seconds until a call is ended as stalled."""

    idle: float = Field(default=300.0, gt=0)
    """Without any event. Longer than one answer of a model and a program's own retries."""
    turn: float = Field(default=900.0, gt=0)
    """Without a step done: a tool used, a file changed, tokens counted. Mere text is no step."""
    wall: float = Field(default=1800.0, gt=0)
    """In all."""


class AgentRequest(_Frozen):
    """One call: what to do, where, and within which bounds. JSON-serialisable."""

    call_id: str
    """`task/attempt/iteration/try`: the key under which the result is journalled."""
    task_id: str
    task_type: TaskType
    iteration: int = Field(ge=1)
    prompt: str
    from_issue: bool = False
    """True where `prompt` is the text of an issue: written outside, and to be fenced as data."""
    workspace: Path
    """The private clone; the agent's working directory and the only place it may write."""
    scratch: Path
    """Temporary directory of the call, outside the workspace and removed with it."""
    borrowed: tuple[Path, ...] = ()
    """Object stores that the workspace's git reads from, and packages that the user installed."""
    trusted: bool = False
    """Whether configuration in the workspace that is code may be loaded and changed."""
    constraints: tuple[str, ...] = ()
    """Sentences of the project's owner on what the result must fit; told with the task."""
    files: tuple[str, ...] = ()
    """Paths relative to the workspace that the user named, already resolved from globs."""
    context: str = ""
    """Compressed context of the repository, verbatim excerpts with paths."""
    feedback: tuple[str, ...] = ()
    """The evaluators' findings on the state that the workspace is in, most useful first."""
    set_back_to: int | None = None
    """The iteration whose files the workspace was set back to, since later ones were worse."""
    candidate: str = ""
    """Letter of the call among those made at the same time; empty for one that is made alone."""
    session_id: str | None = None
    """The agent's own session to continue, where it has one."""
    model: str | None = None
    clocks: Clocks = Clocks()
    budget: float | None = Field(default=None, ge=0)
    """US dollars that this call may cost, or None for no cap."""

    @property
    def mark(self) -> str:
        """What all processes of the call carry: the task's mark, or one below it."""
        return f"{self.task_id}.{self.candidate}" if self.candidate else self.task_id

    @property
    def read_only(self) -> bool:
        """True where the agent must not change any file."""
        return self.task_type.read_only


class Usage(_Frozen):
    """Tokens of one call, each kind counted once."""

    input: int = Field(default=0, ge=0)
    output: int = Field(default=0, ge=0)
    cache_read: int = Field(default=0, ge=0)
    cache_write: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        """All tokens of the call."""
        return self.input + self.output + self.cache_read + self.cache_write


class Activity(_Frozen):
    """Something the user should see happen: what the agent does now, in one line."""

    type: Literal["activity"] = "activity"
    message: str
    detail: dict[str, str | int | float | bool | None] = {}


class TextDelta(_Frozen):
    """A piece of the agent's answer, as it is written."""

    type: Literal["text"] = "text"
    text: str


class ToolUse(_Frozen):
    """The agent used one of its tools."""

    type: Literal["tool"] = "tool"
    tool: str
    summary: str


class FileEdit(_Frozen):
    """The agent changed a file; `path` is relative to the workspace."""

    type: Literal["edit"] = "edit"
    path: str


class UsageReport(_Frozen):
    """Tokens so far, cumulative within the call, and what they cost where that is known.

    Where the call is stopped before its end, this is what is paid.
    """

    type: Literal["usage"] = "usage"
    usage: Usage
    cost: float | None = Field(default=None, ge=0)
    """US dollars so far."""
    cost_source: CostSource = CostSource.TABLE


class Finished(_Frozen):
    """Terminal: the agent came to its own end."""

    type: Literal["finished"] = "finished"
    content: str
    outcome: Outcome = Outcome.DONE
    usage: Usage = Usage()
    cost: float | None = 0.0
    """US dollars; None where it cannot be known."""
    cost_source: CostSource = CostSource.AGENT
    session_id: str | None = None
    metadata: dict[str, object] = {}


class Failed(_Frozen):
    """Terminal: the call failed. What it used up to then is still billed."""

    type: Literal["failed"] = "failed"
    kind: ErrorKind
    message: str
    usage: Usage = Usage()
    cost: float | None = 0.0
    cost_source: CostSource = CostSource.AGENT
    retry_after: float | None = None
    """Seconds until the agent may be asked again, where it said so."""


class Cancelled(_Frozen):
    """Terminal: the call was stopped from outside."""

    type: Literal["cancelled"] = "cancelled"
    usage: Usage = Usage()
    cost: float | None = 0.0
    cost_source: CostSource = CostSource.AGENT


Terminal = Finished | Failed | Cancelled
AgentEvent = Annotated[
    Activity | TextDelta | ToolUse | FileEdit | UsageReport | Finished | Failed | Cancelled,
    Field(discriminator="type"),
]
AGENT_EVENT: TypeAdapter[AgentEvent] = TypeAdapter(AgentEvent)


class Agent(Protocol):
    """An agent that can be given a task.

    Attributes:
        agent_id: unique name of the connection, such as `claude_main`.
        agent_type: whose agent it is.
        outlives_server: its call goes on where the server ends, and can be followed again.
    """

    agent_id: str
    agent_type: AgentType
    outlives_server: bool

    def can(self, task_type: TaskType) -> bool:
        """True where the agent takes this kind of task at all."""
        ...

    def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:
        """Do the work in `request.workspace`; the last event is the only terminal one.

        Called again with the same `call_id`, an agent that outlived its server is re-attached to,
        not started twice: the events come again from the first. Closing the iterator stops an
        agent that lives in this process; one that is a process of its own is ended by a sweep of
        its mark (`AgentRequest.mark`).
        """
        ...


@runtime_checkable
class WorksElsewhere(Protocol):
    """An agent whose work goes on where nothing of ours ends it, and that has to be told."""

    async def call_off(self, call_id: str) -> None:
        """Have the work on a call stopped, where any was begun; what is over stays as it is.

        Raises whatever there is where the agent cannot be told.
        """
        ...
