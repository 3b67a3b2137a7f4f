"""Answers that are kept while nothing changes.

A dashboard asks for the same few figures over and over, and each answer costs several milliseconds
of queries. An answer is given again as long as this process has written nothing since it was made,
and for at most `_SECONDS`: so much later than here a change by another process is seen. Of many who
ask for the same at once, one has it made.

Only for routes whose answer depends on the database, the address and the caller alone; the guards
have let the caller pass before.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from phantom.db.database import Database
from phantom.security.auth import IDENTITY
from phantom.security.roles import Identity

_SECONDS = 0.5
_ANSWERS = 256
_LARGEST = 256_000
"""Bytes of an answer that is worth keeping."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Key = tuple[Identity, str, bytes]


@dataclass(frozen=True, slots=True)
class _Answer:
    writes: int
    began: float
    body: bytes
    headers: dict[str, str]

    def response(self) -> Response:
        """Made anew each time: the guards write into the headers."""
        return Response(self.body, headers=self.headers)


@dataclass(slots=True)
class KeptAnswers:
    """The answers of one application, the least used of them dropped first."""

    database: Database
    _answers: OrderedDict[_Key, _Answer] = field(default_factory=OrderedDict)
    _being_made: WeakValueDictionary[_Key, asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    async def answer(self, request: Request, handler: Handler) -> Response:
        """The answer that is kept, or a new one of `handler`, which is then kept."""
        scope = request.scope
        key = (scope[IDENTITY], scope["path"], scope["query_string"])
        if (kept := self._fresh(key)) is not None:
            return kept.response()
        asked = time.monotonic()
        async with self._being_made.setdefault(key, asyncio.Lock()):
            # One that was begun after this request came is as new as this one would be.
            if (kept := self._answers.get(key)) is not None and kept.began >= asked:
                return kept.response()
            # Before the handler reads: what is written while it does makes its answer old.
            writes, began = self.database.writes, time.monotonic()
            response = await handler(request)
            if response.status_code == 200 and len(response.body) <= _LARGEST:
                body, headers = bytes(response.body), dict(response.headers)
                self._keep(key, _Answer(writes, began, body, headers))
            return response

    def _fresh(self, key: _Key) -> _Answer | None:
        kept = self._answers.get(key)
        if kept is None or kept.writes != self.database.writes:
            return None
        if time.monotonic() >= kept.began + _SECONDS:
            return None
        self._answers.move_to_end(key)
        return kept

    def _keep(self, key: _Key, answer: _Answer) -> None:
        self._answers[key] = answer
        self._answers.move_to_end(key)
        if len(self._answers) > _ANSWERS:
            self._answers.popitem(last=False)


class KeptRoute(APIRoute):
    """A route whose answers to GET are kept."""

    def get_route_handler(self) -> Handler:
        """The route's own handler, asked where no answer is kept."""
        handler = super().get_route_handler()
        if self.methods != {"GET"}:
            return handler

        async def kept(request: Request) -> Response:
            answers: KeptAnswers = request.app.state.kept
            return await answers.answer(request, handler)

        return kept
