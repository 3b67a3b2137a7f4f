"""A thin typed client of the HTTP API, which the command line uses too (docs/clients.md).

What the server refuses comes back as a PhantomError.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import WebSocketException

from phantom.errors import (
    AgentFailed,
    Conflict,
    Denied,
    InvalidInput,
    NoAgentAvailable,
    NotFound,
    PhantomError,
    Unreachable,
)
from phantom.vocabulary import FeedbackVerdict, TaskStatus, TaskType

ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED})
_POLL_SECONDS = 0.3
_PAGE_SIZE = 100
_SEARCHED = 1000
_SHORTEST_PREFIX = 4
_VARIABLE = "PHANTOM_TOKEN"
"""Holds the token for a server that demands one; a flag would show it to every user."""
_UNIX = "unix://"
_REFUSALS: dict[int, type[PhantomError]] = {
    error.status: error
    for error in (InvalidInput, NotFound, Conflict, AgentFailed, NoAgentAvailable)
} | dict.fromkeys((401, 403, 429), Denied)

JsonObject = dict[str, JsonValue]
M = TypeVar("M", bound=BaseModel)


class _Document(BaseModel):
    """What the server sent: the fields that the command line reads, and all others as they are."""

    model_config = ConfigDict(extra="allow", frozen=True)


class TaskView(_Document):
    """A task as the API tells it."""

    id: str
    title: str
    status: TaskStatus
    assigned_agent: str
    current_iteration: int
    max_iterations: int
    current_quality: float
    final_quality: float | None
    tests_passing: bool
    security_issues: int
    actual_cost: float | None
    duration_seconds: float | None
    created_at: str
    failure_reason: str | None = None
    failure_detail: str | None = None
    branch: str | None = None
    content: str | None = None
    metadata: JsonObject = {}

    @property
    def ended(self) -> bool:
        """True where nothing more will happen."""
        return self.status in ENDED


class ProjectView(_Document):
    """A project as the API tells it."""

    id: str
    name: str
    github_repo: str | None
    trusted: bool


class IterationView(_Document):
    """One round of a task."""

    number: int
    quality: float | None
    tests_passing: bool = False
    cost: float | None = None


class Applied(_Document):
    """What was put into a checkout: staged, and not committed."""

    task_id: str
    iteration: int
    repository: str
    branch: str | None
    files: list[str]


class _Page(_Document):
    items: list[TaskView]
    cursor: str | None = None


class _Accepted(_Document):
    task_id: str


class _Iterations(_Document):
    items: list[IterationView]


class _Projects(_Document):
    items: list[ProjectView]


class _Events(_Document):
    items: list[JsonObject]


class Order(BaseModel):
    """What is asked of a task."""

    prompt: str
    task_type: TaskType
    workspace: str
    files: list[str] = []
    agent: str | None = None


class Client:
    """Talks to one server, at an `http://` URL or a `unix://` path; use it in `async with`.

    `timeout` is in seconds, for each request. Without a `token` the one in `PHANTOM_TOKEN` is used,
    where it is set.
    """

    def __init__(self, url: str, *, token: str | None = None, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._socket = url.removeprefix(_UNIX) if url.startswith(_UNIX) else None
        self._base = "http://localhost" if self._socket else self.url
        token = token or os.environ.get(_VARIABLE, "").strip()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        # The server is on this machine: a proxy of the environment has no part in it.
        self._http = httpx.AsyncClient(
            base_url=self._base,
            timeout=timeout,
            trust_env=False,
            headers=self._headers,
            transport=httpx.AsyncHTTPTransport(uds=self._socket) if self._socket else None,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def health(self) -> JsonObject:
        """The server's own word on how it is. Raises Unreachable where no Phantom answers."""
        answer = await self._send("GET", "/api/health", any_status=True)
        if not isinstance(answer, dict) or not {"status", "database"} <= answer.keys():
            raise Unreachable(f"What answers at {self.url} is not a Phantom server.")
        return answer

    async def submit(self, order: Order) -> str:
        """Start a task and return its id. Raises InvalidInput, NotFound, Conflict."""
        body = order.model_dump(mode="json", exclude_none=True)
        answer = await self._send(
            "POST", "/api/orchestration/execute", body=body, prefer="respond-async"
        )
        return self._read(_Accepted, answer).task_id

    async def task(self, task_id: str) -> TaskView:
        """One task. Raises NotFound."""
        return self._read(TaskView, await self._send("GET", f"/api/tasks/{quote(task_id)}"))

    async def find(self, beginning: str) -> TaskView:
        """The task whose id begins so; looks at the newest 1,000 where it is not a whole id.

        Raises NotFound, and InvalidInput where several begin so.
        """
        try:
            return await self.task(str(UUID(beginning)))
        except ValueError:
            pass
        if len(beginning) < _SHORTEST_PREFIX:
            raise InvalidInput(f"{beginning!r} is too short; give at least 4 characters of the id.")
        found = [t for t in await self.tasks(limit=_SEARCHED) if t.id.startswith(beginning.lower())]
        if not found:
            raise NotFound(f"There is no task whose id begins with {beginning!r}.")
        if len(found) > 1:
            ids = ", ".join(task.id for task in found[:3])
            raise InvalidInput(f"Several tasks begin with {beginning!r}: {ids}.")
        return await self.task(found[0].id)

    async def tasks(
        self, *, status: TaskStatus | None = None, limit: int = 20
    ) -> Sequence[TaskView]:
        """The newest `limit` tasks, newest first."""
        found: list[TaskView] = []
        cursor: str | None = None
        while len(found) < limit:
            asked = {"page_size": str(min(_PAGE_SIZE, limit - len(found)))}
            asked |= {"status": status.value} if status else {}
            asked |= {"cursor": cursor} if cursor else {}
            page = self._read(_Page, await self._send("GET", "/api/tasks", query=asked))
            found += page.items
            cursor = page.cursor
            if cursor is None or not page.items:
                break
        return found

    async def cancel(self, task_id: str) -> None:
        """Stop a task. Raises Conflict where it has ended."""
        await self._send("POST", f"/api/tasks/{quote(task_id)}/cancel", body={})

    async def retry(self, task_id: str) -> None:
        """Run a failed task again. Raises Conflict where it has not failed."""
        await self._send("POST", f"/api/tasks/{quote(task_id)}/retry", body={})

    async def choose_agent(self, task_id: str, agent_id: str) -> TaskView:
        """Say which agent goes on. Raises Conflict where the task does not ask."""
        path = f"/api/tasks/{quote(task_id)}/choose-agent"
        return self._read(TaskView, await self._send("POST", path, body={"agent_id": agent_id}))

    async def projects(self) -> Sequence[ProjectView]:
        """All projects."""
        return self._read(_Projects, {"items": await self._send("GET", "/api/projects")}).items

    async def trust(self, project_id: str, *, trusted: bool) -> ProjectView:
        """Say whether a project's configuration that is code may be loaded. Raises NotFound."""
        path = f"/api/projects/{quote(project_id)}"
        return self._read(ProjectView, await self._send("PUT", path, body={"trusted": trusted}))

    async def iterations(self, task_id: str) -> Sequence[IterationView]:
        """The rounds of a task so far."""
        answer = await self._send("GET", f"/api/tasks/{quote(task_id)}/iterations")
        return self._read(_Iterations, {"items": answer}).items

    async def diff(
        self, task_id: str, *, iteration: int | None = None, candidate: str | None = None
    ) -> bytes:
        """What an iteration changed, as a patch of git's. Raises NotFound where it is gone.

        `candidate` is the letter of one of several that the iteration made at the same time.
        """
        query = {"iteration": str(iteration)} if iteration else {}
        query |= {"candidate": candidate} if candidate else {}
        path = f"/api/tasks/{quote(task_id)}/diff"
        response = await self._ask("GET", path, query=query)
        if not response.is_success:
            self._answer("GET", path, response)
        return response.content

    async def apply(
        self, task_id: str, *, iteration: int | None = None, allow_protected: bool = False
    ) -> Applied:
        """Stage a change in the user's checkout. Raises Conflict where it does not fit."""
        body: JsonObject = {"iteration": iteration, "allow_protected": allow_protected}
        answer = await self._send("POST", f"/api/tasks/{quote(task_id)}/apply", body=body)
        return self._read(Applied, answer)

    async def select(self, task_id: str, iteration: int) -> TaskView:
        """Make another iteration the result. Raises Conflict while the task runs."""
        path = f"/api/tasks/{quote(task_id)}/select-iteration"
        return self._read(TaskView, await self._send("POST", path, body={"iteration": iteration}))

    async def give_feedback(
        self, task_id: str, verdict: FeedbackVerdict, text: str | None = None
    ) -> JsonValue:
        """Tell what became of the result; returns what was kept.

        Raises Conflict before the task has ended.
        """
        body: JsonObject = {"verdict": verdict.value, "text": text}
        return await self._send("POST", f"/api/tasks/{quote(task_id)}/feedback", body=body)

    async def events(self, task_id: str, *, after: int = 0) -> AsyncGenerator[JsonObject]:
        """The task's events after sequence number `after`, each once, without end; close it.

        They come by WebSocket; where that fails, by asking again and again.
        """
        last = after
        try:
            async with aclosing(self._pushed(task_id, last)) as pushed:
                async for event in pushed:
                    last = _sequence(event, last)
                    yield event
        except (WebSocketException, OSError, TimeoutError, ValueError):
            pass
        while True:
            for event in await self._polled(task_id, last):
                last = _sequence(event, last)
                yield event
            await asyncio.sleep(_POLL_SECONDS)

    async def _pushed(self, task_id: str, after: int) -> AsyncGenerator[JsonObject]:
        address = f"ws{self._base.removeprefix('http')}/ws/task/{quote(task_id)}"
        async with self._connection(f"{address}?last_event_id={after}") as socket:
            async for message in socket:
                event = json.loads(message)
                # What has no sequence number (greetings, pings) is not an event of the task.
                if isinstance(event, dict) and isinstance(event.get("id"), int):
                    yield event

    def _connection(self, address: str) -> connect:
        if self._socket:
            return unix_connect(self._socket, address, additional_headers=self._headers)
        return connect(address, proxy=None, additional_headers=self._headers)

    async def _polled(self, task_id: str, after: int) -> list[JsonObject]:
        answer = await self._send(
            "GET", f"/api/tasks/{quote(task_id)}/events", query={"after": str(after)}
        )
        return self._read(_Events, answer).items

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: JsonObject | None = None,
        query: dict[str, str] | None = None,
        prefer: str | None = None,
        any_status: bool = False,
    ) -> JsonValue:
        response = await self._ask(method, path, body=body, query=query, prefer=prefer)
        return self._answer(method, path, response, any_status=any_status)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: JsonObject | None = None,
        query: dict[str, str] | None = None,
        prefer: str | None = None,
    ) -> httpx.Response:
        headers = {"Prefer": prefer} if prefer else {}
        try:
            return await self._http.request(method, path, json=body, params=query, headers=headers)
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            raise Unreachable(f"No server answers at {self.url}: {why}.") from error

    def _answer(
        self, method: str, path: str, response: httpx.Response, *, any_status: bool = False
    ) -> JsonValue:
        """The JSON of an answer. Raises what stands for its status where it is a refusal."""
        try:
            answer: JsonValue = response.json()
        except ValueError:
            raise Unreachable(
                f"What answers at {self.url} is not a Phantom server: "
                f"{method} {path} gave no JSON (status {response.status_code})."
            ) from None
        if response.is_success or any_status:
            return answer
        detail = answer.get("detail") if isinstance(answer, dict) else None
        refusal = _REFUSALS.get(response.status_code, Unreachable)
        hint = f" Commands take it from {_VARIABLE}." if response.status_code == 401 else ""
        sentence = detail or f"The server answered {response.status_code} to {path}."
        raise refusal(f"{sentence}{hint}")

    def _read(self, kind: type[M], answer: JsonValue) -> M:
        try:
            return kind.model_validate(answer)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise Unreachable(
                f"The server at {self.url} answers in a form that this version does not know "
                f"({where}: {first['msg']})."
            ) from error


def _sequence(event: JsonObject, last: int) -> int:
    number = event.get("id")
    return number if isinstance(number, int) and number > last else last
