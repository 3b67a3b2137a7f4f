"""The layers together: memory over disk over Redis. What goes wrong in one is a miss."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import ValidationError

from phantom.cache.disk import DiskLayer
from phantom.cache.entry import Answer, Question
from phantom.cache.memory import MemoryLayer
from phantom.cache.remote import Forged, RemoteLayer, RemoteUnreachable
from phantom.security.redaction import redacted

MEMORY_BYTES = 64_000_000
LARGEST_BYTES = 5_000_000
"""Of one entry; a change of that size is not a typical answer."""

T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Layers:
    """Which layers a look-up uses, and how near a question must come.

    Attributes:
        near: also take the answer to a prompt that differs in blanks, case and end marks alone.
        limit_bytes: of the layer on disk.
    """

    memory: bool
    disk: bool
    remote: bool
    near: bool
    limit_bytes: int

    @property
    def any(self) -> bool:
        """False where nothing is kept."""
        return self.memory or self.disk or self.remote


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer that was found; `exact` where the question was the very same."""

    answer: Answer
    exact: bool


class AnswerCache:
    """Finds and keeps answers.

    Attributes:
        looked_up: how many look-ups ended as `hit`, `near_hit` and `miss`.
    """

    def __init__(self, disk: DiskLayer, remote: RemoteLayer | None = None) -> None:
        self._memory = MemoryLayer()
        self._disk = disk
        self._remote = remote
        self.looked_up: Counter[str] = Counter()

    @property
    def memory_bytes(self) -> int:
        """What the layer in memory holds."""
        return self._memory.size_bytes

    async def find(self, question: Question, layers: Layers) -> Hit | None:
        """The answer that was kept for the question, or with `layers.near` for one like it."""
        found = await self._look(question, layers)
        self.looked_up["miss" if found is None else "hit" if found.exact else "near_hit"] += 1
        return found

    async def knows(self, question: Question, layers: Layers) -> bool:
        """Whether `find` would find something; not counted as a look-up."""
        return await self._look(question, layers) is not None

    async def _look(self, question: Question, layers: Layers) -> Hit | None:
        found = await self._find(question.key, layers)
        exact = found is not None
        if found is None and layers.near:
            found = await self._find(question.near_key, layers)
        return None if found is None else Hit(found, exact)

    async def keep(self, question: Question, answer: Answer, layers: Layers) -> bool:
        """Keep an answer for its question and for those like it; False for what is not kept.

        What holds a secret is not kept, nor what is too large.
        """
        entry = answer.model_dump_json().encode()
        if len(entry) > LARGEST_BYTES or await asyncio.to_thread(_secret, answer):
            return False
        for key in (question.key, question.near_key):
            await self._put(key, entry, layers)
        return True

    async def forget(self, question: Question) -> None:
        """Remove what was kept for the question, since it did not stand the test."""
        for key in (question.key, question.near_key):
            self._memory.remove(key)
            await self._on_disk(lambda key=key: self._disk.remove(key))  # type: ignore[misc]
            if (remote := self._remote) is not None:
                await _at_redis(remote.remove(key))

    async def close(self) -> None:
        """Let go of the file and the connections."""
        await asyncio.to_thread(self._disk.close)
        if self._remote is not None:
            await self._remote.close()

    async def _find(self, key: str, layers: Layers) -> Answer | None:
        entry = self._memory.get(key) if layers.memory else None
        if entry is None and layers.disk:
            entry = await self._on_disk(lambda: self._disk.get(key))
        if entry is None and layers.remote and self._remote is not None:
            entry = await _at_redis(self._remote.get(key))
            if entry is not None and layers.disk:
                await self._on_disk(
                    lambda: self._disk.put(key, entry, limit_bytes=layers.limit_bytes)
                )
        answer = _parsed(entry, key)
        if answer is not None and entry is not None and layers.memory:
            self._memory.put(key, entry, limit_bytes=MEMORY_BYTES)
        return answer

    async def _put(self, key: str, entry: bytes, layers: Layers) -> None:
        if layers.memory:
            self._memory.put(key, entry, limit_bytes=MEMORY_BYTES)
        if layers.disk:
            await self._on_disk(lambda: self._disk.put(key, entry, limit_bytes=layers.limit_bytes))
        if layers.remote and self._remote is not None:
            await _at_redis(self._remote.put(key, entry))

    async def _to_disk(self, key: str, entry: bytes, layers: Layers) -> None:
        limit = layers.limit_bytes
        await self._on_disk(lambda: self._disk.put(key, entry, limit_bytes=limit))

    async def _on_disk(self, work: Callable[[], T]) -> T | None:
        try:
            return await asyncio.to_thread(work)
        except (sqlite3.Error, OSError) as error:
            _log.warning("the cache on disk does not work; going on without", why=str(error))
            return None


async def _at_redis(work: Awaitable[T]) -> T | None:
    try:
        return await work
    except RemoteUnreachable as error:
        _log.warning("the cache at Redis does not answer; going on without", why=str(error))
    except Forged:
        _log.warning("an answer at Redis was not written by a server of this master key; ignored")
    return None


def _parsed(entry: bytes | None, key: str) -> Answer | None:
    if entry is None:
        return None
    try:
        return Answer.model_validate_json(entry)
    except ValidationError:
        _log.warning("a kept answer cannot be read; it counts as a miss", key=key)
        return None


def _secret(answer: Answer) -> bool:
    return any(text != redacted(text) for text in (answer.content, answer.patch))
