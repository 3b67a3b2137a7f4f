"""How often one caller may start work: a sliding window for each."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from phantom.security.auth import IDENTITY
from phantom.security.guard import refuse
from phantom.security.roles import Identity

WINDOW_SECONDS = 60.0
LIMITED = frozenset({"/api/orchestration/execute", "/api/tasks"})
"""What starts work, when it is POSTed to."""

Clock = Callable[[], float]


class Window(Protocol):
    """Admits each key so often in a time, and no more."""

    async def admit(self, key: str) -> float:
        """0 where `key` is admitted now, else in how many seconds; then this does not count."""


class SlidingWindow:
    """At most `limit` admissions by this process for each key in any `seconds`.

    Holds `limit` moments for each key that was active within the window, and no more.
    """

    def __init__(
        self, limit: int, *, seconds: float = WINDOW_SECONDS, clock: Clock = time.monotonic
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._admitted: dict[str, deque[float]] = {}

    async def admit(self, key: str) -> float:
        """0 where `key` is admitted now, else in how many seconds; then this does not count."""
        now = self._clock()
        self._forget(now - self._seconds)
        moments = self._admitted.setdefault(key, deque())
        if len(moments) < self._limit:
            moments.append(now)
            return 0.0
        return moments[0] + self._seconds - now

    def _forget(self, before: float) -> None:
        for key, moments in list(self._admitted.items()):
            while moments and moments[0] <= before:
                moments.popleft()
            if not moments:
                del self._admitted[key]


class WorkLimit:
    """Refuses with 429 who starts more than `per_minute` tasks in a minute; stands behind auth."""

    def __init__(self, app: ASGIApp, per_minute: int, window: Window) -> None:
        self._app = app
        self._per_minute = per_minute
        self._window = window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what starts nothing, and what starts within the limit."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in LIMITED:
            identity = scope[IDENTITY]
            assert isinstance(identity, Identity)
            wait = await self._window.admit(identity.token_id or identity.name)
            if wait > 0:
                seconds = math.ceil(wait)
                detail = (
                    f"{identity.name!r} has started {self._per_minute} tasks within a minute, "
                    f"which is the limit; try again in {seconds} s."
                )
                headers = {"Retry-After": str(seconds)}
                await refuse(scope, receive, send, 429, detail, headers=headers)
                return
        await self._app(scope, receive, send)
