"""The record of one call: what was asked, answered, done and told, each before it is acted on.

A file of lines, one JSON object each, that is only appended to. What cost money (an answer) and the
end are on the disk before anything follows from them. A tool's result is in the file, where no
killed process can lose it; after a power cut the tool is used again, which does no harm. What was
told is written in the same order, without being waited for.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from phantom.agents.port import AgentEvent, Cancelled, Failed, Finished, Terminal
from phantom.errors import Conflict

FILE_NAME = "turns.jsonl"
Json = JsonValue


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(_Entry):
    """An event that the caller has been given."""

    entry: Literal["told"] = "told"
    event: AgentEvent


class Begun(_Entry):
    """How the conversation began: messages of earlier calls, and the first of this one."""

    entry: Literal["begun"] = "begun"
    model: str
    messages: list[Json]


class Asked(_Entry):
    """A request is about to leave; without an answer after it, it may have been paid for."""

    entry: Literal["asked"] = "asked"


class Answered(_Entry):
    """A model's finished response."""

    entry: Literal["answered"] = "answered"
    message: Json


class Lost(_Entry):
    """A request that ended without an answer; `billed` where it may have cost something."""

    entry: Literal["lost"] = "lost"
    billed: bool


class Done(_Entry):
    """A tool's result; `changed` is the file that it changed.

    Which call it belongs to is told by position: models give ids, but not always different ones.
    """

    entry: Literal["done"] = "done"
    turn: int
    """How many answers the call had, this one included."""
    place: int
    """Which of the answer's calls, from 0."""
    text: str
    changed: str | None = None
    digest: str | None = None
    """SHA-256 of the changed file's content, in hex."""


Entry = Annotated[Told | Begun | Asked | Answered | Lost | Done, Field(discriminator="entry")]
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class Journal:
    """The file of a call.

    It is opened for each write: a write whose caller is cancelled goes on in its thread, and must
    not meet a descriptor that is another file's by then.

    Attributes:
        entries: what it holds, oldest first.
    """

    def __init__(self, file: Path, entries: list[Entry]) -> None:
        self.entries = entries
        self._file = file
        self._queue: list[Entry] = []
        self._writing = asyncio.Lock()
        self._noting: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, directory: Path) -> "Journal":
        """Open or begin the journal in `directory`; a last line that was cut off is taken away.

        Blocks. Raises Conflict where the file was damaged by others.
        """
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / FILE_NAME
        entries, length = _read(file)
        with contextlib.suppress(FileNotFoundError):
            os.truncate(file, length)
        return cls(file, entries)

    @property
    def terminal(self) -> Terminal | None:
        """How the call ended, if it has."""
        last = self.entries[-1] if self.entries else None
        event = last.event if isinstance(last, Told) else None
        return event if isinstance(event, Finished | Failed | Cancelled) else None

    async def write(self, *entries: Entry, durable: bool = True) -> None:
        """Append, after all that was noted; `durable` returns only once it is on the disk."""
        self.entries.extend(entries)
        self._queue.extend(entries)
        await self._flush(durable=durable)

    def note(self, *entries: Entry) -> None:
        """Have entries appended at once, without waiting for it.

        For what only serves to tell: a process that is killed within the next moment loses it.
        """
        self.entries.extend(entries)
        self._queue.extend(entries)
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._noted())

    async def settled(self) -> None:
        """Wait until what was noted is in the file."""
        if self._noting is not None:
            await asyncio.wait({self._noting})

    async def _noted(self) -> None:
        with contextlib.suppress(
            OSError
        ):  # the next durable write meets the same disk, and says so
            await self._flush(durable=False)

    async def _flush(self, *, durable: bool) -> None:
        async with self._writing:
            lines = [_ENTRY.dump_json(each) + b"\n" for each in self._queue]
            self._queue.clear()
            if lines:
                await asyncio.to_thread(self._append, b"".join(lines), durable)

    def _append(self, data: bytes, durable: bool) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._file, flags, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def entries_of(directory: Path) -> list[Entry]:
    """What a call's journal holds; nothing where there is none. Blocks. Raises Conflict."""
    return _read(directory / FILE_NAME)[0]


def _read(file: Path) -> tuple[list[Entry], int]:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return [], 0
    whole = data[: data.rfind(b"\n") + 1]
    try:
        return [_ENTRY.validate_json(line) for line in whole.splitlines()], len(whole)
    except ValueError as error:
        raise Conflict(f"The journal {file} is damaged; remove the directory it is in.") from error


async def told(
    directory: Path, further: Callable[[Journal], AsyncGenerator[AgentEvent]]
) -> AsyncGenerator[AgentEvent]:
    """Tell again what the journal in `directory` holds, then what `further` tells, noting it.

    The end is on the disk before it is told.
    """
    journal = await asyncio.to_thread(Journal.open, directory)
    try:
        for entry in list(journal.entries):
            if isinstance(entry, Told):
                yield entry.event
        if journal.terminal is not None:
            return
        async with contextlib.aclosing(further(journal)) as events:
            async for event in events:
                if isinstance(event, Finished | Failed | Cancelled):
                    await journal.write(Told(event=event))
                else:
                    journal.note(Told(event=event))
                yield event
    finally:
        await journal.settled()
