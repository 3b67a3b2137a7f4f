"""An agent elsewhere that speaks A2A: it sees a prompt, and answers with text, diffs or files."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from importlib.resources import files
from urllib.parse import urlsplit

from phantom.agents.api import Surroundings
from phantom.agents.api.journal import Asked, Begun, Journal, entries_of, told
from phantom.agents.connections import Connection
from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
    FileEdit,
    Finished,
    Terminal,
    TextDelta,
)
from phantom.agents.prompts import render
from phantom.agents.remote.messages import Artifact, Event, State, Status
from phantom.agents.remote.results import apply
from phantom.agents.remote.wire import Broke, Params, Wire
from phantom.errors import PhantomError
from phantom.vocabulary import CostSource, TaskType

_MAX_TOLD = 100_000
_KINDS = {
    State.FAILED: (ErrorKind.ERROR, "The remote agent gave the task up"),
    State.REJECTED: (ErrorKind.DENIED, "The remote agent does not take the task"),
    State.CANCELED: (ErrorKind.ERROR, "The task was stopped at the remote agent"),
    State.INPUT_REQUIRED: (ErrorKind.DENIED, "The remote agent asks, and nobody answers here"),
    State.AUTH_REQUIRED: (ErrorKind.AUTH, "The remote agent wants a login that it does not have"),
}


@dataclass(slots=True)
class _Work:
    """What is known of the remote agent's work."""

    task_id: str | None = None
    context_id: str | None = None
    status: Status = field(default_factory=Status)
    said: str = ""
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    def take(self, event: Event) -> str:
        """Add what an event says; returns the text that is new in it."""
        if event.task is not None:
            self.task_id, self.context_id = event.task.id, event.task.context_id
            self.status = event.task.status
            self.artifacts = {each.artifact_id: each for each in event.task.artifacts}
        if event.message is not None:
            self.status = Status(state=State.COMPLETED)
            self.context_id = event.message.context_id
            self.said += event.message.text
            self.artifacts["message"] = Artifact(parts=event.message.parts)
            return event.message.text
        if event.status_update is not None:
            self.status = event.status_update.status
            return self.status.message.text if self.status.message else ""
        if (update := event.artifact_update) is not None:
            known = self.artifacts.get(update.artifact.artifact_id)
            parts = update.artifact.parts
            if update.append and known is not None:
                parts = (*known.parts, *parts)
            self.artifacts[update.artifact.artifact_id] = Artifact(
                artifact_id=update.artifact.artifact_id, parts=parts
            )
        return ""


class A2aAgent:
    """The agent behind a card."""

    outlives_server = False

    def __init__(self, connection: Connection, around: Surroundings) -> None:
        self.agent_id = connection.agent_id
        self.agent_type = connection.agent_type
        self._url = connection.endpoint or ""
        self._port = connection.port
        self._key_id = connection.api_key_id
        self._around = around

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - it says so itself, when asked
        """Always true."""
        return True

    def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:
        """Tell again what the journal holds; a task that is under way is asked about, not sent."""
        directory = self._around.journals / request.call_id
        return told(directory, lambda journal: self._guarded(request, journal))

    async def call_off(self, call_id: str) -> None:
        """Have the task of a call cancelled, where one was begun. Raises Broke and PhantomError."""
        entries = await asyncio.to_thread(entries_of, self._around.journals / call_id)
        for begun in (entry for entry in entries if isinstance(entry, Begun)):
            wire = await self._wire()
            await wire.cancel(wire.interface(await wire.card()), str(begun.messages[0]))

    async def _guarded(self, request: AgentRequest, journal: Journal) -> AsyncGenerator[AgentEvent]:
        def failed(kind: ErrorKind, message: str, retry_after: float | None = None) -> Failed:
            sent = any(isinstance(entry, Asked) for entry in journal.entries)
            return _failed(kind, message, retry_after, sent=sent)

        try:
            async with aclosing(self._work(request, journal)) as events:
                async for event in events:
                    yield event
        except Broke as error:
            yield failed(error.kind, str(error), error.retry_after)
        except PhantomError as error:
            yield failed(ErrorKind.ERROR, str(error))
        except Exception as error:  # noqa: BLE001 - httpx2 may be absent here; its errors all mean this
            why = f"{type(error).__name__} {error}".strip()
            yield failed(
                ErrorKind.OVERLOADED,
                f"{self._url} cannot be reached: {why[:300]}. Look at the connection's endpoint.",
            )

    async def _work(self, request: AgentRequest, journal: Journal) -> AsyncGenerator[AgentEvent]:
        work = _Work()
        wire = await self._wire()
        card = await wire.card()
        interface = wire.interface(card)
        known = next((each for each in journal.entries if isinstance(each, Begun)), None)
        if known is not None:
            events = wire.rest(interface, str(known.messages[0]))
        else:
            yield Activity(message=f"The task goes to {card.name[:100]}.")
            await journal.write(Asked())
            events = wire.events(card, interface, await asyncio.to_thread(_message, request))
        room = _MAX_TOLD
        async with aclosing(events) as coming:
            async for event in coming:
                text = work.take(event)[:room]
                if known is None and work.task_id is not None:
                    known = Begun(model=self._url, messages=[work.task_id])
                    await journal.write(known)
                if text:
                    room -= len(text)
                    yield TextDelta(text=text)
        changed = await asyncio.to_thread(_applied, request, work)
        for path in changed:
            yield FileEdit(path=path)
        yield _ended(request, work, changed)

    async def _wire(self) -> Wire:
        http = await self._around.outbound.client(self._url, port=self._port)
        if self._key_id is None:
            return Wire(http, self._address(), None)
        try:
            host = urlsplit(self._address()).netloc
            key = await self._around.keys.resolve(self._key_id, host=host)
        except PhantomError as error:
            raise Broke(ErrorKind.AUTH, str(error)) from error
        return Wire(http, self._address(), key)

    def _address(self) -> str:
        url = urlsplit(self._url)
        if self._port is None or url.port is not None:
            return self._url
        return url._replace(netloc=f"{url.netloc}:{self._port}").geturl()


def _message(request: AgentRequest) -> Params:
    """What the agent is told; the message's id is the call's, so a second one can be told apart."""
    prompt = render(request)
    how = files("phantom.agents.prompts").joinpath("remote.md").read_text(encoding="utf-8")
    text = "\n".join(filter(None, (prompt.context, prompt.task, prompt.feedback, how)))
    context: Params = {"contextId": request.session_id} if request.session_id else {}
    return {
        "messageId": request.call_id,
        "role": "ROLE_USER",
        "parts": [{"text": text, "mediaType": "text/plain"}],
        **context,
    }


def _applied(request: AgentRequest, work: _Work) -> list[str]:
    if work.status.state is not State.COMPLETED or request.read_only:
        return []
    return apply(request, work.said, list(work.artifacts.values()))


def _ended(request: AgentRequest, work: _Work, changed: list[str]) -> Terminal:
    closing = work.status.message.text if work.status.message else ""
    if work.status.state is not State.COMPLETED:
        kind, what = _KINDS.get(
            work.status.state, (ErrorKind.OVERLOADED, "The remote agent broke off in the middle")
        )
        return _failed(kind, f"{what}: {closing[:300] or 'it gave no reason'}")
    texts = [
        part.text
        for artifact in work.artifacts.values()
        for part in artifact.parts
        if part.text and not part.filename
    ]
    content = "\n".join(filter(None, (*texts, closing)))
    if not changed and not request.read_only:
        content += "\n[The remote agent sent no diff and no file: nothing was changed.]"
    return Finished(
        content=content.strip(),
        cost=None,
        cost_source=CostSource.UNKNOWN,
        session_id=work.context_id,
        metadata={"remote_task": work.task_id, "changed": len(changed)},
    )


def _failed(
    kind: ErrorKind, message: str, retry_after: float | None = None, *, sent: bool = True
) -> Failed:
    """What was never sent cost nothing; for the rest the protocol has no prices."""
    return Failed(
        kind=kind,
        message=message,
        retry_after=retry_after,
        cost=None if sent else 0.0,
        cost_source=CostSource.UNKNOWN if sent else CostSource.AGENT,
    )
