"""Talks to an A2A agent: its card, one message, and what becomes of it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from pydantic import BaseModel, JsonValue, ValidationError

from phantom.agents.port import ErrorKind
from phantom.agents.remote.messages import (
    BINDING,
    VERSION,
    Answer,
    Card,
    Event,
    Interface,
    Task,
)

if TYPE_CHECKING:
    import httpx2

_POLL_SECONDS = 1.0
_MAX_WORDS = 300
_KINDS = {401: ErrorKind.AUTH, 403: ErrorKind.AUTH, 429: ErrorKind.RATE_LIMIT}
Read = TypeVar("Read", bound=BaseModel)
Params = dict[str, JsonValue]


class Broke(Exception):
    """The agent cannot be talked to; a sentence, and the kind of failure that it is."""

    def __init__(self, kind: ErrorKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class Wire:
    """A line to the agent whose card stands at `url`; `key` goes along as a bearer token."""

    def __init__(self, http: "httpx2.AsyncClient", url: str, key: str | None) -> None:
        self._http = http
        self._url = url
        self._headers = {"a2a-version": VERSION}
        if key is not None:
            self._headers["authorization"] = f"Bearer {key}"

    async def card(self) -> Card:
        """The agent's description of itself. Raises Broke."""
        response = await self._http.get(self._url, headers=self._headers)
        _check(response.status_code, response.headers.get("retry-after"), self._url)
        return _read(Card, response.content, self._url)

    def interface(self, card: Card) -> Interface:
        """Where to call. Raises Broke where the agent offers nothing that is spoken here."""
        for each in card.supported_interfaces:
            if each.protocol_binding == BINDING and each.protocol_version.split(".")[0] == "1":
                return each
        raise Broke(
            ErrorKind.ERROR,
            f"The agent {card.name[:100]!r} offers no interface of A2A {VERSION} over JSON-RPC, "
            "which is the one that is spoken here.",
        )

    async def events(
        self, card: Card, interface: Interface, message: Params
    ) -> AsyncGenerator[Event]:
        """Send a message; what becomes of it until the agent's work is done. Raises Broke."""
        params: Params = {"message": message}
        if not card.capabilities.streaming:
            # Else nobody knew which task to ask about, or to cancel, before it is done.
            params["configuration"] = {"returnImmediately": True}
            result = await self._call(interface, "SendMessage", params)
            event = _read(Event, json.dumps(result).encode(), self._url)
            yield event
            if event.task is not None and event.task.status.state.open:
                async for later in self.rest(interface, event.task.id):
                    yield later
            return
        async for event in self._stream(interface, params):
            yield event

    async def rest(self, interface: Interface, task_id: str) -> AsyncGenerator[Event]:
        """What becomes of a task that is known already. Raises Broke."""
        while True:
            result = await self._call(interface, "GetTask", {"id": task_id})
            task = _read(Task, json.dumps(result).encode(), self._url)
            yield Event(task=task)
            if not task.status.state.open:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def cancel(self, interface: Interface, task_id: str) -> None:
        """Have a task stopped. Raises Broke, also where it is over or cannot be stopped."""
        await self._call(interface, "CancelTask", {"id": task_id})

    async def _call(self, interface: Interface, method: str, params: Params) -> JsonValue:
        address = self._address(interface)
        body = _body(interface, method, params)
        response = await self._http.post(address, json=body, headers=self._headers)
        _check(response.status_code, response.headers.get("retry-after"), address)
        return _result(response.content, address)

    async def _stream(self, interface: Interface, params: Params) -> AsyncGenerator[Event]:
        address = self._address(interface)
        body = _body(interface, "SendStreamingMessage", params)
        headers = {**self._headers, "accept": "text/event-stream"}
        async with self._http.stream("POST", address, json=body, headers=headers) as response:
            _check(response.status_code, response.headers.get("retry-after"), address)
            data = ""
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    data += line.removeprefix("data:").strip()
                elif not line and data:
                    yield _event(data, address)
                    data = ""
            if data:
                yield _event(data, address)

    def _address(self, interface: Interface) -> str:
        address = urljoin(self._url, interface.url)
        if urlsplit(address)[:2] != urlsplit(self._url)[:2]:
            raise Broke(
                ErrorKind.ERROR,
                f"The agent's card at {self._url} sends its callers to {address[:200]}, another "
                "host or port; no key goes there. Connect that address's own card.",
            )
        return address


def _event(data: str, where: str) -> Event:
    return _read(Event, json.dumps(_result(data.encode(), where)).encode(), where)


def _body(interface: Interface, method: str, params: Params) -> Params:
    tenant: Params = {"tenant": interface.tenant} if interface.tenant else {}
    return {"jsonrpc": "2.0", "id": str(uuid4()), "method": method, "params": {**tenant, **params}}


def _result(data: bytes, where: str) -> JsonValue:
    answer = _read(Answer, data, where)
    if answer.error is not None:
        words = answer.error.message[:_MAX_WORDS]
        raise Broke(ErrorKind.ERROR, f"{where} answers with error {answer.error.code}: {words}")
    return answer.result


def _read(kind: type[Read], data: bytes, where: str) -> Read:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Broke(
            ErrorKind.ERROR,
            f"{where} does not answer as A2A {VERSION} says ({field or 'body'}: {first['msg']}). "
            "Look at the connection's endpoint.",
        ) from error


def _check(status: int, retry_after: str | None, where: str) -> None:
    if status < 400:
        return
    kind = _KINDS.get(status, ErrorKind.OVERLOADED if status >= 500 else ErrorKind.ERROR)
    remedy = {
        ErrorKind.AUTH: "Store a valid key and name it in the connection's `api_key_id`.",
        ErrorKind.ERROR: "Look at the connection's endpoint.",
    }.get(kind, "")
    wait = float(retry_after) if retry_after and retry_after.isdigit() else None
    raise Broke(kind, f"{where} answers with status {status}. {remedy}".strip(), wait)
